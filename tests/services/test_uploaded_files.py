"""Files that a provider fetches from us: delivered with a signed address, served by ingress, read by the simulator."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from msgspec.structs import replace
from pydantic import SecretStr

from devtools.simulators.app import run_simulators
from devtools.simulators.config import Environment
from devtools.simulators.sample_image import PNG
from devtools.stack.ports import any_free_port
from services.delivery.sending.order import OutboundJob
from services.ingress.app import IngressApp
from services.ingress.files import Files
from services.ingress.main import make_server
from shared.clock import FixedClock, SystemClock
from shared.errors import DependencyAway
from shared.maintenance.eraser import Eraser, ErasureSubject
from shared.messages.content import MediaKind
from shared.messages.inbound import Provider
from shared.messages.outbound import MediaBody
from shared.operations.media.fetch import MediaRefused
from shared.operations.media.keep import MediaLimits
from shared.operations.media.links import FileLinks
from shared.operations.media.uploads import FileUploads
from shared.providers.adapter import ClientSetup
from shared.providers.api_calls import Timeouts, open_session
from shared.providers.port import Channel
from shared.providers.registry import PROVIDERS
from shared.repositories.media_store import CHUNK, MOST_CONVERSATIONS, MediaStore
from shared.repositories.outbound import OutboundMessages
from shared.repositories.outbound_views import OutboundState
from shared.settings import Settings
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from tests.repositories.builders import outbound
from tests.security.raw_http import until
from tests.services.send_parts import Calls, Producer, message_attempts

BASE = "https://wa.example.com"
LINKS = FileLinks([bytes(32)], BASE)  # as `message_attempts` has it
PDF = b"%PDF-1.7\n" + b"page" * CHUNK  # of several parts
TWILIO = Channel(
    workspace="acme",
    id="tw",
    provider=Provider.TWILIO,
    address="+14155238886",
    settings={"account_sid": f"AC{1:032x}"},
    secrets={"auth_token": "t" * 32},
)


@pytest.fixture
def store(mongo: Mongo) -> MediaStore:
    return MediaStore(mongo, "acme")


@pytest.fixture
def uploads(store: MediaStore) -> FileUploads:
    return FileUploads(store, MediaLimits(quota=8 * CHUNK), SystemClock())


@pytest.fixture
async def ingress(mongo: Mongo) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of a running ingress that serves files only."""
    port, stop = any_free_port() or 0, asyncio.Event()
    settings = Settings(secrets_key=SecretStr("-"), ingress_port=port)
    server = make_server(IngressApp(None, Files(LINKS, mongo, SystemClock())), settings)  # type: ignore[arg-type]
    running = asyncio.create_task(server.run_until(stop))
    await until(lambda: server.started or running.done())
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        yield client
    stop.set()
    await running


async def keep(uploads: FileUploads, data: bytes, name: str, key: str = "u1") -> str:
    return (await uploads.keep(key, Provider.TWILIO, name, io.BytesIO(data), len(data))).id


def path(file: str, workspace: str = "acme", lasts: timedelta = timedelta(hours=1)) -> str:
    return LINKS.make(workspace, file, SystemClock().now() + lasts).removeprefix(BASE)


async def test_file_is_served_with_its_type_and_cannot_run(ingress: httpx2.AsyncClient, uploads: FileUploads) -> None:
    address = path(await keep(uploads, PDF, "Menu \u2013 summer.pdf"))
    answer, head = await ingress.get(address), await ingress.head(address)
    assert (answer.status_code, answer.content) == (200, PDF)
    assert (head.status_code, head.content) == (200, b"")
    for headers in (answer.headers, head.headers):
        assert headers["content-type"] == "application/pdf"
        assert headers["content-length"] == str(len(PDF))
        assert headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in headers["content-security-policy"]
        assert "filename*=UTF-8''Menu%20%E2%80%93%20summer.pdf" in headers["content-disposition"]
    office = await ingress.get(path(await keep(uploads, b"PK\x03\x04 a document", "list.docx", "u2")))
    assert office.headers["content-type"].endswith("wordprocessingml.document")
    assert office.headers["content-disposition"].startswith("attachment")


