"""Scripted faults affect the matching calls as often as scripted."""

import asyncio
import time
from typing import Any

import aiohttp
import pytest

from tests.simulators.conftest import FakeIngress, SimulatorClient, form, text

ANSWERS: list[tuple[str, dict[str, Any], int, int | None]] = [
    ("an HTTP status", {"kind": "status", "status": 503}, 503, 2),
    ("a throttle", {"kind": "throttle", "status": 429, "retry_after": 7, "code": 130429}, 429, 130429),
    ("an error by code", {"kind": "error", "code": 131026}, 400, 131026),
    ("an expired token", {"kind": "expired_token"}, 401, 190),
    ("an error with status 200", {"kind": "empty_error"}, 200, None),
    ("overload", {"kind": "overloaded"}, 503, 131016),
]


@pytest.mark.parametrize(("label", "fault", "status", "code"), ANSWERS, ids=[row[0] for row in ANSWERS])
async def test_meta_answers_as_scripted(
    sim: SimulatorClient, label: str, fault: dict[str, Any], status: int, code: int | None
) -> None:
    await sim.script(provider="meta", fault=fault, times=1)
    got, answer = await sim.meta(text())
    assert (got, answer["error"].get("code")) == (status, code), label
    assert (await sim.meta(text()))[0] == 200
    assert [r["accepted"] for r in await sim.records()] == [False, True]


async def test_throttle_has_retry_after(sim: SimulatorClient) -> None:
    await sim.script(fault={"kind": "throttle", "retry_after": 1.5})
    async with sim.http.post(sim.url + "/meta/v23.0/1/messages", json=text()) as response:
        assert (response.status, response.headers["retry-after"]) == (429, "1.5")
    assert (await sim.twilio(form()))[1]["code"] == 20429


async def test_twilio_answers_as_scripted(sim: SimulatorClient) -> None:
    await sim.script(provider="twilio", fault={"kind": "error", "code": 21610}, times=1)
    status, answer = await sim.twilio(form())
    assert (status, answer["code"]) == (400, 21610)
    await sim.script(provider="twilio", fault={"kind": "expired_token"}, times=1)
    assert (await sim.twilio(form()))[0] == 401
    assert (await sim.twilio(form()))[0] == 201


async def test_rule_matches_only_its_conditions(sim: SimulatorClient) -> None:
    await sim.script(
        provider="meta",
        match={"to": "+234 803 123 4567", "text_contains": "BOOM", "phone_number_id": "1001"},
        fault={"kind": "status", "status": 500},
    )
    assert (await sim.meta(text("boom!")))[0] == 500
    assert (await sim.meta(text("fine")))[0] == 200
    assert (await sim.meta(text("boom!", to="2348030000000")))[0] == 200
    assert (await sim.meta(text("boom!"), number="1002"))[0] == 200
    assert (await sim.twilio(form("boom!")))[0] == 201
    _, listed = await sim.call("GET", "/_sim/script")
    assert listed["rules"][0]["hits"] == 1
    await sim.call("DELETE", "/_sim/script")
    assert (await sim.meta(text("boom!")))[0] == 200


async def test_probability_is_reproducible_with_a_seed(sim: SimulatorClient) -> None:
    async def run() -> list[int]:
        await sim.script(fault={"kind": "status", "status": 500}, probability=0.5, seed=7)
        got = [(await sim.meta(text()))[0] for _ in range(20)]
        await sim.call("DELETE", "/_sim/script")
        return got

    first = await run()
    assert set(first) == {200, 500}
    assert await run() == first


async def test_latencies_add_up_before_the_fault(sim: SimulatorClient) -> None:
    await sim.config(meta={"latency": 0.05})
    await sim.script(fault={"kind": "latency", "seconds": 0.1})
    await sim.script(fault={"kind": "status", "status": 500, "seconds": 0.05})
    begin = time.monotonic()
    assert (await sim.meta(text()))[0] == 500
    assert time.monotonic() - begin >= 0.19


@pytest.mark.parametrize(("kind", "accepted"), [("reset", False), ("reset_after_accept", True)])
async def test_connection_is_dropped_before_or_after_acceptance(
    sim: SimulatorClient, ingress: FakeIngress, kind: str, accepted: bool
) -> None:
    await sim.script(fault={"kind": kind}, times=1)
    with pytest.raises(aiohttp.ClientConnectionError):
        await sim.meta(text(biz_opaque_callback_data="mine"))
    (record,) = await sim.records()
    assert record["accepted"] is accepted
    if accepted:
        assert b'"mine"' in (await ingress.next()).body
    else:
        assert sim.state.webhook_sender.pending == 0


@pytest.mark.parametrize("accepted", [None, False])
async def test_timeout_never_responds(sim: SimulatorClient, accepted: bool | None) -> None:
    await sim.script(fault={"kind": "timeout"} | ({} if accepted is None else {"accepted": accepted}))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(sim.meta(text()), 0.3)
    (record,) = await sim.records(wait=20)
    assert record["accepted"] is (accepted is None)


async def test_malformed_responses_cannot_be_decoded(sim: SimulatorClient) -> None:
    await sim.script(fault={"kind": "malformed"}, times=1)
    await sim.script(fault={"kind": "malformed_json"}, times=1)
    for kind in ("text/html", "application/json"):
        async with sim.http.post(sim.url + "/meta/v23.0/1/messages", json=text()) as response:
            assert (response.status, response.content_type) == (200, kind)
            with pytest.raises((ValueError, aiohttp.ContentTypeError)):
                await response.json()


async def test_accepted_message_fails_with_a_status(sim: SimulatorClient, ingress: FakeIngress) -> None:
    await sim.script(fault={"kind": "error", "code": 131026, "asynchronous": True}, times=1)
    assert (await sim.meta(text()))[0] == 200
    body = (await ingress.next()).body
    assert b'"status":"failed"' in body
    assert b'"code":131026' in body


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/_sim/script", {"fault": {"kind": "nonsense"}}),
        ("/_sim/script", {"fault": {"kind": "reset"}, "macth": {}}),
        ("/_sim/script", {"fault": {"kind": "reset"}, "match": {"too": "1"}}),
        ("/_sim/config", {"meta": {"latencey": 1}}),
        ("/_sim/config", {"telegram": {"latency": 1}}),
        ("/_sim/inbound", {"provider": "meta", "form": "234"}),
    ],
)
async def test_misspelt_control_request_is_refused(sim: SimulatorClient, path: str, body: object) -> None:
    status, answer = await sim.call("POST", path, json=body)
    assert (status, "error" in answer) == (400, True)
