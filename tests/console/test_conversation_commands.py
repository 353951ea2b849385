"""Messages and other changes of conversations by the API: accepted, decided by the router, and reported."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from services.router.worker import Router
from shared.domain.accounts import Member, Role, User
from shared.domain.conversation import Mode
from shared.domain.window import WINDOW
from shared.messages.events import EventKind
from shared.messages.inbound import Provider, ProviderError
from shared.messages.outbound import (
    ContactsBody,
    LocationBody,
    MediaBody,
    Presence,
    ReactionBody,
    TemplateBody,
    TextBody,
)
from shared.providers.port import Channel
from shared.repositories.channel_states import ChannelStates
from shared.repositories.members import Members
from shared.repositories.notes import Notes
from shared.repositories.provider_templates import ProviderTemplates
from shared.repositories.users import Users
from shared.storage.mongo import Mongo
from tests.console.console import Console, problem
from tests.console.routed import CONVERSATION, WORKSPACE, KafkaList, RoutedConsole

HERE = f"conversations/{CONVERSATION}"
TEXT = {"content": {"type": "text", "body": "Hello"}}
CHANNEL = Channel(workspace="acme", id="main", provider=Provider.META, address="+15550001111", settings={}, secrets={})


@pytest.fixture
def kafka() -> KafkaList:
    return KafkaList()


@pytest.fixture
def producer(kafka: KafkaList) -> KafkaList:
    """Instead of Kafka."""
    return kafka


@pytest.fixture
async def acme(console: Console, kafka: KafkaList, mongo: Mongo) -> AsyncIterator[RoutedConsole]:
    await mongo.collection("workspaces").insert(dict(WORKSPACE))
    router = Router(mongo, console.parts.workspaces, kafka, console.clock)
    routed = RoutedConsole(console, router, kafka)
    await routed.customer_writes()
    yield routed


async def test_message_is_sent_once_however_often_the_request_is_repeated(acme: RoutedConsole) -> None:
    agent = acme.agent()
    answers = [await agent.post(f"{HERE}/messages", TEXT, key="press-0001") for _ in range(3)]
    assert {answer.status_code for answer in answers} == {202}
    (accepted,) = {answer.text for answer in answers}
    (done,) = await acme.route()
    (sent,) = acme.sent()
    body = answers[0].json()
    assert accepted == answers[0].text
    assert (sent.id, sent.body) == (body["message"], TextBody(body="Hello"))
    assert (done.kind, done.command_id, done.message_id) == (EventKind.COMMAND_DONE, body["command"], body["message"])
    assert (await acme.state()).assigned_to == "ada"


async def test_repeat_is_one_message_also_when_redis_has_forgotten_the_key(acme: RoutedConsole) -> None:
    agent = acme.agent()
    first = await agent.post(f"{HERE}/messages", TEXT, key="press-0001")
    await acme.console.parts.redis.delete(f"parley:once:acme:{first.json()['command']}")
    second = await agent.post(f"{HERE}/messages", TEXT, key="press-0001")
    assert second.json() == first.json()
    await acme.route()
    assert {message.id for message in acme.sent()} == {first.json()["message"]}
    assert (await acme.state()).turn == 2


async def test_of_two_agents_exactly_one_answers_and_the_other_is_told_who(acme: RoutedConsole) -> None:
    guarded = {**TEXT, "if_assigned": ""}
    ada = (await acme.agent("ada").post(f"{HERE}/messages", guarded, key="press-0001")).json()
    bob = (await acme.agent("bob").post(f"{HERE}/messages", guarded, key="press-0001")).json()
    ends = {event.command_id: event for event in await acme.route()}
    won, lost = ends[ada["command"]], ends[bob["command"]]
    assert (won.kind, lost.kind, lost.detail, lost.by) == (
        EventKind.COMMAND_DONE,
        EventKind.COMMAND_REFUSED,
        "taken-by",
        "ada",
    )
    assert len(acme.sent()) == 1
    state = await acme.agent("bob").get(f"{HERE}/commands/{lost.command_id}")
    assert state.json() == {
        "command": lost.command_id,
        "state": "refused",
        "reason": "taken-by",
        "by": "ada",
        "message": None,
    }


@pytest.mark.parametrize(("seconds", "accepted"), [(-1, True), (0, False), (1, False)])
async def test_free_text_is_refused_from_the_second_the_window_closes(
    acme: RoutedConsole, seconds: int, accepted: bool
) -> None:
    acme.console.clock.advance(WINDOW.total_seconds() + seconds)
    answer = await acme.agent().post(f"{HERE}/messages", TEXT)
    assert answer.status_code == (202 if accepted else 409)
    if not accepted:
        assert problem(answer) == "window-closed"
        template = {"content": {"type": "template", "name": "hello", "language": "en", "parameters": ["Ada"]}}
        assert (await acme.agent().post(f"{HERE}/messages", template)).status_code == 202
        await acme.route()
        assert [message.body for message in acme.sent()] == [
            TemplateBody(name="hello", language="en", parameters=("Ada",))
        ]


async def test_template_that_cannot_be_sent_is_refused(acme: RoutedConsole, mongo: Mongo) -> None:
    async def send(**fields: Any) -> str:
        content = {"type": "template", "name": "hello", "language": "en", **fields}
        return problem(await acme.agent().post(f"{HERE}/messages", {"content": content}))

    assert await send() == "template-not-sendable"  # without its parameter
    now = acme.console.clock.now()
    await ProviderTemplates(mongo, "acme").record_report("w1", "hello", "en", now, status="REJECTED")
    assert await send(parameters=["Ada"]) == "template-not-sendable"


async def test_stopped_channel_takes_no_message(acme: RoutedConsole, mongo: Mongo) -> None:
    error = ProviderError(code="190", title="The token has expired")
    await ChannelStates(mongo).stop(CHANNEL, error, acme.console.clock.now())
    assert problem(await acme.agent().post(f"{HERE}/messages", TEXT)) == "channel-stopped"


@pytest.mark.parametrize(
    "content",
    [
        {"type": "text", "body": ""},
        {"type": "text", "body": "  "},
        {"type": "media", "kind": "image", "url": "http://example.com/a.png"},
        {"type": "media", "kind": "image"},
        {"type": "media", "kind": "image", "url": "https://example.com/a.png", "media_id": "1234"},
        {"type": "location", "latitude": 91, "longitude": 0},
        {"type": "presence", "provider_message_id": "x"},
        {"type": "contacts", "cards": []},
    ],
    ids=lambda content: f"{content['type']}",
)
async def test_content_that_no_provider_takes_is_invalid(acme: RoutedConsole, content: dict[str, Any]) -> None:
    assert problem(await acme.agent().post(f"{HERE}/messages", {"content": content})) == "invalid"
    assert not await acme.route()


async def test_place_media_reaction_and_cards_are_sent(acme: RoutedConsole) -> None:
    contents = [
        {"type": "location", "latitude": 6.5, "longitude": 3.4, "name": "Shop"},
        {"type": "media", "kind": "image", "url": "https://example.com/a.png", "caption": "This one"},
        {"type": "media", "kind": "document", "media_id": "1234", "filename": "menu.pdf"},
        {"type": "reaction", "provider_message_id": "wamid.1", "emoji": "👍"},
        {"type": "contacts", "cards": [{"name": "Ada", "phones": ["+2348031234567"]}]},
    ]
    agent = acme.agent()
    for content in contents:
        assert (await agent.post(f"{HERE}/messages", {"content": content})).status_code == 202
    await acme.route()
    assert [type(one.body) for one in acme.sent()] == [LocationBody, MediaBody, MediaBody, ReactionBody, ContactsBody]
    assert acme.sent()[0].body == LocationBody(latitude=6.5, longitude=3.4, name="Shop")


async def test_reply_quotes_a_message_of_the_conversation(acme: RoutedConsole, mongo: Mongo) -> None:
    agent = acme.agent()
    theirs = await mongo.collection("messages").find_one({"conversation_id": CONVERSATION})
    assert theirs
    accepted = await agent.post(f"{HERE}/messages", TEXT | {"reply_to": theirs["_id"]})
    assert accepted.status_code == 202, accepted.text
    await acme.route()
    assert [one.reply_to for one in acme.sent()] == [theirs["provider_message_id"]]
    for unknown in ("nothing", accepted.json()["message"]):  # ours has no id of the provider yet
        refused = await agent.post(f"{HERE}/messages", TEXT | {"reply_to": unknown})
        assert refused.json()["errors"][0]["pointer"] == "#/reply_to"


async def test_reaction_goes_to_the_customers_message_and_takes_nothing_over(acme: RoutedConsole, mongo: Mongo) -> None:
    agent = acme.agent()
    theirs = await mongo.collection("messages").find_one({"conversation_id": CONVERSATION})
    assert theirs
    for emoji in ("👍", ""):
        content = {"type": "reaction", "message": theirs["_id"], "emoji": emoji}
        assert (await agent.post(f"{HERE}/messages", {"content": content})).status_code == 202
    await acme.route()
    wanted = theirs["provider_message_id"]
    assert [one.body for one in acme.sent()] == [
        ReactionBody(provider_message_id=wanted, emoji="👍"),
        ReactionBody(provider_message_id=wanted, emoji=""),
    ]
    assert (await acme.state()).mode is Mode.BOT
    both = {"type": "reaction", "message": theirs["_id"], "provider_message_id": wanted, "emoji": "👍"}
    assert problem(await agent.post(f"{HERE}/messages", {"content": both})) == "invalid"


async def test_conversation_goes_from_hand_to_hand(acme: RoutedConsole, mongo: Mongo) -> None:
    agent, now = acme.agent(), acme.console.clock.now()
    await Users(mongo).create(User(id="bob", email="bob@example.com", name="Bob", created_at=now))
    await Members(mongo, "acme").add(Member(workspace="acme", user="bob", role=Role.AGENT, since=now))

    async def after(path: str, body: Any = None) -> Any:
        answer = await agent.post(f"{HERE}/{path}", body)
        assert answer.status_code == 202, answer.text
        (event,) = await acme.route()
        assert event.kind is EventKind.COMMAND_DONE, event
        assert event.command_id == answer.json()["command"]
        return await acme.state()

    assert (await after("take-over")).assigned_to == "ada"
    assert (await after("assign", {"to": "bob"})).assigned_to == "bob"
    assert (await after("assign", {"to": ""})).waiting_since == now
    until = now + timedelta(hours=1)
    assert (await after("snooze", {"until": until.isoformat()})).snoozed_until == until
    assert (await after("snooze", {"until": None})).snoozed_until is None
    assert (await after("labels", {"add": ["vip", "new"], "remove": ["new"]})).labels == ("vip",)
    await after("notes", {"text": "likes tea"})
    assert [note.by for note in await Notes(mongo, "acme").of_turns(CONVERSATION, 0, 9)] == ["ada"]
    assert (await after("close", {"if_assigned": ""})).mode is Mode.CLOSED
    assert (await after("return-to-bot", {})).mode is Mode.BOT
    assert (await after("hand-off", {"reason": "asked"})).mode_reason == "asked"
    refused = [
        await agent.post(f"{HERE}/assign", {"to": "nobody"}),
        await agent.post(f"{HERE}/snooze", {"until": now.isoformat()}),
        await agent.post(f"{HERE}/start-flow", {"flow": "none"}),
        await agent.post(f"{HERE}/notes", {"text": " "}),
    ]
    assert [problem(one) for one in refused] == ["invalid"] * 4
    await agent.post(f"{HERE}/stop-flow")
    (event,) = await acme.route()
    assert (event.kind, event.detail) == (EventKind.COMMAND_REFUSED, "no-flow")


async def test_typing_is_shown_once_in_twenty_seconds_and_not_outside_the_window(acme: RoutedConsole) -> None:
    for _ in range(3):
        assert (await acme.agent().post(f"{HERE}/typing")).status_code == 204
    await acme.route()
    shown = [one for one in acme.sent() if isinstance(one.body, Presence)]
    assert [one.body for one in shown] == [Presence(provider_message_id="wamid.1", typing=True)]


async def test_conversation_of_others_is_not_found(acme: RoutedConsole) -> None:
    await acme.agent().post(f"{HERE}/take-over")
    await acme.route()
    strangers = (
        acme.agent("bob", sees="own_and_unassigned"),
        acme.agent("cy", channels=frozenset({"other"})),
        acme.console.client("owner", "zeta"),
    )
    for client in strangers:
        for path, body in (("messages", TEXT), ("take-over", {}), ("typing", None)):
            assert problem(await client.post(f"{HERE}/{path}", body)) == "not-found"
    viewer = acme.console.client("viewer")
    assert problem(await viewer.post(f"{HERE}/messages", TEXT)) == "not-allowed"
    assert problem(await acme.console.key("messages:read").post(f"{HERE}/messages", TEXT)) == "not-allowed"
    assert (await acme.console.key("messages:write").post(f"{HERE}/messages", TEXT)).status_code == 202
    assert (await acme.agent("bob").get(f"{HERE}/commands/none")).status_code == 404


async def test_nothing_is_accepted_while_kafka_is_away(acme: RoutedConsole) -> None:
    acme.kafka.away = True
    answer = await acme.agent().post(f"{HERE}/messages", TEXT, key="press-0001")
    assert (problem(answer), answer.headers["retry-after"]) == ("kafka-away", "5")
    acme.kafka.away = False
    assert (await acme.agent().post(f"{HERE}/messages", TEXT, key="press-0001")).status_code == 202
