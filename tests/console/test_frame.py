"""The common frame of all routes: rights, problems, pages, headers."""

import json
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends

from services.console.api import ROUTERS
from services.console.caller import Principal, needs
from services.console.middleware import HEADERS
from services.console.parts import Parts
from services.console.problems import PROBLEMS, Problem, problem_of, response_of
from services.console.rights import RULES, Right, Role
from services.console.routing import RouteIncomplete, check_routes, workspace_router
from shared.clock import FixedClock
from shared.errors import DependencyAway, TookTooLong, TooMuch
from shared.operations.accounts.registration import WorkspaceTaken
from tests.console import example_routes
from tests.console.accounts import Accounts
from tests.console.console import Console, make_console, problem

THING = {"name": "a"}


@pytest.fixture
async def console(parts: Parts, accounts: Accounts, clock: FixedClock, closing: AsyncExitStack) -> Console:
    example_routes.calls.clear()
    return make_console(parts, accounts, clock, closing, [*ROUTERS, example_routes.router])


async def test_caller_needs_a_session_or_a_key(console: Console) -> None:
    response = await console.anonymous().get("things")
    assert problem(response) == "not-signed-in"
    assert response.headers["www-authenticate"] == "Bearer"
    assert (await console.client("viewer").get("things")).status_code == 200
    assert (await console.key("orders:read").get("things")).status_code == 200


@pytest.mark.parametrize("authorization", ["Bearer nobody", "Basic pk", "Bearer", ""])
async def test_wrong_key_is_refused_even_with_a_session(console: Console, authorization: str) -> None:
    client = console.client("owner")
    assert problem(await client.get("things", headers={"authorization": authorization})) == "not-signed-in"


async def test_role_and_scope_decide(console: Console) -> None:
    assert problem(await console.client("viewer").post("things", THING)) == "not-allowed"
    assert problem(await console.key("orders:read").post("things", THING)) == "not-allowed"
    assert (await console.client("agent").post("things", THING)).status_code == 202
    assert (await console.key("orders:write").post("things", THING)).status_code == 202
    assert problem(await console.key("orders:write").put("things/1", THING)) == "not-allowed"


async def test_foreign_workspace_looks_like_none(console: Console) -> None:
    console.client("owner", "zeta")
    for client in (console.client("owner"), console.key("orders:read")):
        found = [await client.get(f"/api/v1/workspaces/{name}/things") for name in ("zeta", "nowhere")]
        assert [problem(response) for response in found] == ["not-found", "not-found"]
        first, second = ({**response.json(), "instance": ""} for response in found)
        assert first == second


async def test_sensitive_route_needs_a_fresh_proof(console: Console, clock: FixedClock) -> None:
    owner = console.client("owner")
    assert (await owner.put("things/1", THING)).status_code == 200
    clock.advance(601)
    assert problem(await owner.put("things/1", THING)) == "proof-needed"


async def test_pages_follow_each_other(console: Console) -> None:
    client, seen, cursor = console.client(), [], None
    for _ in range(3):
        query = {"limit": "3", **({"cursor": cursor} if cursor else {})}
        found = (await client.get("things", params=query)).json()
        seen += [item["id"] for item in found["items"]]
        cursor = found["next"]
    assert seen == example_routes.ALL
    assert cursor is None


async def test_cursor_belongs_to_its_list_and_caller(console: Console) -> None:
    client = console.client()
    cursor = (await client.get("things", params={"limit": "3"})).json()["next"]
    assert (await client.get("things", params={"cursor": cursor})).status_code == 200
    for other in (console.client("viewer"), console.client("agent", "zeta"), console.key("orders:read")):
        assert problem(await other.get("things", params={"cursor": cursor})) == "invalid"
    assert problem(await client.get("things", params={"cursor": cursor, "prefix": "t"})) == "invalid"
    for changed in (cursor[:-2] + "AA", "A", "", "!", cursor + "A"):
        response = await client.get("things", params={"cursor": changed})
        assert problem(response) == "invalid"
        assert response.json()["errors"][0]["pointer"] == "?cursor"


async def test_edit_after_another_is_refused(console: Console) -> None:
    owner = console.client("owner")
    refused = await owner.put("things/1", THING, headers={"if-match": '"old"'})
    assert problem(refused) == "changed-meanwhile"
    assert (await owner.put("things/1", THING, headers={"if-match": refused.headers["etag"]})).status_code == 200


@pytest.mark.parametrize(
    ("body", "pointers"),
    [({"name": 1}, ["#/name"]), ({"name": "a", "more": 1}, ["#/more"]), ({}, ["#/name"]), ([], ["#"])],
)
async def test_invalid_body_names_its_fields(console: Console, body: Any, pointers: list[str]) -> None:
    response = await console.client().http.post(
        "/api/v1/workspaces/acme/things",
        content=json.dumps(body),
        headers={"idempotency-key": "press-0001", "content-type": "application/json"},
    )
    assert (problem(response), response.status_code) == ("invalid", 422)
    assert [error["pointer"] for error in response.json()["errors"]] == pointers


@pytest.mark.parametrize(
    "body", [b"{", b"\xff", b"[" * 100_000, b"1" * 5000, b"", b'{"name":"\\ud800"}', b'{"name":NaN}']
)
async def test_unreadable_body_is_invalid(console: Console, body: bytes) -> None:
    response = await console.client().http.post(
        "/api/v1/workspaces/acme/things",
        content=body,
        headers={"idempotency-key": "press-0001", "content-type": "application/json"},
    )
    assert problem(response) == "invalid"


