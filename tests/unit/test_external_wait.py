"""What a record costs us is told apart from what it waits for others."""

import asyncio

from prometheus_client import REGISTRY

from shared.kafka.runtime import external_wait


def seconds(name: str, topic: str) -> float:
    return REGISTRY.get_sample_value(f"{name}_sum", {"topic": topic}) or 0.0


async def test_a_wait_is_no_work() -> None:
    told: list[str] = []
    with external_wait.bound("waits", lambda: told.append("leave"), lambda: told.append("back")):
        for _ in range(2):
            with external_wait.waiting():
                await asyncio.sleep(0.1)
    assert told == ["leave", "back"] * 2
    whole, work = (seconds(f"parley_record_{what}seconds", "waits") for what in ("", "work_"))
    assert whole - work >= 0.2
    assert 0 <= work < whole


async def test_without_a_record_nobody_is_told() -> None:
    with external_wait.waiting():
        pass
    assert seconds("parley_record_seconds", "nothing") == 0
