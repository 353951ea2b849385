"""Timelines, single messages and their files over the API."""

import io
from datetime import timedelta
from unittest.mock import AsyncMock

import msgspec
import pytest

from services.console.api.conversation_models import TimelineAnswer
from shared.domain.conversation import NoteAdded
from shared.messages.content import Media, MediaKind, Text
from shared.providers.port import FetchedMedia
from shared.repositories.inbound import InboundMessages
from shared.repositories.notes import Notes
from shared.storage.mongo import Mongo
from tests.console.console import Client, Console, problem
from tests.console.stored_conversations import conversation_of
from tests.repositories.builders import NOW, inbound, outbound

pytestmark = pytest.mark.usefixtures("three_conversations")


async def test_timeline_has_messages_answers_and_notes_in_order(agent: Client, mongo: Mongo) -> None:
    id_ = conversation_of("ada")
    await Notes(mongo, "acme").add("n1", id_, NoteAdded(text="call her", turn=1, by="ann"), NOW)
    details = await agent.get(f"conversations/{id_}")
    assert details.status_code == 200, details.text
    assert details.json()["row"]["id"] == id_
    assert details.headers["etag"]
    response = await agent.get(f"conversations/{id_}/messages")
    page = TimelineAnswer.model_validate(response.json(), extra="forbid")
    assert [(entry.kind, entry.author) for entry in page.entries] == [
        ("message", "customer"),
        ("message", "faq"),
        ("note", ""),
    ]
    older = await agent.get(f"conversations/{id_}/messages", params={"before": page.entries[1].position})
    assert [entry["id"] for entry in older.json()["entries"]] == [page.entries[0].id]
    both = await agent.get(f"conversations/{id_}/messages", params={"before": "1", "after": "1"})
    assert problem(both) == "invalid"


@pytest.mark.parametrize("name", ["before", "after", "around"])
@pytest.mark.parametrize("position", ["9999999999", "1.999999999999999"])
async def test_position_that_no_entry_can_have_is_refused(agent: Client, name: str, position: str) -> None:
    refused = await agent.get(f"conversations/{conversation_of('ada')}/messages", params={name: position})
    assert problem(refused) == "invalid"
    assert name in refused.text


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "1999-12-31T00:00:00Z"])
async def test_time_outside_of_this_century_is_refused(console: Console, at: str) -> None:
    """Such a time cannot be moved to another zone, or by the length of a time-out."""
    owner, id_ = console.client("owner"), conversation_of("ada")
    refused = [
        await owner.get(f"conversations/{id_}/messages", params={"around_time": at}),
        await owner.get("audit", params={"since": at}),
        await owner.get("unanswered", params={"since": at}),
        await owner.get("analytics/summary", params={"from": at}),
        await owner.post("flows/simulate", {"flow": "hello", "now": at}),
        await owner.post("broadcasts/any/start", {"at": at}),
        await owner.post(f"conversations/{id_}/snooze", {"until": at}),
    ]
    assert {(answer.status_code, problem(answer)) for answer in refused} == {(422, "invalid")}, refused


async def test_words_are_found_in_the_newest_entries(agent: Client, console: Console, mongo: Mongo) -> None:
    id_ = conversation_of("ada")
    await Notes(mongo, "acme").add("n1", id_, NoteAdded(text="Prefers Café crème", turn=1, by="ann"), NOW)

    async def found(q: str, client: Client = agent, **params: str) -> list[str]:
        response = await client.get(f"conversations/{id_}/messages", params={"q": q, **params})
        page = TimelineAnswer.model_validate(response.json(), extra="forbid")
        assert (page.before, page.compared, page.all_compared) == (None, 3, True)
        return [entry.text for entry in page.entries]

    assert await found("ANSWER") == ["answer 1.0"]
    assert await found("creme prefers") == ["Prefers Café crème"]
    assert await found("creme answer") == []
    content = Text(body="call 0803 123 4568")
    message = msgspec.structs.replace(inbound(9, content=content), conversation_id=id_)
    await InboundMessages(mongo, "acme").add(message, turn=1, decision="faq", routed_at=NOW)
    viewer = console.client("viewer")
    assert (await agent.get(f"conversations/{id_}/messages?q=4568")).json()["entries"]
    masked = await viewer.get(f"conversations/{id_}/messages", params={"q": "4568"})
    assert masked.json()["entries"] == [], "what is masked cannot be guessed digit by digit"
    both = await agent.get(f"conversations/{id_}/messages", params={"q": "x", "before": "1"})
    assert problem(both) == "invalid"


