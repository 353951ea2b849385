"""Records of requests are read in order, filtered, and waited for."""

import asyncio
import time

from devtools.simulators.request_log import RecordFilter, RequestLog
from tests.simulators.conftest import ACCOUNT, SimulatorClient, form, text


async def test_records_have_the_requests_details(sim: SimulatorClient) -> None:
    _, meta = await sim.meta(text("one", biz_opaque_callback_data="out-1"))
    _, twilio = await sim.twilio(form("two"))
    first, second = await sim.records()
    assert (first["seq"], second["seq"]) == (1, 2)
    assert abs(first["at"] - time.time()) < 5
    assert first["id"] == meta["messages"][0]["id"]
    assert (first["text"], first["opaque"], first["phone_number_id"]) == ("one", "out-1", "1001")
    assert first["payload"]["text"] == {"body": "one"}
    assert (second["id"], second["account_sid"]) == (twilio["sid"], ACCOUNT)
    assert (second["from"], second["error"]) == ("whatsapp:+14155238886", None)
    assert second["payload"] == form("two")


async def test_records_are_filtered(sim: SimulatorClient) -> None:
    await sim.meta(text("one"))
    await sim.meta(text(""))
    await sim.twilio(form("two"))
    assert [r["text"] for r in await sim.records(to="+234 803 123 4567")] == ["one", "", "two"]
    assert [r["text"] for r in await sim.records(provider="meta", accepted="true")] == ["one"]
    assert [r["text"] for r in await sim.records(since=2)] == ["two"]
    assert [r["text"] for r in await sim.records(limit=1)] == ["one"]
    assert (await sim.call("GET", "/_sim/records?form=1"))[0] == 400


async def test_wait_ends_with_the_first_matching_record(sim: SimulatorClient) -> None:
    waiting = asyncio.create_task(sim.records(provider="meta", wait=20))
    await sim.twilio(form())
    await asyncio.sleep(0.05)
    assert not waiting.done()
    await sim.meta(text("now"))
    assert [r["text"] for r in await waiting] == ["now"]


async def test_wait_ends_after_its_time(sim: SimulatorClient) -> None:
    begin = time.monotonic()
    assert await sim.records(wait=0.1) == []
    assert time.monotonic() - begin > 0.09


async def test_clearing_records_keeps_the_sequence(sim: SimulatorClient) -> None:
    await sim.meta(text("one"))
    assert await sim.call("DELETE", "/_sim/records") == (200, {"next": 1})
    await sim.meta(text("two"))
    assert [(r["seq"], r["text"]) for r in await sim.records(since=1)] == [(2, "two")]
    assert (await sim.call("GET", "/_sim/counts"))[1]["records"]["meta"]["message"]["accepted"] == 1


def test_only_recent_records_are_kept() -> None:
    records = RequestLog(keep=100, keep_bytes=10_000)
    for _ in range(1000):
        records.add(payload=b"1" * 50, at=0.0, provider="meta", kind="message", accepted=True)
    found, last = records.after(0, RecordFilter(), 10_000)
    assert last == 1000
    assert 80 <= len(found) <= 125
    assert [r.seq for r in found] == list(range(1001 - len(found), 1001))
    assert records.counts() == {"meta": {"message": {"accepted": 1000, "refused": 0}}}


async def test_process_is_healthy_and_reset_removes_rules_and_settings(sim: SimulatorClient) -> None:
    assert await sim.call("GET", "/health") == (200, {"status": "ok"})
    await sim.script(fault={"kind": "reset"})
    await sim.config(meta={"latency": 9})
    await sim.call("DELETE", "/_sim")
    assert (await sim.meta(text()))[0] == 200
