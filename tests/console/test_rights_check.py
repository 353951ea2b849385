"""The rights of live connections, looked up in MongoDB."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from services.console.caller import Principal
from services.console.live.hub import RIGHT_GONE, SIGNED_OUT
from services.console.live.rights_check import RightsCheck
from services.console.rights import Role
from shared.clock import FixedClock
from shared.domain.accounts import ApiKey, Member, Sees, Session
from shared.domain.accounts import Role as StoredRole
from shared.repositories.api_keys import ApiKeys
from shared.repositories.members import Members
from shared.repositories.sessions import Sessions
from shared.storage.mongo import Mongo


def _session(clock: FixedClock, id_: str, user: str) -> Session:
    now = clock.now()
    times: dict[str, Any] = dict.fromkeys(("made_at", "seen_at", "proved_at"), now)
    return Session(id=id_, user=user, ends_at=now + timedelta(hours=1), address="", agent="", refresh="", **times)


def _person(user: str, session: str) -> Principal:
    return Principal(kind="user", id=user, name=user, address="", workspace="acme", role=Role.OWNER, session=session)


async def test_rights_are_those_stored_now(mongo: Mongo, clock: FixedClock) -> None:
    sessions, members, keys = Sessions(mongo), Members(mongo, "acme"), ApiKeys(mongo, "acme")
    for user in ("ann", "bob", "eve"):
        await sessions.start(_session(clock, f"s-{user}", user))
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
    found = await RightsCheck(mongo, clock)([ann, ann, _person("bob", "s-bob"), _person("eve", "s-eve"), *programs])
    narrowed = replace(ann, role=Role.AGENT, sees="own_and_unassigned", channels=frozenset({"main"}))
    assert found[:4] == [narrowed, narrowed, RIGHT_GONE, SIGNED_OUT]
    assert found[4] == replace(programs[0], scopes=frozenset({"events:read"}))
    assert found[5:] == [RIGHT_GONE, SIGNED_OUT, SIGNED_OUT]
    clock.advance(3601)
    assert await RightsCheck(mongo, clock)([ann]) == [SIGNED_OUT]
