"""Tries a question against the FAQ of a workspace, and makes FAQs of questions that could not be answered."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cachetools import LRUCache

from shared.faq.index import FaqIndex, FaqMatch
from shared.operations.errors import NotFound
from shared.repositories.unanswered import QuestionGroup, UnansweredQuestions
from shared.storage.mongo import Mongo
from shared.workspace.config import Faq

_MOST_INDEXES = 20
_MOST_DISMISSED = 200  # as the router takes
_MOST_GROUPS = 2000


class QuestionsNotFound(NotFound):
    """Raised when there is no such group of unanswered questions."""


@dataclass(frozen=True, slots=True)
class FaqTrial:
    """matches: the nearest FAQs, best first. threshold: the certainty, or with an owner's threshold the score, from
    which an answer is given; own: whether the owner set it.
    """

    matches: Sequence[FaqMatch]
    threshold: float
    own: bool


class FaqTrials:
    """Tries questions; the last indexes are kept. Made once per process."""

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo
        self._indexes: LRUCache[str, tuple[object, FaqIndex]] = LRUCache(maxsize=_MOST_INDEXES)

    async def match(
        self, workspace: str, faqs: Sequence[Mapping[str, Any]], threshold: float | None, text: str, limit: int
    ) -> FaqTrial:
        """Return how the router would judge a text. Raises DependencyAway."""
        models = tuple(Faq.model_validate(faq) for faq in faqs)
        dismissed = await UnansweredQuestions(self._mongo, workspace).dismissed(_MOST_DISMISSED)
        pairs = tuple((one.text, one.nearest) for one in dismissed)
        made_of = (models, threshold, pairs)
        known = self._indexes.get(workspace)
        index = known[1] if known is not None and known[0] == made_of else None
        if index is None:
            index = await asyncio.to_thread(FaqIndex, models, threshold, pairs)
            self._indexes[workspace] = (made_of, index)
        used = index.calibration.threshold if index.calibration is not None else threshold
        return FaqTrial(index.ranked(text, limit), used or 0.0, threshold is not None)


async def unanswered_group(mongo: Mongo, workspace: str, group: str) -> QuestionGroup:
    """Return a group of unanswered questions. Raises QuestionsNotFound, DependencyAway."""
    for one in await UnansweredQuestions(mongo, workspace).groups(_MOST_GROUPS):
        if one.id == group:
            return one
    raise QuestionsNotFound("there is no such group of unanswered questions")


async def dismiss_questions(mongo: Mongo, workspace: str, groups: Sequence[str], by: str, at: datetime) -> int:
    """Dismiss groups of unanswered questions; return how many questions. Raises QuestionsNotFound, DependencyAway."""
    dismissed = await UnansweredQuestions(mongo, workspace).dismiss(groups, by, at)
    if not dismissed:
        raise QuestionsNotFound("there is no such group of unanswered questions")
    return dismissed
