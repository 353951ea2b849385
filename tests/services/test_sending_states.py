"""The table of states: as the page shows it, and as MongoDB has it after each event."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from services.delivery.sending.states import NEW, TRANSITIONS, Event, transition
from shared.messages.dead_letters import DeadLetterReason
from shared.messages.inbound import ProviderError, Status
from shared.repositories.outbound import OutboundMessages
from shared.repositories.outbound_views import HeldMessage, OutboundState, StoredOutbound
from shared.storage.mongo import Mongo
from tests.repositories.builders import NOW, later, outbound, status

PAGE = Path(__file__).parents[2] / "docs/when-sending-fails.md"
ERROR = ProviderError(code="131056", title="Too many messages to this number")
MESSAGE = outbound()
PROVIDER_ID = "wamid.out"


def test_page_shows_the_table() -> None:
    text = PAGE.read_text(encoding="utf-8")
    section = text.split("## States of a message", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")][1:]
    assert [[cell.strip() for cell in line.strip("|").split("|")] for line in lines] == [
        [
            ", ".join(f"`{state.value}`" if state else "new" for state in row.states),
            row.event.value,
            f"`{row.next_state.value}`",
            "; ".join(row.effects),
        ]
        for row in TRANSITIONS
    ]


def test_every_event_has_a_row() -> None:
    assert {row.event for row in TRANSITIONS} == set(Event)


def test_every_state_except_the_end_reacts_to_every_record() -> None:
    for state in (NEW, OutboundState.WAITING, OutboundState.HELD, OutboundState.SENDING):
        for event in (Event.READY, Event.NOT_READY, Event.CHANNEL_STOPPED):
            assert transition(state, event).next_state is not None
    for state in (OutboundState.SENT, OutboundState.FAILED):
        assert transition(state, Event.REDELIVERED).next_state is state


@pytest.mark.parametrize(
    ("state", "event"), [(OutboundState.SENT, Event.READY), (NEW, Event.ACCEPTED), (OutboundState.HELD, Event.RETRY)]
)
def test_impossible_events_are_refused(state: OutboundState | None, event: Event) -> None:
    with pytest.raises(KeyError):
        transition(state, event)


@dataclass(frozen=True)
class Case:
    """A stored message and where it is stored. stored: None before the first claim."""

    messages: OutboundMessages
    stored: StoredOutbound | None

    @property
    def before(self) -> StoredOutbound:
        assert self.stored is not None
        return self.stored


async def _take(case: Case, state: OutboundState, not_before: datetime | None) -> None:
    if case.stored is None:
        await case.messages.claim(MESSAGE, "b", NOW, state=state, not_before=not_before)
    elif state is OutboundState.SENDING:
        await case.messages.reclaim(case.before, "b", NOW, possible_duplicate=False)
    else:
        await case.messages.put_aside(case.before, "b", state, not_before, possible_duplicate=False)


async def _retry_failed(case: Case, not_before: datetime | None) -> None:
    await case.messages.retry_failed(
        MESSAGE.id, PROVIDER_ID, ERROR, not_before, NOW, charged=True, possible_duplicate=False
    )


async def _unchanged(case: Case) -> None:
    """Store nothing: the event only publishes or waits."""


CARRIED_OUT: dict[Event, Callable[[Case], Awaitable[object]]] = {
    Event.READY: lambda case: _take(case, OutboundState.SENDING, None),
    Event.NOT_READY: lambda case: _take(case, OutboundState.WAITING, later(9)),
    Event.CHANNEL_STOPPED: lambda case: _take(case, OutboundState.HELD, None),
    Event.STALE_RECORD: _unchanged,
    Event.REDELIVERED: _unchanged,
    Event.NO_ANSWER: _unchanged,
    Event.STATUS_GAVE_UP: _unchanged,
    Event.DOUBT_UNRESOLVED: lambda case: case.messages.record_failure(
        MESSAGE.id, case.before.claim, ERROR, DeadLetterReason.IN_DOUBT, NOW
    ),
    Event.ACCEPTED: lambda case: case.messages.record_accepted(MESSAGE.id, case.before.claim, PROVIDER_ID, NOW),
    Event.RETRY: lambda case: case.messages.record_retry(MESSAGE.id, case.before.claim, ERROR, later(9), NOW),
    Event.CHANNEL_REFUSED: lambda case: case.messages.record_hold(MESSAGE.id, case.before.claim, ERROR, NOW),
    Event.GAVE_UP: lambda case: case.messages.record_failure(
        MESSAGE.id, case.before.claim, ERROR, DeadLetterReason.SEND_REJECTED, NOW
    ),
    Event.RELEASED: lambda case: case.messages.release(HeldMessage(message=MESSAGE, claim=case.before.claim), NOW),
    Event.REOPENED: lambda case: case.messages.reopen(MESSAGE.id),
    Event.STATUS_REACHED: lambda case: case.messages.status(status(Status.DELIVERED, MESSAGE, provider_id=PROVIDER_ID)),
    Event.STATUS_FAILED: lambda case: case.messages.status(status(Status.FAILED, MESSAGE, provider_id=PROVIDER_ID)),
    Event.STATUS_RETRY: lambda case: _retry_failed(case, later(9)),
    Event.STATUS_CHANNEL_REFUSED: lambda case: _retry_failed(case, None),
}
_FAILED_BY_STATUS = (Event.STATUS_RETRY, Event.STATUS_CHANNEL_REFUSED, Event.STATUS_GAVE_UP)


async def _stored_in(messages: OutboundMessages, state: OutboundState | None, event: Event) -> Case:
    if state in (OutboundState.SENDING, OutboundState.WAITING, OutboundState.HELD):
        await messages.claim(MESSAGE, "a", NOW, state=state, not_before=None)
    elif state is not None:
        await messages.claim(MESSAGE, "a", NOW)
        if state is OutboundState.SENT or event in _FAILED_BY_STATUS:
            await messages.record_accepted(MESSAGE.id, "a", PROVIDER_ID, NOW)
            if state is OutboundState.FAILED:
                await messages.status(status(Status.FAILED, MESSAGE, provider_id=PROVIDER_ID))
        else:
            await messages.record_failure(MESSAGE.id, "a", ERROR, DeadLetterReason.SEND_REJECTED, NOW)
    return Case(messages, await messages.get(MESSAGE.id))


@pytest.mark.parametrize(
    ("state", "event"),
    [(state, row.event) for row in TRANSITIONS for state in row.states],
    ids=[f"{state or 'new'}, {row.event}" for row in TRANSITIONS for state in row.states],
)
async def test_mongodb_has_the_state_of_the_table(mongo: Mongo, state: OutboundState | None, event: Event) -> None:
    messages = OutboundMessages(mongo, "acme")
    case = await _stored_in(messages, state, event)
    assert (case.stored.state if case.stored else NEW) is state
    await CARRIED_OUT[event](case)
    after = await messages.get(MESSAGE.id)
    assert after is not None
    assert after.state is transition(state, event).next_state
