"""The poller looks when something is due, and seldom otherwise."""

import asyncio
from datetime import datetime, timedelta

import msgspec
import pytest

from services.router import timer_poller
from services.router.timer_poller import TimerPoller
from services.router.worker import Router
from shared.clock import FixedClock
from shared.errors import DependencyAway
from shared.messages.commands import TakeOver, TimeUp
from shared.repositories.conversations import Conversations
from shared.repositories.timers import DueConversations
from shared.repositories.workspaces import Workspaces
from shared.storage.mongo import Mongo
from tests.repositories.test_conversations import decision, state
from tests.services.builders import FAQS, NOW, inbound
from tests.services.identity_builders import RecordingProducer


class Polls(DueConversations):
    """The seconds at which due times were polled; MongoDB is away at some. due: conversations that are due, and that
    other replicas claim.
    """

    def __init__(self, clock: FixedClock, away: tuple[float, ...] = (), due: int = 0) -> None:
        self.at: list[float] = []
        self._clock = clock
        self._away = away
        self._due = due

    async def find(self, now: datetime, *, lease: timedelta, limit: int) -> list[str]:
        self.at.append((now - NOW).total_seconds())
        if self.at[-1] in self._away:
            raise DependencyAway("mongodb")
        found = min(self._due, limit)
        self._due -= found
        return [f"c{number}" for number in range(found)]

    async def claim(self, conversation_id: str, now: datetime, *, lease: timedelta) -> None:
        return None


async def polls_within(
    seconds: int,
    monkeypatch: pytest.MonkeyPatch,
    *,
    due: tuple[float, ...] = (),
    away: tuple[float, ...] = (),
    already_due: int = 0,
) -> list[float]:
    """Return when a poller polls that knows these due times, in seconds from its start."""
    clock, stop = FixedClock(NOW), asyncio.Event()
    polls = Polls(clock, away, already_due)
    poller = TimerPoller(polls, RecordingProducer(), clock)

    async def wait_for(event: asyncio.Event, wait: float) -> bool:
        clock.advance(wait)
        if clock.now() >= NOW + timedelta(seconds=seconds):
            event.set()
        return event.is_set()

    monkeypatch.setattr(timer_poller, "wait_for", wait_for)
    for one in due:
        poller.expect(NOW + timedelta(seconds=one))
    await poller.run(stop)
    return polls.at


async def test_at_rest_there_is_a_poll_every_five_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await polls_within(20, monkeypatch) == [0, 5, 10, 15]


async def test_due_conversation_is_polled_within_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once a second, however much is due."""
    due = (1.5, 1.6, 1.7, 3.0, 8.2, 8.9)
    assert await polls_within(16, monkeypatch, due=due) == [0, 2, 3, 8, 9, 14]


async def test_polls_follow_each_other_while_more_is_due_than_one_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await polls_within(8, monkeypatch, already_due=3 * 200 + 1) == [0, 0, 0, 0, 5]


async def test_due_time_is_polled_again_while_mongodb_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await polls_within(8, monkeypatch, due=(2.0,), away=(2.0, 3.0)) == [0, 2, 3, 4]


async def test_due_times_of_later_hours_are_not_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await polls_within(7205, monkeypatch, due=(7201.0,)) == [5 * number for number in range(1441)]


async def test_decision_tells_when_something_is_due(mongo: Mongo) -> None:
    """A conversation in an agent's hands goes back to the bot."""
    await mongo.collection("workspaces").insert(
        {
            "_id": "acme",
            "workspace": "acme",
            "name": "Acme",
            "faqs": FAQS,
            "channels": [],
            "revision": 1,
            "conversing": {"return_minutes": 30},
        }
    )
    clock, due = FixedClock(NOW), list[datetime]()
    router = Router(mongo, Workspaces(mongo, clock), RecordingProducer(), clock, due.append)
    first = inbound("What are your opening hours?")
    await router.on_message(first)
    assert due == []
    command = TakeOver(
        id="c1",
        workspace="acme",
        correlation_id="x",
        created_at=NOW,
        conversation_id=first.conversation_id,
        by="ada",
    )
    await router.on_command(command)
    assert due == [NOW + timedelta(minutes=30)]


async def test_conversation_that_cannot_be_read_delays_no_other(mongo: Mongo) -> None:
    """After a roll back: a newer release wrote a mode that this one does not know."""
    due = state(1, due_at=NOW)
    for number in range(3):
        made = msgspec.structs.replace(due, id=f"c{number}")
        await Conversations(mongo, "acme").save(made, 0, decision(number))
    await mongo.collection("conversations").update({"_id": "c1"}, {"$set": {"state.mode": "of a newer release"}})
    clock, producer = FixedClock(NOW), RecordingProducer()
    poller = TimerPoller(DueConversations(mongo), producer, clock)
    assert await poller.poll() == 2
    sent = [msgspec.json.decode(record.value, type=TimeUp).conversation_id for record in producer.records]
    assert sorted(sent) == ["c0", "c2"]
    assert await poller.poll() == 0, "it is claimed until the lease ends"
    await mongo.collection("conversations").update({"_id": "c1"}, {"$set": {"state.mode": due.mode.value}})
    clock.advance(30.0)
    assert await poller.poll() == 3, "the newer release reads it again"
