"""Events of a broadcast's progress: one a second, none for a look that changed nothing, none lost."""

from typing import Any

from msgspec.structs import replace

from services.delivery.broadcasts.changes import BroadcastChanges
from shared.clock import FixedClock
from shared.domain.broadcast import Broadcast, BroadcastStage
from shared.messages.broadcast_content import BroadcastText
from tests.services.builders import NOW

RUNNING = Broadcast(
    id="b1",
    workspace="acme",
    name="spring",
    channel="main",
    what=BroadcastText(text="Spring!"),
    created_at=NOW,
    by="u9",
    stage=BroadcastStage.RUNNING,
)


class Events:
    """Stands for the publisher; counts the events."""

    def __init__(self) -> None:
        self.published = 0

    async def changed(self, *arguments: Any, **named: Any) -> None:
        self.published += 1


async def test_looks_that_change_nothing_publish_nothing(clock: FixedClock) -> None:
    events = Events()
    changes = BroadcastChanges(events, clock)  # type: ignore[arg-type]
    for _ in range(20):
        await changes.report(RUNNING, changed=False)
        clock.advance(0.25)
    assert events.published == 1, "its stage"


async def test_changes_within_a_second_have_one_event_now_and_one_later(clock: FixedClock) -> None:
    events = Events()
    changes = BroadcastChanges(events, clock)  # type: ignore[arg-type]
    for _ in range(3):
        await changes.report(RUNNING, changed=True)
    assert events.published == 1
    clock.advance(1.1)
    await changes.report(RUNNING, changed=False)
    await changes.report(RUNNING, changed=False)
    assert events.published == 2


async def test_every_stage_is_reported_at_once(clock: FixedClock) -> None:
    events = Events()
    changes = BroadcastChanges(events, clock)  # type: ignore[arg-type]
    for stage in (BroadcastStage.SCHEDULED, BroadcastStage.RUNNING, BroadcastStage.DONE):
        await changes.report(replace(RUNNING, stage=stage), changed=False)
    assert events.published == 3
