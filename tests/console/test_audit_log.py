"""The audit log: what is in it, and what is not."""

import asyncio
import csv
import io
from typing import Any

import pytest
from fastapi import Request, Response
from fastapi.routing import APIRoute

from services.console import audit
from services.console.api import audit as audit_routes
from services.console.audit import is_audited
from services.console.caller import Principal
from services.console.idempotency import is_repeatable
from services.console.routing import ConsoleRoute, action_of
from shared.domain.accounts import Role
from shared.errors import DependencyAway
from shared.operations.accounts.people import People as AuditedPeople
from shared.repositories.audit import AuditFilter, AuditLog
from shared.storage.mongo import Mongo
from tests.console.console import Console, problem
from tests.console.people import ACCEPT, ADA, AGENT, BOB, LOGIN, ME, NEW, PASSWORD, People, entries, make_key, token_of


async def test_change_is_in_the_audit_log_with_names_of_fields_and_shown_values(people: People, mongo: Mongo) -> None:
    owner = await people.signed_in("ada", "owner")
    await people.person("bob")
    response = await owner.patch(f"members/{BOB}", {"role": "viewer"})
    (entry,) = await entries(mongo, action="members.change_member")
    assert (entry.by_kind, entry.by, entry.by_name, entry.address) == ("user", ADA, "Ada", "127.0.0.1")
    assert entry.session == (await owner.get(ME)).json()["session"]
    assert (entry.target, entry.fields) == (f"member:{BOB}", ("role",))
    assert entry.values == {"role": ("agent", "viewer")}
    assert entry.request == response.headers["parley-request"]