async def test_errors_of_the_framework_are_problems(console: Console) -> None:
    client = console.client()
    assert problem(await client.get("/api/v1/nowhere")) == "not-found"
    response = await client.delete("/api/v1/version")
    assert (problem(response), response.headers["allow"]) == ("method-not-allowed", "GET")
    assert problem(await client.get("things", params={"limit": "101"})) == "invalid"
    assert problem(await console.client("owner").put(f"things/{'x' * 21}", THING)) == "invalid"


async def test_unavailable_dependency_is_told_with_the_time_to_wait(console: Console) -> None:
    response = await console.client().post("things", {"name": "away"})
    assert (problem(response), response.status_code, response.headers["retry-after"]) == ("kafka-away", 503, "5")


async def test_problem_has_its_own_members(console: Console) -> None:
    response = await console.client().post("things", {"name": "taken"})
    assert (response.json()["detail"], response.json()["by"]) == ("ann has it", "ann")


async def test_fault_of_ours_shows_nothing(console: Console, capsys: pytest.CaptureFixture[str]) -> None:
    response = await console.client().post("things", {"name": "bug"})
    assert problem(response) == "internal"
    assert "secret words" not in response.text
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "A request failed" in capsys.readouterr().out


async def test_health_shows_dependencies(console: Console, parts: Parts, closing: AsyncExitStack) -> None:
    async def not_ready() -> tuple[dict[str, Any], bool]:
        return {"status": "not ready", "dependencies": {"kafka": "ok", "mongodb": "mongodb is away: host 1"}}, False

    assert (await console.anonymous().get("/api/v1/health")).json() == {"status": "ready", "dependencies": {}}
    away = make_console(replace(parts, readiness=not_ready), console.accounts, console.clock, closing)
    response = await away.anonymous().get("/api/v1/health")
    assert response.status_code == 503
    assert response.json() == {"status": "not ready", "dependencies": {"kafka": "ok", "mongodb": "away"}}


@pytest.mark.parametrize("name", PROBLEMS)
async def test_each_problem_has_a_page(console: Console, name: str) -> None:
    response = await console.anonymous().get(f"/problems/{name}")
    assert PROBLEMS[name].title in response.text.replace("&#x27;", "'")


async def test_pages_load_nothing_from_elsewhere(console: Console) -> None:
    for path in ("/api/v1/docs", "/problems/invalid"):
        response = await console.anonymous().get(path)
        assert response.status_code == 200
        assert "<script" not in response.text
        assert "src=" not in response.text
        assert "default-src 'none'; style-src 'sha256-" in response.headers["content-security-policy"]


async def test_every_answer_has_the_security_headers(console: Console) -> None:
    for path in ("/api/v1/health", "/nowhere", "things", "/api/v1/docs"):
        headers = (await console.client().get(path)).headers
        assert [name for name in HEADERS if name.lower() not in headers] == []
        assert "strict-transport-security" not in headers


async def test_document_describes_errors_and_rights(console: Console) -> None:
    document = (await console.anonymous().get("/api/v1/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    operation = document["paths"]["/api/v1/workspaces/{workspace}/things"]["post"]
    assert operation["x-right"] == "orders_write"
    assert operation["x-roles"] == ["admin", "agent", "owner"]
    assert operation["responses"]["default"]["content"]["application/problem+json"]
    assert any(parameter["name"] == "Idempotency-Key" for parameter in operation["parameters"])
    assert "HTTPValidationError" not in document["components"]["schemas"]


def _incomplete() -> list[tuple[str, APIRouter]]:
    async def _route(caller: Annotated[Principal, needs(Right.ORDERS_READ)]) -> None: ...

    async def _no_right() -> None: ...

    async def _self(caller: Annotated[Principal, needs(Right.SELF)]) -> None: ...

    def _in_a_thread() -> str:
        return ""

    async def _threaded(
        caller: Annotated[Principal, needs(Right.ORDERS_READ)], it: Annotated[str, Depends(_in_a_thread)]
    ) -> None: ...

    bare, outside, post, threaded = (workspace_router("/x", "x") for _ in range(4))
    bare.get("")(_no_right)
    outside.get("")(_self)
    post.post("")(_route)
    threaded.get("")(_threaded)
    return [
        ("declare one right", bare),
        ("outside of workspaces", outside),
        ("declare `idempotent", post),
        ("is not a coroutine", threaded),
    ]


@pytest.mark.parametrize(("words", "router"), _incomplete())
def test_incomplete_route_does_not_start(words: str, router: APIRouter) -> None:
    with pytest.raises(RouteIncomplete, match=words):
        check_routes(router.routes)


def test_every_right_has_a_rule() -> None:
    assert set(RULES) == set(Right)
    for right, rule in RULES.items():
        if rule.roles:
            assert Role.OWNER in rule.roles, right


def test_refused_operation_says_its_reason_for_programs() -> None:
    said = json.loads(bytes(response_of(problem_of(WorkspaceTaken("the name is taken")), "r1").body))
    assert (said["detail"], said["reason"]) == ("the name is taken", "workspace-taken")
    assert "reason" not in json.loads(bytes(response_of(Problem("conflict", "x"), "r1").body))


def test_dependency_away_has_a_problem() -> None:
    too_much = problem_of(TooMuch("mongodb", "take a shorter period"))
    assert (too_much.name, too_much.detail) == ("invalid", "take a shorter period"), "a repeat would end the same"
    too_long = problem_of(TookTooLong("mongodb", "ExecutionTimeout"))
    assert (too_long.name, too_long.status) == ("took-too-long", 504), "less should be asked for"
    assert [problem_of(DependencyAway(name)).name for name in ("kafka", "mongodb", "redis")] == [
        "kafka-away",
        "mongodb-away",
        "away",
    ]
