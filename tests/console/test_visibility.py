"""Every GET route, generated: members with restrictions get nothing of conversations that they may not see, and viewers
no phone number. One conversation of acme has its customer's number in every text.
"""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import pytest

from services.console.live.mongo_reads import MongoReads
from services.console.parts import Parts
from shared.clock import FixedClock
from shared.domain.accounts import AuditEntry
from shared.domain.broadcast import Broadcast
from shared.domain.conversation import UnansweredQuestion
from shared.messages.broadcast_content import BroadcastText
from shared.repositories.audit import AuditLog
from shared.repositories.broadcasts import Broadcasts
from shared.repositories.unanswered import UnansweredQuestions
from shared.repositories.workspace_editor import WorkspaceEditor
from shared.storage.mongo import Mongo
from tests.console.accounts import Accounts
from tests.console.console import Client, Console, make_console, problem
from tests.console.test_rights import INSIDE, SETTINGS, address
from tests.repositories.builders import NOW, PHONE, workspace_file
from tests.repositories.samples import CALL_OUT, CONVERSATION, FAILED, MESSAGE, OPERATION, ORDER
from tests.repositories.test_isolation import fill

CHANNEL = {
    **{"id": "main", "provider": "meta", "address": "+15550001111", "phone_number_id": "665397593326012"},
    **{"waba_id": "1437200930610622", "access_token": "EAA-very-secret", "app_secret": "app-very-secret"},
}
LABEL, QUESTION = "canary-label", f"Do you ship to {PHONE}?"
_IDS = {"{command}": OPERATION.command, "{call}": CALL_OUT.id, "{webhook}": CALL_OUT.webhook}
_MORE = (
    *("customers?q=Ada", f"orders?number={ORDER.number[:2]}", f"conversations?ids={CONVERSATION.id}"),
    *(f"search?q={text}" for text in ("Ada", ORDER.number, MESSAGE.id, FAILED.id)),
    *(f"messages/{FAILED.id}{what}" for what in ("", "/attempts", "/why")),
)


@pytest.fixture
async def console(
    parts: Parts, accounts: Accounts, clock: FixedClock, closing: AsyncExitStack, mongo: Mongo
) -> Console:
    """A console without limits, whose workspace has one of everything."""
    await fill(mongo)
    hook = {"id": CALL_OUT.webhook, "url": "https://crm.example.com/x", "secret": "crm-very-secret-secret"}
    file = workspace_file(channels=[CHANNEL], webhooks=[hook], faqs=[{"question": "When?", "answer": "At 9."}])
    await WorkspaceEditor(mongo, parts.redis, parts.secrets, parts.clock).apply(file)
    await plant(mongo)
    return make_console(replace(parts, settings=SETTINGS), accounts, clock, closing)


async def plant(mongo: Mongo) -> None:
    """Put the customer's number into all texts of the conversation, which bob has, and its id wherever one can be."""
    text = f"Call {PHONE}"
    error = {"code": "1", "title": text, "detail": text}
    reached = {"name": text, "conversation_id": CONVERSATION.id, "message_id": FAILED.id}
    changes: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
        "conversations": (
            {"_id": CONVERSATION.id},
            {
                **{"state.assigned_to": "bob", "state.turn": 3, "state.labels": [LABEL]},
                **{"state.cart_note": text, "state.mode_reason": text},
            },
        ),
        "messages": ({"_id": MESSAGE.id}, {"content.body": text}),
        "customers": ({"_id": "u1"}, {"name": f"Ada {PHONE}", "fields": {"second": PHONE}}),
        "orders": ({"customer_id": "u1"}, {"note": text}),
        "notes": ({}, {"text": text}),
        "outbound": (
            {"_id": FAILED.id},
            {"text": text, "error": error, "attempts": [{"at": NOW, "outcome": "failed", "error": error}]},
        ),
        "broadcast_recipients": ({}, reached),
        "operation_outcomes": ({}, {"detail": text, "subject": FAILED.id, "result": {"to": PHONE}}),
    }
    for name, (query, change) in changes.items():
        assert await mongo.collection(name).update({"workspace": "acme", **query}, {"$set": change}), name
    asked = UnansweredQuestion(text=QUESTION)
    await UnansweredQuestions(mongo, "acme").add("canary", CONVERSATION.id, asked, NOW)
    target = f"conversation:{CONVERSATION.id}"
    entry = AuditEntry(workspace="acme", at=NOW, action="x.y", by_kind="user", by="p1", target=target)
    await AuditLog(mongo, "acme").add(entry)