async def test_timeline_is_opened_at_a_time(agent: Client, mongo: Mongo) -> None:
    id_, days = conversation_of("bola"), range(2, 40)
    for turn in days:
        message = inbound(turn)
        at = NOW + timedelta(days=turn)
        message = msgspec.structs.replace(message, id=f"day-{turn}", conversation_id=id_, created_at=at)
        await InboundMessages(mongo, "acme").add(message, turn=turn, decision="faq", routed_at=at)
    await mongo.collection("conversations").update({"_id": id_}, {"$set": {"state.turn": 39}})
    for turn in (2, 17, 39):
        at = NOW + timedelta(days=turn, minutes=-1)
        found = await agent.get(f"conversations/{id_}/messages", params={"around_time": at.isoformat(), "limit": 4})
        assert f"day-{turn}" in [entry["id"] for entry in found.json()["entries"]], found.text


async def test_message_is_explained(agent: Client) -> None:
    answer = outbound(1).id
    message = (await agent.get(f"messages/{answer}")).json()
    assert (message["conversation_id"], message["entry"]["text"]) == (conversation_of("ada"), "answer 1.0")
    why = (await agent.get(f"messages/{answer}/why")).json()
    assert {step["where"] for step in why["steps"]} == {"customer", "ingress", "router", "delivery"}
    assert any("turn 1: faq" in step["what"] for step in why["steps"])
    decided = next(step["values"] for step in why["steps"] if step["code"] == "decided")
    assert (decided["turn"], decided["decision"]) == ("1", "faq")
    assert all(step["code"] for step in why["steps"]), "each step can be said in other languages"
    assert (await agent.get(f"messages/{answer}/attempts")).json() == {"items": []}
    assert problem(await agent.get(f"messages/{answer}/media")) == "not-found"


@pytest.mark.parametrize("number", ["+2348031234568", "2348031234568", "0803 123 4568"])
async def test_numbers_in_texts_are_masked_for_viewers(console: Console, mongo: Mongo, number: str) -> None:
    content = Text(body=f"call me: {number}")
    message = msgspec.structs.replace(inbound(9, content=content), conversation_id=conversation_of("ada"))
    await InboundMessages(mongo, "acme").add(message, turn=9, decision="faq", routed_at=NOW)
    paths = (f"conversations/{conversation_of('ada')}/messages", f"messages/{message.id}", f"search?q={message.id}")
    for path in paths:
        assert number in (await console.client("agent").get(path)).text, path
        assert number not in (await console.client("viewer").get(path)).text, path


FILES = {
    "a picture": (b"\x89PNG\r\n\x1a\n0", "image/png", "inline"),
    "a page": (b"<svg onload='alert(1)'>", "application/octet-stream", "attachment"),
}


@pytest.mark.parametrize(("data", "type_", "how"), FILES.values(), ids=FILES)
async def test_file_is_fetched_at_first_view_and_runs_nowhere(
    agent: Client, mongo: Mongo, monkeypatch: pytest.MonkeyPatch, data: bytes, type_: str, how: str
) -> None:
    fetched: list[int] = []

    async def download(channel: object, media: object, limit: int, *_: object) -> FetchedMedia:
        fetched.append(limit)
        return FetchedMedia(file=io.BytesIO(data), mime_type="image/png", size=len(data))

    monkeypatch.setattr("services.console.media.download", download)
    monkeypatch.setattr("services.console.media.channel_of", AsyncMock())
    content = Media(kind=MediaKind.IMAGE, media_id="1", filename="photo.png")
    message = msgspec.structs.replace(inbound(9, content=content), conversation_id=conversation_of("ada"))
    await InboundMessages(mongo, "acme").add(message, turn=9, decision="faq", routed_at=NOW)
    for _ in range(2):
        response = await agent.get(f"messages/{message.id}/media")
        assert (response.status_code, response.content) == (200, data)
        assert response.headers["content-type"] == type_
        assert response.headers["content-disposition"].startswith(how)
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["content-security-policy"].startswith("sandbox")
    assert fetched == [25 * 1024 * 1024]


async def test_file_of_a_channel_that_is_gone_is_not_found(agent: Client, mongo: Mongo) -> None:
    content = Media(kind=MediaKind.IMAGE, media_id="1")
    message = msgspec.structs.replace(inbound(9, content=content), conversation_id=conversation_of("ada"))
    await InboundMessages(mongo, "acme").add(message, turn=9, decision="faq", routed_at=NOW)
    assert problem(await agent.get(f"messages/{message.id}/media")) == "not-found"
