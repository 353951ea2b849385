"""Files for messages: uploaded to Meta's simulator, or kept for other providers; refused if they are something else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack
from dataclasses import replace

import httpx2
import msgspec
import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request

from devtools.simulators.app import run_simulators
from devtools.simulators.config import Environment
from devtools.simulators.sample_image import PNG
from services.console import body
from services.console.api import channel_files
from services.console.media import with_file
from services.console.parts import Parts
from services.console.problems import Problem
from shared.clock import FixedClock
from shared.domain import ids
from shared.domain.conversation import Conversation, RecordedDecision
from shared.maintenance.eraser import Eraser, ErasureSubject
from shared.messages.content import MediaKind
from shared.messages.inbound import Provider
from shared.messages.outbound import MediaBody, TemplateBody
from shared.operations.media.links import stored_id
from shared.operations.media.types import fits_type
from shared.repositories.conversations import Conversations
from shared.repositories.media_store import MediaStore
from shared.repositories.outbound import OutboundMessages
from shared.repositories.workspace_editor import WorkspaceEditor
from tests.console.accounts import Accounts
from tests.console.console import Client, Console, make_console, problem
from tests.providers.sender_cases import CASES
from tests.repositories.builders import NOW, outbound, workspace_file

PHOTO = PNG + b"of a mug"  # not what the simulator gives for any id
META = CASES[Provider.META].channel
CHANNELS = [
    {
        "id": "main",
        "provider": "meta",
        "address": "+14155550100",
        "waba_id": "1437200930610622",
        **META.settings,
        **META.secrets,
    },
    {
        "id": "sms",
        "provider": "twilio",
        "address": "+14155550101",
        "account_sid": f"AC{1:032x}",
        "auth_token": "t" * 32,
    },
]


@pytest.fixture
async def console(
    parts: Parts, accounts: Accounts, clock: FixedClock, closing: AsyncExitStack
) -> AsyncIterator[Console]:
    """A console whose Meta is the simulator."""
    await WorkspaceEditor(parts.mongo, parts.redis, parts.secrets, clock).apply(workspace_file(channels=CHANNELS))
    async with run_simulators(Environment()) as (url, _):
        settings = parts.settings.model_copy(update={"meta_graph_url": f"{url}/meta"})
        yield make_console(replace(parts, settings=settings), accounts, clock, closing)


async def send(
    client: Client, content: bytes, name: str, channel: str = "main", key: str = "upload-0001"
) -> httpx2.Response:
    return await client.http.post(
        client.path(f"channels/{channel}/media"),
        params={"name": name},
        files={"file": ("x", content)},
        headers={"idempotency-key": key},
    )


async def test_file_is_uploaded_once_for_each_key(console: Console) -> None:
    agent = console.client("agent")
    first, again = await send(agent, PNG, "a.png"), await send(agent, PNG, "a.png")
    assert first.status_code == 201, first.text
    found = first.json()
    assert (found["kind"], found["mime_type"], found["size"]) == ("image", "image/png", len(PNG))
    assert found["media_id"]
    assert again.json() == found
    large = PNG + bytes(2 * 1024 * 1024)  # in a temporary file
    assert (await send(agent, large, "b.png", key="upload-0002")).json()["size"] == len(large)
    assert problem(await send(console.client("viewer"), PNG, "a.png")) == "not-allowed"
    restricted = console.client("agent", channels=frozenset({"sms"}), person="only-sms")
    assert problem(await send(restricted, PNG, "a.png")) == "not-found"


async def test_uploads_of_a_workspace_leave_places_for_others(console: Console) -> None:
    with ExitStack() as held:
        for _ in range(3):
            held.enter_context(channel_files._place("rival"))
        with pytest.raises(Problem), channel_files._place("rival"):
            pass
        assert (await send(console.client("agent"), PNG, "a.png")).status_code == 201
    with channel_files._place("rival"):
        pass


async def test_upload_that_comes_byte_by_byte_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """However quickly one byte follows another, the whole has its time."""
    monkeypatch.setattr(body, "_UPLOAD_SECONDS", 0.05)

    async def byte() -> dict[str, object]:
        await asyncio.sleep(0)
        return {"type": "http.request", "body": b"x", "more_body": True}

    scope = {"type": "http", "method": "POST", "path": "/", "headers": [(b"content-length", b"1000")]}
    receive = body._counted(Request(scope, byte), 10**9)
    with pytest.raises(HTTPException) as refused:
        while True:
            await receive()
    assert refused.value.status_code == 408


@pytest.mark.parametrize(
    ("content", "name", "channel", "expected"),
    [
        (b"<html>", "a.png", "main", "invalid"),
        (PNG, "a.pdf", "main", "invalid"),
        (PNG, "a.exe", "main", "invalid"),
        (b"MZ\x90", "a.doc", "main", "invalid"),
        (b"", "a.txt", "main", "conflict"),
        (PNG + b"0" * 5 * 1024 * 1024, "a.png", "main", "conflict"),
        (PNG, "a.png", "sms", "media-not-possible"),
        (PNG, "a.png", "none", "not-found"),
    ],
    ids=["no picture", "no PDF", "unknown ending", "a program", "empty", "too large", "other provider", "no channel"],
)
async def test_what_cannot_be_sent_is_refused(
    console: Console, content: bytes, name: str, channel: str, expected: str
) -> None:
    response = await send(console.client("agent"), content, name, channel)
    assert problem(response) == expected, response.text


@pytest.mark.parametrize("type_", ["text/plain", "audio/aac", "application/msword"])
def test_types_without_a_known_beginning_fit_what_is_nothing_else(type_: str) -> None:
    assert fits_type(b"Hello", type_)
    assert not fits_type(PNG, type_)
    assert not fits_type(b"\x7fELF", type_)


@pytest.fixture
def public(console: Console) -> Console:
    """The console of an installation whose PUBLIC_BASE_URL providers reach."""
    settings = console.parts.settings.model_copy(update={"public_base_url": "https://wa.example.com"})
    return make_console(replace(console.parts, settings=settings), console.accounts, console.clock, console.closing)


async def conversation(console: Console, channel: str, provider: Provider, phone: str) -> str:
    """Store a conversation whose window is open, and return its id."""
    state = Conversation(
        id=ids.conversation_id("acme", channel, phone),
        workspace="acme",
        channel=channel,
        provider=provider.value,
        customer_id=ids.customer_id("acme", phone),
        address=phone.removeprefix("+"),
        last_inbound_at=console.clock.now(),
        version=1,
    )
    decision = RecordedDecision(cause="test", turn=1, decision="test")
    await Conversations(console.parts.mongo, "acme").save(state, 0, decision)
    return state.id


async def test_file_for_a_provider_that_fetches_it_is_kept_and_sent_by_its_id(public: Console) -> None:
    agent = public.client("agent")
    first, again = await send(agent, PNG, "mug.png", "sms"), await send(agent, PNG, "mug.png", "sms")
    assert first.status_code == 201, first.text
    assert again.json() == first.json()
    media_id = first.json()["media_id"]
    kept = MediaStore(public.parts.mongo, "acme")
    stored = await kept.get(media_id)
    assert stored is not None
    assert (stored.type, stored.size, stored.filename, stored.conversation_id) == ("image/png", len(PNG), "mug.png", "")

    here = await conversation(public, "sms", Provider.TWILIO, "+2348031234567")
    content = {"type": "media", "kind": "image", "media_id": media_id}
    assert (await agent.post(f"conversations/{here}/messages", {"content": content})).status_code == 202
    stored = await kept.get(media_id)
    assert stored is not None
    assert stored.conversation_id == here

    unknown = {**content, "media_id": "upload:unknown"}
    assert problem(await agent.post(f"conversations/{here}/messages", {"content": unknown})) == "invalid"
    at_meta = await conversation(public, "main", Provider.META, "+2348031234568")
    assert problem(await agent.post(f"conversations/{at_meta}/messages", {"content": content})) == "invalid"


async def stored_message(console: Console, here: str, channel: str, media_id: str, number: int) -> str:
    """Store a message of ours with a file, as delivery does, and return its id."""
    body = MediaBody(kind=MediaKind.IMAGE, media_id=media_id, filename="mug.png")
    message = msgspec.structs.replace(outbound(number), conversation_id=here, channel=channel, body=body)
    await OutboundMessages(console.parts.mongo, "acme").claim(message, "a", NOW)
    return message.id


@pytest.mark.parametrize(("channel", "provider"), [("main", Provider.META), ("sms", Provider.TWILIO)])
async def test_file_that_was_sent_can_be_looked_at_by_colleagues(
    public: Console, channel: str, provider: Provider
) -> None:
    here = await conversation(public, channel, provider, "+2348031234567")
    uploaded = (await send(public.client("agent"), PHOTO, "mug.png", channel)).json()["media_id"]
    content = {"type": "media", "kind": "image", "media_id": uploaded}
    assert (await public.client("agent").post(f"conversations/{here}/messages", {"content": content})).is_success
    file = f"messages/{await stored_message(public, here, channel, uploaded, 1)}/media"
    colleague = await public.client("agent", person="bea").get(file)
    assert (colleague.status_code, colleague.content) == (200, PHOTO), colleague.text
    assert colleague.headers["content-type"] == "image/png"
    assert "mug.png" in colleague.headers["content-disposition"]
    elsewhere = public.client("agent", channels=frozenset({"none"}), person="cleo")
    assert problem(await elsewhere.get(file)) == "not-found"

    erased = ErasureSubject(customer_ids=("ada",), identities=(), conversation_ids=(here,))
    await Eraser(public.parts.mongo, "acme").remove(erased)
    assert await MediaStore(public.parts.mongo, "acme").used() == 0
    assert problem(await public.client("agent", person="bea").get(file)) == "not-found"


async def test_file_above_a_template_is_kept_and_erased_with_the_conversation(public: Console) -> None:
    here = await conversation(public, "main", Provider.META, "+2348031234567")
    uploaded = (await send(public.client("agent"), PHOTO, "mug.png")).json()["media_id"]
    above = MediaBody(kind=MediaKind.IMAGE, media_id=uploaded)
    state = await Conversations(public.parts.mongo, "acme").get(here)
    assert state is not None
    await with_file(public.parts, "acme", state, TemplateBody(name="mug", language="en", header_media=above))
    kept = await MediaStore(public.parts.mongo, "acme").get(stored_id(uploaded))
    assert kept is not None
    assert kept.conversation_id == here
    message = msgspec.structs.replace(
        outbound(1), conversation_id=here, body=TemplateBody(name="mug", language="en", header_media=above)
    )
    await OutboundMessages(public.parts.mongo, "acme").claim(message, "a", NOW)
    assert (await public.client("agent", person="bea").get(f"messages/{message.id}/media")).content == PHOTO


async def test_upload_of_a_colleague_runs_nowhere(public: Console) -> None:
    here = await conversation(public, "sms", Provider.TWILIO, "+2348031234567")
    uploaded = (await send(public.client("agent"), b"alert(1)", "notes.txt", "sms")).json()["media_id"]
    content = {"type": "media", "kind": "document", "media_id": uploaded}
    assert (await public.client("agent").post(f"conversations/{here}/messages", {"content": content})).is_success
    file = f"messages/{await stored_message(public, here, 'sms', uploaded, 1)}/media"
    response = await public.client("agent").get(file)
    assert response.content == b"alert(1)"
    assert response.headers["content-type"] == "application/octet-stream"
    assert response.headers["content-disposition"].startswith("attachment")
    assert response.headers["content-security-policy"].startswith("sandbox")


async def test_file_without_a_copy_is_fetched_from_meta_and_no_other_provider(public: Console) -> None:
    here = await conversation(public, "main", Provider.META, "+2348031234567")
    from_flow = await stored_message(public, here, "main", "1234567890", 1)
    found = await public.client("agent").get(f"messages/{from_flow}/media")
    assert (found.status_code, found.content) == (200, PNG), found.text
    at_twilio = await conversation(public, "sms", Provider.TWILIO, "+2348031234567")
    ended = await stored_message(public, at_twilio, "sms", "upload:ended", 2)
    assert problem(await public.client("agent").get(f"messages/{ended}/media")) == "not-found"


async def test_without_a_public_address_files_of_such_a_channel_name_the_setting(console: Console) -> None:
    agent = console.client("agent")
    here = await conversation(console, "sms", Provider.TWILIO, "+2348031234567")
    content = {"type": "media", "kind": "image", "media_id": "upload:any"}
    for answer in (
        await send(agent, PNG, "mug.png", "sms"),
        await agent.post(f"conversations/{here}/messages", {"content": content}),
    ):
        assert problem(answer) == "media-not-possible"
        assert "PUBLIC_BASE_URL" in answer.json()["detail"]