async def test_change_whose_entry_cannot_be_written_is_no_failure_and_its_entry_follows(
    people: People, mongo: Mongo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer of 503 would be repeated, and make a second key, while the first stays valid and unknown."""
    owner = await people.signed_in("ada", "owner")
    monkeypatch.setattr(audit, "LATE_PAUSE", 0)
    write, failures = AuditedPeople.record, iter(range(3))

    async def away_at_first(self: AuditedPeople, *given: Any) -> None:
        if next(failures, None) is not None:
            raise DependencyAway("mongodb")
        await write(self, *given)

    monkeypatch.setattr(AuditedPeople, "record", away_at_first)
    body = {"name": "shop", "scopes": ["orders:read"]}
    made = await owner.post("api-keys", body, key="the-same-key")
    assert made.status_code == 201
    while audit._late:
        await asyncio.gather(*audit._late)
    (entry,) = await entries(mongo, action="api-keys.make_key")
    assert entry.target == f"api-key:{made.json()['id']}"
    assert entry.request == made.headers["parley-request"]
    assert len((await owner.get("api-keys")).json()["items"]) == 1


async def test_entries_that_wait_are_bounded_and_a_lost_one_is_logged(
    people: People, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    owner = await people.signed_in("ada", "owner")
    monkeypatch.setattr(audit, "MOST_LATE", 0)

    async def away(self: AuditedPeople, *given: Any) -> None:
        raise DependencyAway("mongodb")

    monkeypatch.setattr(AuditedPeople, "record", away)
    made = await owner.post("api-keys", {"name": "shop", "scopes": ["orders:read"]})
    assert made.status_code == 201
    assert audit._late == set()
    assert "A change is not in the audit log" in capsys.readouterr().out


async def test_refused_and_failed_changes_leave_no_entry_of_a_change(people: People, mongo: Mongo) -> None:
    agent = await people.signed_in("bob", "agent")
    before = len(await entries(mongo))
    assert problem(await agent.patch(f"members/{BOB}", {"role": "owner"})) == "not-allowed"
    assert problem(await agent.delete(f"members/{BOB}")) == "not-allowed"
    assert len(await entries(mongo)) == before


async def test_sign_ins_and_refused_ones_are_in_the_audit_log(people: People, mongo: Mongo) -> None:
    await people.signed_in("ada", "owner")
    people.clock.advance(1)
    await people.browser().post(LOGIN, {"email": "ada@example.com", "password": "wrong password here"})
    await people.browser().post(LOGIN, {"email": "nobody@example.com", "password": "wrong password here"})
    assert [entry.action for entry in await entries(mongo)] == ["auth.login_refused", "auth.login"]


async def test_audit_log_is_paged_filtered_and_exported_without_formulas(people: People) -> None:
    owner = await people.signed_in("ada", "owner")
    await owner.patch(ME, {"name": "=HYPERLINK(1)"})
    for number in range(3):
        await make_key(owner, "orders:read", name=f"key {number}")
    seen, cursor = [], None
    while True:
        query = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        page = (await owner.get("audit", params=query)).json()
        seen += [one["action"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert sorted(seen) == sorted(["auth.login", "me.change_profile", *["api-keys.make_key"] * 3])
    found = (await owner.get("audit", params={"action": "api-keys.make_key", "by": ADA})).json()["items"]
    assert len(found) == 3
    response = await owner.get("audit", headers={"accept": "text/csv"})
    assert response.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(response.text)))
    assert len(rows) == 6, "the export too"
    assert {row["by_name"] for row in rows if row["action"] == "api-keys.make_key"} <= {"Ada", "'=HYPERLINK(1)"}
    assert "=HYPERLINK" not in {row["by_name"] for row in rows}


async def test_file_of_the_audit_log_is_bounded_limited_and_needs_a_fresh_proof(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_routes, "_BATCH", 2)
    monkeypatch.setattr(audit_routes, "_MOST_ROWS", 4)
    owner = await people.signed_in("ada", "owner")
    csv_of = {"headers": {"accept": "text/csv"}}
    answers = [await owner.get("audit", **csv_of) for _ in range(7)]
    assert [answer.status_code for answer in answers] == [200] * 6 + [429]
    assert len(answers[5].text.splitlines()) == 1 + 4
    people.clock.advance(599)
    await owner.post("/api/v1/auth/refresh")
    people.clock.advance(2)
    assert problem(await owner.get("audit", **csv_of)) == "proof-needed"


async def test_no_secret_reaches_log_audit_or_database(
    people: People, mongo: Mongo, capsys: pytest.CaptureFixture[str]
) -> None:
    owner = await people.signed_in("ada", "owner")
    made = await make_key(owner, "orders:read")
    token = token_of((await owner.post("invitations", AGENT)).json()["link"])
    await people.browser().post(ACCEPT, {"token": token, **NEW})
    secrets = [PASSWORD, NEW["password"], made["key"], token, *owner.http.cookies.values()]
    stored = str([await mongo.collection(name).find({}) for name in await mongo.collections()])
    written = "".join(capsys.readouterr())
    for secret in secrets:
        assert secret not in stored
        assert secret not in written


NOT_AUDITED_ROUTES = {
    "conversations.put_draft",
    "conversations.delete_draft",
    "flows.write_draft",
    "flows.write_layout",
    "replays.vote_on_result",
    "replays.take_vote_back",
}
"""Actions without an entry, besides POSTs that say REPEATABLE: seen marks, typing, checks."""


def test_every_changing_route_is_audited_by_the_frame(console: Console) -> None:
    routes = [route for route in console.app.routes if isinstance(route, APIRoute)]
    changing = [route for route in routes if set(route.methods or ()) - {"GET", "HEAD"}]
    assert len(changing) > 20
    silent = [route for route in changing if not is_audited(route.dependant, set(route.methods or ()))]
    missing = {action_of(route) for route in silent if not is_repeatable(route.dependant)}
    assert missing == NOT_AUDITED_ROUTES
    assert len({action_of(route) for route in changing}) == len(changing), "actions tell routes apart"


async def test_frame_writes_the_entry_whatever_the_route_is(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    async def record(request: Any, action: str) -> None:
        asked.append(action)

    monkeypatch.setattr(audit, "record_change", record)
    owner = console.client("owner")
    await owner.post("api-keys", {"name": "x", "scopes": ["orders:read"]})
    await owner.get("api-keys")
    await owner.post("api-keys", {"name": "x", "scopes": ["nonsense"]})
    assert asked == ["api-keys.make_key"]


async def test_success_of_each_changing_route_leaves_one_entry(console: Console, mongo: Mongo) -> None:
    """With what the frame knows by itself: who, the action, the first id of the path, the names of the fields."""
    caller = Principal(kind="user", id="ada", name="Ada", address="10.0.0.1", workspace="acme", role=Role.OWNER)
    body = b'{"secret": "hidden", "name": "x"}'

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def handle(request: Request) -> Response:
        await request.body()
        return Response()

    expected = []
    for route in console.app.routes:
        if not isinstance(route, ConsoleRoute) or not is_audited(route.dependant, set(route.methods or ())):
            continue
        console.clock.advance(1)
        names = [name for name in route.param_convertors if name != "workspace"]
        scope = {
            "type": "http",
            "method": "POST",
            "headers": [(b"content-type", b"application/json")],
            "path_params": {"workspace": "acme", **{name: f"{name}-1" for name in names}},
            "client": ("10.0.0.1", 1),
            "app": console.app,
            "state": {"caller": caller, "request_id": "r" * 32},
        }
        await route._audited(handle)(Request(scope, receive))
        resource = action_of(route).partition(".")[0]
        expected.append((action_of(route), f"{resource}:{names[0]}-1" if names else resource))
    found = await AuditLog(mongo, "acme").page(AuditFilter(), limit=1000)
    assert [(one.action, one.target) for one in reversed(found)] == expected
    assert {(one.by, one.address, one.request, one.fields) for one in found} == {
        ("ada", "10.0.0.1", "r" * 32, ("name", "secret"))
    }
    assert "hidden" not in str(found)
