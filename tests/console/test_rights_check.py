"""The rights of live connections, looked up in MongoDB."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from services.console.auth.sessions import Lifetimes, SessionService
from services.console.auth.signing_keys import SigningKeys
from services.console.auth.tokens import Tokens
from services.console.caller import Principal
from services.console.live.hub import RIGHT_GONE, SIGNED_OUT
from services.console.live.rights_check import RightsCheck
from services.console.rights import Right, Role
from shared.clock import FixedClock
from shared.domain.accounts import ApiKey, Member, Sees, Session, User
from shared.domain.accounts import Role as StoredRole
from shared.repositories.api_keys import ApiKeys
from shared.repositories.members import COLLECTION, MemberRules, Members
from shared.repositories.sessions import Sessions
from shared.repositories.users import Users
from shared.storage.mongo import Mongo
from tests.profiler import profiled


def _session(clock: FixedClock, id_: str, user: str, lasts: timedelta = timedelta(hours=1)) -> Session:
    now = clock.now()
    times: dict[str, Any] = dict.fromkeys(("made_at", "seen_at", "proved_at"), now)
    return Session(id=id_, user=user, ends_at=now + lasts, address="", agent="", refresh="", **times)


async def _user(mongo: Mongo, clock: FixedClock, id_: str) -> None:
    await Users(mongo).create(User(id=id_, email=f"{id_}@example.com", name=id_, created_at=clock.now()))


def _check(mongo: Mongo, clock: FixedClock) -> RightsCheck:
    keys = SigningKeys({"k1": b"1" * 32})
    sessions = SessionService(mongo, keys, Tokens(keys, clock), clock, Lifetimes(absolute=timedelta(hours=1)))
    return RightsCheck(mongo, clock, sessions.is_valid)


def _person(user: str, session: str) -> Principal:
    return Principal(kind="user", id=user, name=user, address="", workspace="acme", role=Role.OWNER, session=session)


async def test_rights_are_those_stored_now(mongo: Mongo, clock: FixedClock) -> None:
    sessions, members, keys = Sessions(mongo), Members(mongo, "acme"), ApiKeys(mongo, "acme")
    for user in ("ann", "bob", "eve"):
        await sessions.start(_session(clock, f"s-{user}", user))
        await _user(mongo, clock, user)
    await members.add(
        Member(
            workspace="acme",
            user="ann",
            role=StoredRole.AGENT,
            sees=Sees.OWN_AND_UNASSIGNED,
            channels=("main",),
            since=clock.now(),
        )
    )
    await members.add(Member(workspace="acme", user="eve", role=StoredRole.OWNER, since=clock.now()))
    await sessions.revoke("s-eve", "signed out", clock.now())
    for name, scopes in (("reader", ("events:read",)), ("writer", ("orders:write",)), ("ended", ("events:read",))):
        await keys.create(
            ApiKey(id=name, workspace="acme", digest=name, name=name, scopes=scopes, made_by="ann", made_at=clock.now())
        )
    await keys.revoke("ended", clock.now())

    ann = _person("ann", "s-ann")
    programs = [
        Principal(kind="key", id=name, name=name, address="", workspace="acme")
        for name in ("reader", "writer", "ended", "unknown")
    ]
    found = await _check(mongo, clock)([ann, ann, _person("bob", "s-bob"), _person("eve", "s-eve"), *programs])
    narrowed = replace(ann, role=Role.AGENT, sees="own_and_unassigned", channels=frozenset({"main"}))
    assert found[:4] == [narrowed, narrowed, RIGHT_GONE, SIGNED_OUT]
    assert found[4] == replace(programs[0], scopes=frozenset({"events:read"}))
    assert found[5:] == [RIGHT_GONE, SIGNED_OUT, SIGNED_OUT]
    clock.advance(3601)
    assert await _check(mongo, clock)([ann]) == [SIGNED_OUT]


async def _member(mongo: Mongo, clock: FixedClock, user: str) -> Principal:
    await _user(mongo, clock, user)
    await Members(mongo, "acme").add(Member(workspace="acme", user=user, role=StoredRole.OWNER, since=clock.now()))
    await Sessions(mongo).start(_session(clock, f"s-{user}", user, timedelta(days=14)))
    return _person(user, f"s-{user}")


async def test_idle_session_ends_as_it_does_for_requests(mongo: Mongo, clock: FixedClock) -> None:
    ann = await _member(mongo, clock, "ann")
    clock.advance(12 * 3600 - 1)
    (found,) = await _check(mongo, clock)([ann])
    assert isinstance(found, Principal)
    clock.advance(1)
    assert await _check(mongo, clock)([ann]) == [SIGNED_OUT]


async def test_second_factor_that_is_required_now_ends_connections_without_one(mongo: Mongo, clock: FixedClock) -> None:
    ann, bob = await _member(mongo, clock, "ann"), await _member(mongo, clock, "bob")
    await Sessions(mongo).prove("s-bob", clock.now(), factor=True)
    await Members(mongo, "acme").set_rules(MemberRules(second_factor=True))
    gone, stays = await _check(mongo, clock)([ann, bob])
    assert (gone, isinstance(stays, Principal)) == (RIGHT_GONE, True)


async def test_agents_numbers_are_masked_in_open_connections_too(mongo: Mongo, clock: FixedClock) -> None:
    ann = await _member(mongo, clock, "ann")
    await Members(mongo, "acme").set_rules(MemberRules(agents_see_numbers=False))
    (found,) = await _check(mongo, clock)([ann])
    assert isinstance(found, Principal)
    assert (found.has(Right.PHONE_NUMBERS), replace(found, role=Role.AGENT).has(Right.PHONE_NUMBERS)) == (True, False)


async def test_connection_of_a_disabled_person_or_with_anothers_session_ends(mongo: Mongo, clock: FixedClock) -> None:
    ann, bob = await _member(mongo, clock, "ann"), await _member(mongo, clock, "bob")
    await Users(mongo).disable("ann", clock.now())
    assert await _check(mongo, clock)([ann, replace(bob, session="s-ann")]) == [SIGNED_OUT, SIGNED_OUT]


async def test_rules_of_all_watched_workspaces_are_read_at_once(mongo: Mongo, clock: FixedClock) -> None:
    """Those of a workspace that never had an owner are the usual ones."""
    ann = await _member(mongo, clock, "ann")
    watched = [ann, *(replace(ann, workspace=f"shop-{number}") for number in range(50))]
    for number in range(0, 50, 2):
        owner = Member(workspace=f"shop-{number}", user="ann", role=StoredRole.OWNER, since=clock.now())
        await Members(mongo, f"shop-{number}").add(owner)
        await Members(mongo, f"shop-{number}").set_rules(MemberRules(second_factor=number % 4 == 0))
    async with profiled(mongo, COLLECTION) as work:
        found = await _check(mongo, clock)(watched)
    stays = [isinstance(one, Principal) for one in found]
    assert stays == [True, *(number % 4 == 2 for number in range(50))]
    assert len(work.commands) < len(watched) / 2, "one for the rules, and batches of members"
    assert not [plan for plan in work.plans if "COLLSCAN" in plan]
