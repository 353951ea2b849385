"""Customers' files at first view: fetched once, kept within the limits, and served as what their bytes are."""

import io
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from shared.clock import FixedClock
from shared.messages.content import Media, MediaKind
from shared.operations.media.fetch import MediaRefused
from shared.operations.media.keep import MediaLimits, MediaViews
from shared.operations.media.types import UNKNOWN
from shared.providers.port import FetchedMedia
from shared.repositories.media_store import CHUNK, MediaStore
from shared.storage.mongo import Mongo

PNG = b"\x89PNG\r\n\x1a\n" + b"pixels" * 10
SVG = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"


@dataclass
class Provider:
    """Gives a file as often as it is asked, and counts."""

    data: bytes
    error: Exception | None = None
    files: list[io.BytesIO] = field(default_factory=list)

    async def __call__(self) -> FetchedMedia:
        if self.error is not None:
            raise self.error
        self.files.append(io.BytesIO(self.data))
        return FetchedMedia(file=self.files[-1], mime_type="image/png", size=len(self.data))


@pytest.fixture
def views(mongo: Mongo, clock: FixedClock) -> MediaViews:
    return MediaViews(MediaStore(mongo, "acme"), MediaLimits(days=30, quota=2 * CHUNK), clock)


async def view(views: MediaViews, provider: Provider, id_: str = "m1") -> tuple[str, bytes]:
    """The type and the bytes of the file of a message."""
    content = Media(kind=MediaKind.IMAGE, filename="photo.png")
    viewed = await views.view(id_, "c1", content, provider)
    return viewed.type, b"".join([part async for part in viewed.parts])


async def test_file_is_fetched_once_and_then_read_from_the_copy(views: MediaViews) -> None:
    provider = Provider(PNG)
    assert await view(views, provider) == ("image/png", PNG)
    assert await view(views, provider) == ("image/png", PNG)
    assert len(provider.files) == 1
    assert provider.files[0].closed


async def test_temporary_file_is_gone_before_a_slow_reader_reads(views: MediaViews) -> None:
    provider, data = Provider(PNG + b"x" * (CHUNK + 5)), PNG + b"x" * (CHUNK + 5)
    viewed = await views.view("m1", "c1", Media(kind=MediaKind.IMAGE, filename="photo.png"), provider)
    assert provider.files[0].closed
    assert b"".join([part async for part in viewed.parts]) == data


async def test_type_is_not_what_the_provider_says(views: MediaViews) -> None:
    assert await view(views, Provider(SVG)) == (UNKNOWN, SVG)


async def test_large_file_comes_back_in_its_parts(views: MediaViews) -> None:
    data = PNG + b"x" * (CHUNK + 5)
    assert await view(views, Provider(data)) == ("image/png", data)
    assert await view(views, Provider(b"")) == ("image/png", data)


async def test_file_beyond_the_quota_is_shown_and_not_kept(views: MediaViews) -> None:
    provider = Provider(PNG)
    full = replace(views, limits=MediaLimits(quota=len(PNG) - 1))
    assert await view(full, provider) == ("image/png", PNG)
    assert await view(full, provider) == ("image/png", PNG)
    assert len(provider.files) == 2


async def test_copy_has_an_end(views: MediaViews, mongo: Mongo, clock: FixedClock) -> None:
    await view(views, Provider(PNG))
    kept = await MediaStore(mongo, "acme").get("m1")
    assert kept is not None
    assert kept.ends == clock.now() + timedelta(days=30)


async def test_refused_file_leaves_nothing(views: MediaViews, mongo: Mongo) -> None:
    with pytest.raises(MediaRefused, match="expired"):
        await view(views, Provider(PNG, error=MediaRefused("it has expired")))
    assert await MediaStore(mongo, "acme").get("m1") is None