def addresses() -> list[str]:
    paths = []
    for method, path, _ in INSIDE:
        if method == "GET":
            for name, value in _IDS.items():
                path = path.replace(name, value)
            paths.append(address(path))
    return [*paths, *(f"/api/v1/workspaces/acme/{path}" for path in _MORE)]


async def leaks(client: Client, *canaries: str) -> list[str]:
    """Return the addresses whose answers, as JSON or as a table, have one of these texts."""
    found = []
    for path in addresses():
        for accept in ("application/json", "text/csv"):
            response = await client.get(path, headers={"accept": accept})
            assert response.status_code < 500 or response.status_code == 503, f"{path}: {response.text}"
            if any(canary in response.text for canary in canaries):
                found.append(path)
    return sorted(set(found))


HIDDEN = (CONVERSATION.id, PHONE[1:], LABEL, FAILED.id, MESSAGE.id)
ROLES = ("owner", "admin", "agent", "viewer")


async def test_member_of_another_channel_gets_nothing_of_the_conversation(console: Console) -> None:
    for role in ROLES:
        assert await leaks(console.client(role, channels=frozenset({"other"})), *HIDDEN, '"spring"') == [], role


async def test_member_who_sees_own_conversations_gets_nothing_of_a_colleagues(console: Console) -> None:
    for role in ROLES:
        assert await leaks(console.client(role, sees="own_and_unassigned"), *HIDDEN) == [], role


async def test_viewer_and_keys_without_the_scope_get_no_phone_number(console: Console) -> None:
    assert await leaks(console.client("viewer"), PHONE[1:]) == []
    assert await leaks(console.client("agent", person="masked", numbers=False), PHONE[1:]) == []
    scopes = (
        "conversations",
        "messages",
        "orders",
        "broadcasts",
        "content",
        "events",
        "settings",
        "channels",
        "members",
    )
    assert await leaks(console.key(*(f"{scope}:read" for scope in scopes)), PHONE[1:]) == []


async def test_owner_gets_all_of_it(console: Console) -> None:
    """So the texts are where the other tests look for them."""
    base = "/api/v1/workspaces/acme/"
    found = {path.removeprefix(base) for path in await leaks(console.client("owner"), PHONE[1:])}
    mine, message = f"conversations/{CONVERSATION.id}", f"messages/{FAILED.id}"
    assert found >= {
        *("conversations", mine, f"{mine}/messages", "customers", "customers/u1", "customers/u1/orders", "orders"),
        *(f"orders/{ORDER.number}", "unanswered", "broadcasts/b1/recipients", f"commands/{OPERATION.command}"),
        *(message, f"{message}/attempts", f"messages/{MESSAGE.id}", f"search?q={MESSAGE.id}", "search?q=Ada"),
    }
    with_id = {path.removeprefix(base) for path in await leaks(console.client("owner"), CONVERSATION.id)}
    log = f"webhooks/{CALL_OUT.webhook}/log"
    assert with_id >= {"audit", log, f"{log}/{CALL_OUT.id}", "customers/u1/broadcasts", "unanswered"}


