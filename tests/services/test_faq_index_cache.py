"""The FAQ index of a workspace is made once for a revision, in a thread, and again when its owner dismisses more."""

import asyncio
import threading
from typing import Any

import pytest

from shared.clock import FixedClock
from shared.domain.conversation import UnansweredQuestion
from shared.errors import DependencyAway
from shared.faq import index_cache
from shared.faq.index import FaqIndex
from shared.faq.index_cache import FaqIndexCache
from shared.repositories.unanswered import UnansweredQuestions
from shared.storage.mongo import Mongo
from tests.services.builders import NOW, workspace

SAID = "what is the address please"


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """In which thread each index was made."""
    made: list[int] = []

    def make(*given: Any) -> FaqIndex:
        made.append(threading.get_ident())
        return FaqIndex(*given)

    monkeypatch.setattr(index_cache, "FaqIndex", make)
    return made


async def test_index_is_built_once_for_concurrent_requests_without_blocking_others(
    mongo: Mongo, clock: FixedClock, threads: list[int]
) -> None:
    index_cache, of = FaqIndexCache(mongo, clock), workspace()
    found = await asyncio.gather(*(index_cache.get(of) for _ in range(20)))
    assert len({id(index) for index in found}) == 1
    assert len(threads) == 1
    assert threads[0] != threading.get_ident()
    assert await index_cache.get(workspace()) is not found[0], "another revision"


async def test_dismissal_takes_effect_within_ten_minutes(mongo: Mongo, clock: FixedClock, threads: list[int]) -> None:
    index_cache, of = FaqIndexCache(mongo, clock), workspace()
    first = (await index_cache.get(of)).match(SAID)
    assert first is not None
    assert first.sure
    questions = UnansweredQuestions(mongo, "acme")
    await questions.add("q1", "c1", UnansweredQuestion(text=SAID, score=0.4, nearest=first.question), NOW)
    await questions.dismiss([group.id for group in await questions.groups(9)], "owner", NOW)
    clock.advance(601)
    later = (await index_cache.get(of)).match(SAID)
    assert later is not None
    assert not later.sure
    clock.advance(601)
    await index_cache.get(of)
    assert len(threads) == 2, "nothing new, nothing made"


async def test_cached_index_is_used_while_mongodb_is_unavailable(
    mongo: Mongo, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    index_cache, of = FaqIndexCache(mongo, clock), workspace()
    made = await index_cache.get(of)

    async def away(*_: object) -> None:
        raise DependencyAway("mongodb", "for a test")

    monkeypatch.setattr(UnansweredQuestions, "dismissed", away)
    clock.advance(601)
    assert await index_cache.get(of) is made
    with pytest.raises(DependencyAway):
        await index_cache.get(workspace())
