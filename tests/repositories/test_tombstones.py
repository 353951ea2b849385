"""Tombstones of erased customers: seen by every process within seconds, and their times."""

from datetime import timedelta

from shared.clock import FixedClock
from shared.repositories.erasure_guard import FRESH, ErasureGuard, is_gone
from shared.repositories.tombstones import Tombstones
from shared.storage.mongo import Mongo
from tests.repositories.builders import NOW, later


async def test_tombstone_is_seen_within_seconds(mongo: Mongo, clock: FixedClock) -> None:
    erasures, erased = ErasureGuard(mongo, clock), Tombstones(mongo, "acme")
    await erased.mark(["u1"], NOW)
    assert await erasures.since("acme", "u1") == NOW
    await erased.mark(["u2"], NOW - timedelta(minutes=30))  # of a machine whose clock is behind
    await erased.mark(["u1"], later(5))
    assert await erasures.since("acme", "u2") is None
    clock.advance(FRESH)
    assert await erasures.since("acme", "u2") == NOW - timedelta(minutes=30)
    assert await erasures.since("acme", "u1") == later(5)


async def test_tombstone_time_does_not_go_back(mongo: Mongo) -> None:
    erased = Tombstones(mongo, "acme")
    await erased.mark(["u1"], later(9))
    await erased.mark(["u1"], later(5))
    assert await erased.since("u1") == later(9)


def test_records_created_after_the_erasure_are_kept() -> None:
    assert is_gone(NOW, NOW)
    assert is_gone(NOW, later(1))
    assert not is_gone(later(1), NOW)
    assert not is_gone(NOW, None)
