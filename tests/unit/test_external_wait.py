"""External waits are reported to the runtime."""

import asyncio

from prometheus_client import REGISTRY

from shared.kafka.runtime.external_wait import external_wait, timed_record


def seconds(name: str, topic: str) -> float:
    return REGISTRY.get_sample_value(f"{name}_sum", {"topic": topic}) or 0.0


async def test_external_wait_does_not_count_as_work() -> None:
    calls: list[str] = []
    with timed_record("waits", lambda: calls.append("begin"), lambda: calls.append("end")):
        for _ in range(2):
            with external_wait():
                await asyncio.sleep(0.1)
    assert calls == ["begin", "end"] * 2
    total, work = (seconds(f"parley_record_{what}seconds", "waits") for what in ("", "work_"))
    assert total - work >= 0.2
    assert 0 <= work < total


async def test_external_wait_outside_a_handler_does_nothing() -> None:
    with external_wait():
        pass
    assert seconds("parley_record_seconds", "nothing") == 0
