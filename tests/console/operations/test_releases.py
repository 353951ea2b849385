"""Conversations are given only to people who can answer them, and go back to the queue when those no longer can."""

from typing import Any

import msgspec
import pytest

from shared.clock import FixedClock
from shared.domain.accounts import ApiKey, Member, Role, User
from shared.domain.conversation import Mode
from shared.errors import DependencyAway
from shared.messages.commands import RELEASES, Assign
from shared.operations.accounts.people import People
from shared.operations.accounts.releases import GRACE, ConversationReleases
from shared.repositories.api_keys import ApiKeys
from shared.repositories.members import Members
from shared.repositories.memberships import Memberships
from shared.repositories.users import Users
from shared.storage.mongo import Mongo
from tests.console.console import problem
from tests.console.routed import CONVERSATION, RoutedConsole
from tests.repositories.builders import NOW

HERE = f"conversations/{CONVERSATION}"


@pytest.fixture
def releases(acme: RoutedConsole, mongo: Mongo) -> ConversationReleases:
    return ConversationReleases(mongo, acme.kafka, acme.console.clock)


async def member(mongo: Mongo, name: str, **fields: Any) -> Member:
    """Store a user who is a member of acme."""
    await Users(mongo).create(User(id=name, email=f"{name}@example.com", name=name.title(), created_at=NOW))
    one = msgspec.structs.replace(Member(workspace="acme", user=name, role=Role.AGENT, since=NOW), **fields)
    await Members(mongo, "acme").add(one)
    return one


async def test_only_members_who_can_answer_are_offered_and_accepted(acme: RoutedConsole, mongo: Mongo) -> None:
    for name in ("owner", "bob", "dee"):
        await member(mongo, name, role=Role.OWNER if name == "owner" else Role.AGENT)
    await member(mongo, "vic", role=Role.VIEWER)
    await member(mongo, "cy", channels=("main",))
    await member(mongo, "eve", channels=("other",))
    await Users(mongo).disable("dee", NOW)
    ada = acme.agent()
    listed = {one["id"]: one for one in (await ada.get("members")).json()["items"]}
    assert {name for name, one in listed.items() if one["assignable"]} == {"owner", "bob", "cy", "eve"}
    assert listed["eve"]["channels"] == ["other"]
    for name in ("dee", "vic", "eve", "nobody"):
        refused = await ada.post(f"{HERE}/assign", {"to": name})
        assert (problem(refused), refused.json()["errors"][0]["pointer"]) == ("invalid", "#/to"), name
    for name in ("bob", "cy"):
        assert (await ada.post(f"{HERE}/assign", {"to": name})).status_code == 202
        await acme.route()
        assert (await acme.state()).assigned_to == name


async def assigned(acme: RoutedConsole, to: str) -> None:
    assert (await acme.agent().post(f"{HERE}/assign", {"to": to})).status_code == 202
    await acme.route()
    assert (await acme.state()).assigned_to == to


async def remove(acme: RoutedConsole, mongo: Mongo) -> None:
    assert (await acme.console.client("owner").delete("members/bob")).status_code == 204


async def demote(acme: RoutedConsole, mongo: Mongo) -> None:
    changed = await acme.console.client("owner").patch("members/bob", {"role": "viewer"})
    assert changed.status_code == 200, changed.text


async def take_channel(acme: RoutedConsole, mongo: Mongo) -> None:
    members = Members(mongo, "acme")
    bob = await members.get("bob")
    assert bob is not None
    stored = mongo.collection("workspaces")
    (workspace,) = await stored.find({"_id": "acme"})
    other = {**workspace["channels"][0], "id": "other", "key": "meta:2", "address": "+15550002222"}
    channels = [*workspace["channels"], other]
    await stored.update({"_id": "acme"}, {"$set": {"channels": channels}, "$inc": {"revision": 1}})
    changed = await acme.console.client("owner").patch("members/bob", {"channels": ["other"]})
    assert changed.status_code == 200, changed.text


async def disable(acme: RoutedConsole, mongo: Mongo) -> None:
    people = People(mongo, acme.console.clock)
    await people.disable(await people.user("bob@example.com"))