async def test_nothing_else_is_served(ingress: httpx2.AsyncClient, uploads: FileUploads) -> None:
    file = await keep(uploads, PNG, "a.png")
    assert (await ingress.post(path(file))).status_code == 405
    ended, foreign = path(file, lasts=timedelta(seconds=-1)), path(file, "zeta")
    for address in ("/m/", "/m/x", "/m/../m/x", ended, foreign, path("none")):
        assert (await ingress.get(address)).status_code == 404, address


async def test_slow_readers_of_a_workspace_delay_no_other_workspaces_files(mongo: Mongo, uploads: FileUploads) -> None:
    slow = path(await keep(uploads, PNG, "a.png"))
    theirs = FileUploads(MediaStore(mongo, "zeta"), uploads.limits, uploads.clock)
    other = path(await keep(theirs, PNG, "b.png", "u2"), "zeta")
    files, begun, go_on = Files(LINKS, mongo, SystemClock()), asyncio.Semaphore(0), asyncio.Event()

    async def held(message: Any) -> None:
        begun.release()
        await go_on.wait()

    async def status(address: str) -> int:
        found: list[int] = []

        async def noted(message: Any) -> None:
            found.append(message.get("status", 0))

        await files({"type": "http", "method": "GET", "path": address}, noted)
        return found[0]

    readers = [asyncio.create_task(files({"type": "http", "method": "GET", "path": slow}, held)) for _ in range(40)]
    for _ in readers:  # each has begun: its file, or the refusal
        await begun.acquire()
    assert await status(slow) == 503
    assert await status(other) == 200
    go_on.set()
    await asyncio.gather(*readers)
    assert await status(slow) == 200


