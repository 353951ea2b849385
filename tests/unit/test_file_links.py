"""Signed addresses of files: only ours, only for their time, and only for one file."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta

import pytest
from pydantic import SecretStr

from shared.clock import FixedClock
from shared.messages.content import MediaKind
from shared.messages.inbound import Provider
from shared.messages.outbound import Body, MediaBody, TextBody
from shared.operations.media.links import FileLinks, NamedFile, can_be_fetched
from shared.settings import Settings

OLD, NEW = bytes(32), b"1" * 32
BASE = "https://wa.example.com"
FILE = "upload:u1"


def _token(links: FileLinks, clock: FixedClock, workspace: str = "acme", file: str = FILE) -> str:
    address = links.make(workspace, file, clock.now() + timedelta(hours=1))
    assert address.startswith(f"{BASE}/m/")
    return address.rpartition("/")[2]


def test_address_names_its_file_until_it_ends(clock: FixedClock) -> None:
    links = FileLinks([OLD], f"{BASE}/")
    token = _token(links, clock)
    assert links.read(token, clock.now()) == NamedFile("acme", FILE)
    clock.advance(3601)
    assert links.read(token, clock.now()) is None


def test_key_that_was_replaced_is_read_until_it_is_removed(clock: FixedClock) -> None:
    token = _token(FileLinks([OLD], BASE), clock)
    assert FileLinks([NEW, OLD], BASE).read(token, clock.now()) is not None
    assert FileLinks([NEW], BASE).read(token, clock.now()) is None


def test_no_token_can_be_made_up_or_changed(clock: FixedClock) -> None:
    links = FileLinks([OLD], BASE)
    token = _token(links, clock)
    raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    for place in range(len(raw)):
        changed = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        assert links.read(urlsafe_b64encode(changed).decode().rstrip("="), clock.now()) is None
    for text in ("", "a", "x" * 10_000, "\u00e9", "../../etc/passwd", token[:20], token + token):
        assert links.read(text, clock.now()) is None


@pytest.mark.parametrize(
    ("provider", "lasts"), [(Provider.TWILIO, timedelta(hours=1)), (Provider.MSG91, timedelta(days=7))]
)
def test_body_gets_the_address_of_an_uploaded_file(provider: Provider, lasts: timedelta, clock: FixedClock) -> None:
    links = FileLinks([OLD], BASE)
    body = MediaBody(kind=MediaKind.IMAGE, media_id=FILE, caption="A mug")
    made = links.with_address(body, provider, "acme", clock.now())
    assert isinstance(made, MediaBody)
    assert (made.media_id, made.caption) == ("", "A mug")
    token = made.url.rpartition("/")[2]
    assert links.read(token, clock.now() + lasts - timedelta(seconds=1)) == NamedFile("acme", FILE)
    assert links.read(token, clock.now() + lasts) is None


def test_other_bodies_stay_as_they_are(clock: FixedClock) -> None:
    links = FileLinks([OLD], BASE)
    others: list[tuple[Body, Provider]] = [
        (TextBody(body=FILE), Provider.TWILIO),
        (MediaBody(kind=MediaKind.IMAGE, media_id="665397593326012"), Provider.META),
        (MediaBody(kind=MediaKind.IMAGE, media_id=FILE), Provider.META),
        (MediaBody(kind=MediaKind.IMAGE, url="https://example.com/a.png"), Provider.TWILIO),
    ]
    for body, provider in others:
        assert links.with_address(body, provider, "acme", clock.now()) is body


@pytest.mark.parametrize(("base", "possible"), [(BASE, True), ("http://127.0.0.1:8080", False)])
def test_providers_fetch_by_https_only(base: str, possible: bool) -> None:
    settings = Settings(secrets_key=SecretStr("-"), public_base_url=base)
    assert can_be_fetched(settings) is possible