async def test_recipients_are_those_whose_customers_may_be_seen(console: Console, mongo: Mongo) -> None:
    agent = console.client("agent", person="ann", sees="own_and_unassigned")
    path = "broadcasts/b1/recipients"
    assert (await agent.get(path)).json()["items"] == []
    mine = {"$set": {"state.assigned_to": "ann"}}
    await mongo.collection("conversations").update({"_id": CONVERSATION.id}, mine)
    (row,) = (await agent.get(path)).json()["items"]
    assert (row["phone"], row["conversation_id"]) == (PHONE, CONVERSATION.id)
    await mongo.collection("broadcast_recipients").update({}, {"$set": {"conversation_id": "of-a-colleague"}})
    (row,) = (await agent.get(path)).json()["items"]
    assert (row["conversation_id"], row["message_id"]) == ("", "")
    (row,) = (await agent.get("customers/u1/broadcasts")).json()["items"]
    assert (row["conversation_id"], row["message_id"]) == ("", "")


async def test_broadcasts_on_other_channels_are_neither_listed_nor_changed(console: Console, mongo: Mongo) -> None:
    admin = console.client("admin", channels=frozenset({"other"}))
    mine = Broadcast(
        id="b2", workspace="acme", name="mine", channel="other", what=BroadcastText(text="x"), created_at=NOW, by="u9"
    )
    await Broadcasts(mongo, "acme").create(mine)
    assert [one["id"] for one in (await admin.get("broadcasts")).json()["items"]] == ["b2"]
    assert problem(await admin.get("broadcasts/b1")) == "not-found"
    for what in ("start", "pause", "resume", "cancel", "retry", "dry-run"):
        body: dict[str, Any] | None = {} if what == "start" else None
        assert problem(await admin.post(f"broadcasts/b1/{what}", body)) == "not-found", what
    draft = {"name": "new", "content": {"type": "text", "text": "Hello"}, "segment": "all"}
    for path in ("broadcasts", "broadcasts/dry-run"):
        for channel in ("", "main"):
            assert problem(await admin.post(path, {**draft, "channel": channel})) == "not-allowed"


async def test_groups_of_unseen_questions_are_not_answered_nor_dismissed(console: Console) -> None:
    (group,) = [
        one for one in (await console.client("owner").get("unanswered")).json()["items"] if one["question"] == QUESTION
    ]
    admin = console.client("admin", channels=frozenset({"other"}))
    bodies: dict[str, Any] = {"answer": {"answer": "Yes"}, "dismiss": None}
    for path, body in bodies.items():
        assert problem(await admin.post(f"unanswered/{group['id']}/{path}", body)) == "not-found"
    viewer = (await console.client("viewer").get("unanswered")).json()["items"]
    assert [one["count"] for one in viewer if one["id"] == group["id"]] == [1]


Read = Callable[[MongoReads], Awaitable[Any]]


@pytest.mark.parametrize(
    "read",
    [
        lambda reads: reads.rows("acme", [CONVERSATION.id]),
        lambda reads: reads.customer_messages("acme", [MESSAGE.id]),
        lambda reads: reads.our_messages("acme", [FAILED.id]),
    ],
    ids=["rows", "theirs", "ours"],
)
@pytest.mark.usefixtures("console")
async def test_masked_copies_of_live_events_have_no_phone_number(mongo: Mongo, read: Read) -> None:
    (copy,) = (await read(MongoReads(mongo))).values()
    assert PHONE in str(copy.shown(numbers=True))
    assert PHONE[1:] not in str(copy.shown(numbers=False))


async def test_key_that_may_send_a_command_gets_its_outcome_and_no_others(console: Console, mongo: Mongo) -> None:
    program = console.key("messages:write")
    path = f"commands/{OPERATION.command}"
    assert problem(await program.get(path)) == "not-found", "somebody else's"
    (own,) = console.accounts.keys
    await mongo.collection("operation_outcomes").update({}, {"$set": {"by": f"key:{own}"}})
    assert (await program.get(path)).status_code == 200
    assert problem(await console.key("orders:read").get(path)) == "not-allowed"