async def test_file_is_served_again_after_mongodb_was_away(
    ingress: httpx2.AsyncClient, uploads: FileUploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = path(await keep(uploads, PNG, "a.png"))

    async def away(store: MediaStore, message_id: str) -> None:
        raise DependencyAway("mongodb")

    with monkeypatch.context() as patched:
        patched.setattr(MediaStore, "get", away)
        answer = await ingress.get(address)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert (await ingress.get(address)).content == PNG


async def test_delivery_sends_an_address_that_twilio_can_fetch(
    ingress: httpx2.AsyncClient, uploads: FileUploads, mongo: Mongo, redis: Redis
) -> None:
    file = await keep(uploads, PNG, "a.png")
    env = Environment(ingress_url=str(ingress.base_url).rstrip("/"), public_base_url=BASE)
    async with AsyncExitStack() as stack:
        url, simulated = await stack.enter_async_context(run_simulators(env))
        settings = Settings(secrets_key=SecretStr("-"), twilio_api_url=f"{url}/twilio", public_base_url=BASE)
        session = open_session()
        stack.push_async_callback(session.close)
        setup = ClientSetup(
            session=session, clock=SystemClock(), settings=settings, timeouts=Timeouts(connect=5.0, read=30.0)
        )
        sender = PROVIDERS[Provider.TWILIO].make_sender(setup)
        attempts, messages = message_attempts(mongo, redis, Producer(Calls())), OutboundMessages(mongo, "acme")
        for turn, media_id in ((1, file), (2, "upload:gone")):
            message = replace(
                outbound(turn),
                provider=Provider.TWILIO,
                channel="tw",
                address="+2348031234567",
                body=MediaBody(kind=MediaKind.IMAGE, media_id=media_id, caption="A mug"),
                received_at=SystemClock().now(),
            )
            await attempts.deliver(OutboundJob(message, TWILIO, messages), sender, retried=False)
            stored = await messages.get(message.id)
            assert stored is not None
            assert stored.state is (OutboundState.SENT if turn == 1 else OutboundState.FAILED)
        assert list(simulated.fetched) == [("image/png", PNG)]


async def test_erasure_of_the_customer_who_got_it_removes_the_file(
    ingress: httpx2.AsyncClient, uploads: FileUploads, store: MediaStore, mongo: Mongo
) -> None:
    file, other = await keep(uploads, PNG, "a.png"), await keep(uploads, PNG, "b.png", "u2")
    assert await uploads.use(file, "c1")
    assert not await uploads.use("upload:none", "c1")
    assert not await uploads.use("m1", "c1")
    assert not await FileUploads(MediaStore(mongo, "zeta"), uploads.limits, uploads.clock).use(file, "c1")
    await Eraser(mongo, "acme").remove(ErasureSubject(customer_ids=("ada",), identities=(), conversation_ids=("c1",)))
    assert (await ingress.get(path(file))).status_code == 404
    assert (await ingress.get(path(other))).content == PNG
    assert await store.used() == len(PNG)


async def test_file_that_several_customers_got_is_kept_until_the_last_is_erased(
    uploads: FileUploads, store: MediaStore, mongo: Mongo
) -> None:
    file, eraser = await keep(uploads, PNG, "a.png"), Eraser(mongo, "acme")
    people = [ErasureSubject(customer_ids=(one,), identities=(), conversation_ids=(one,)) for one in ("c1", "c2", "c3")]
    for conversation in ("c1", "c2", "c3", "c2"):
        assert await uploads.use(file, conversation)
    for person in (people[1], people[0]):
        assert (await eraser.counts(person))["media"] == 0
        await eraser.remove(person)
        kept = await store.get(file)
        assert kept is not None
        assert b"".join([part async for part in store.read(kept)]) == PNG
        assert kept.conversation_id not in person.conversation_ids
    assert (await eraser.counts(people[2]))["media"] == 1
    await eraser.remove(people[2])
    assert await store.get(file) is None
    assert await mongo.collection("media_chunks").find_one({"message_id": file}) is None


async def test_file_that_very_many_customers_got_belongs_to_nobody(
    uploads: FileUploads, store: MediaStore, mongo: Mongo
) -> None:
    file = await keep(uploads, PNG, "a.png")
    everybody = tuple(f"c{number}" for number in range(MOST_CONVERSATIONS + 2))
    for conversation in everybody:
        assert await uploads.use(file, conversation)
    person = ErasureSubject(customer_ids=("ada",), identities=(), conversation_ids=everybody)
    await Eraser(mongo, "acme").remove(person)
    assert await store.get(file) is not None


async def test_file_that_was_sent_is_kept_as_long_as_customers_files(store: MediaStore, clock: FixedClock) -> None:
    uploads = FileUploads(store, MediaLimits(days=30), clock)
    sent, unsent = await keep(uploads, PNG, "a.png"), await keep(uploads, PNG, "b.png", "u2")
    clock.advance(timedelta(days=2).total_seconds())
    assert await uploads.use(sent, "c1")
    ends = {one: stored.ends - clock.now() for one in (sent, unsent) if (stored := await store.get(one))}
    assert ends == {sent: timedelta(days=30), unsent: timedelta(days=5)}


async def test_sent_files_that_are_not_fetched_any_more_make_room(store: MediaStore, clock: FixedClock) -> None:
    uploads = FileUploads(store, MediaLimits(quota=2 * len(PNG)), clock)
    old, new = await keep(uploads, PNG, "a.png"), await keep(uploads, PNG, "b.png", "u2")
    assert await uploads.use(old, "c1")
    clock.advance(timedelta(days=6).total_seconds())
    with pytest.raises(MediaRefused, match="quota"):
        await keep(uploads, PNG, "c.png", "u3")
    clock.advance(timedelta(days=1, seconds=1).total_seconds())
    third = await keep(uploads, PNG, "c.png", "u3")
    assert await store.get(old) is None
    assert await store.get(new) is not None, "it was not sent yet"
    assert await store.get(third) is not None


@pytest.mark.parametrize(
    ("data", "name", "why"),
    [
        (b"", "a.png", "1 to 16 MB"),
        (bytes(16 * CHUNK + 1), "a.png", "1 to 16 MB"),
        (bytes(9 * CHUNK), "a.png", "quota"),
        (PNG, "a.exe", "no such file"),
    ],
)
async def test_file_that_cannot_be_sent_is_refused(data: bytes, name: str, why: str, uploads: FileUploads) -> None:
    with pytest.raises(MediaRefused, match=why):
        await keep(uploads, data, name)