CASES = (remove, demote, take_channel, disable)


@pytest.mark.parametrize("end", CASES, ids=[case.__name__ for case in CASES])
async def test_conversations_go_back_to_the_queue_also_after_kafka_was_away(
    acme: RoutedConsole, releases: ConversationReleases, mongo: Mongo, clock: FixedClock, end: Any
) -> None:
    await member(mongo, "bob")
    await assigned(acme, "bob")
    await end(acme, mongo)
    acme.kafka.away = True
    with pytest.raises(DependencyAway):
        await releases.run()
    acme.kafka.away = False
    restarted = ConversationReleases(mongo, acme.kafka, clock)  # nothing is kept in the process
    assert (await restarted.run(), await restarted.run()) == (1, 0), "once, while the router has not done it"
    await acme.route()
    state = await acme.state()
    assert (state.mode, state.assigned_to, state.waiting_since) == (Mode.HUMAN, "", clock.now())
    assert await restarted.run() == 0
    clock.advance(GRACE.total_seconds() + 1)
    await restarted.run()
    assert await Memberships(mongo).pending_releases() == []


async def test_assignment_on_its_way_is_released_too(
    acme: RoutedConsole, releases: ConversationReleases, mongo: Mongo, clock: FixedClock
) -> None:
    await member(mongo, "bob")
    assert (await acme.agent().post(f"{HERE}/assign", {"to": "bob"})).status_code == 202
    await remove(acme, mongo)
    assert await releases.run() == 0
    clock.advance(60)
    await acme.route()
    assert await releases.run() == 1
    await acme.route()
    assert (await acme.state()).assigned_to == ""


async def test_members_who_can_still_answer_keep_theirs(
    acme: RoutedConsole, releases: ConversationReleases, mongo: Mongo
) -> None:
    await member(mongo, "bob")
    await assigned(acme, "bob")
    changed = await acme.console.client("owner").patch("members/bob", {"channels": ["main"], "sees": "all"})
    assert changed.status_code == 200, changed.text
    assert await releases.run() == 0
    assert (await acme.state()).assigned_to == "bob"


async def test_conversation_that_somebody_else_has_by_then_stays(
    acme: RoutedConsole, releases: ConversationReleases, mongo: Mongo
) -> None:
    await member(mongo, "bob")
    await member(mongo, "cy")
    await assigned(acme, "bob")
    await remove(acme, mongo)
    for to, released in (("cy", 1), (None, 0)):
        assert await releases.run() == released
        path, body = ("assign", {"to": to}) if to else ("return-to-bot", {})
        answer = await acme.agent().post(f"{HERE}/{path}", body, key=f"press-{path}")
        assert answer.status_code == 202, answer.text
        await acme.route()
        state = await acme.state()
        assert (state.assigned_to, state.mode) == ((to, Mode.HUMAN) if to else ("", Mode.BOT))
    late = Assign(
        id="late",
        workspace="acme",
        correlation_id="c",
        created_at=NOW,
        by=RELEASES,
        conversation_id=CONVERSATION,
        to="",
        if_assigned="bob",
    )
    await acme.router.on_command(late)
    assert (await acme.state()).mode is Mode.BOT


async def test_conversation_of_a_revoked_key_goes_back_to_the_queue(
    acme: RoutedConsole, releases: ConversationReleases, mongo: Mongo
) -> None:
    key = acme.console.key("conversations:write")
    (id_,) = acme.console.accounts.keys
    stored = ApiKey(id=id_, workspace="acme", digest="d", name="crm", scopes=(), made_by="user:o", made_at=NOW)
    await ApiKeys(mongo, "acme").create(stored)
    assert (await key.post(f"{HERE}/take-over")).status_code == 202
    await acme.route()
    assert (await acme.state()).assigned_to == f"key:{id_}"
    assert await releases.run() == 0
    assert (await acme.console.client("owner").delete(f"api-keys/{id_}")).status_code == 204
    assert await releases.run() == 1
    await acme.route()
    assert (await acme.state()).assigned_to == ""
