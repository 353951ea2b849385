"""Tries a question against the FAQ of a workspace, and makes FAQs of questions that could not be answered."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cachetools import LRUCache

from shared.background import RunApart
from shared.faq.forecast import FaqForecast, forecast
from shared.faq.index import FaqIndex, FaqMatch
from shared.faq.lint import FaqWarning, first_compared, lint_faqs
from shared.operations.errors import NotFound
from shared.repositories.unanswered import QuestionGroup, UnansweredQuestions, Visible
from shared.storage.mongo import Mongo
from shared.workspace.config import Faq

_MOST_INDEXES = 20
_MOST_PAIRS = 10_000_000  # of questions that are compared for remarks: about a second
_MOST_DISMISSED = 200  # as the router takes
_MOST_GROUPS = 500


class QuestionsNotFound(NotFound):
    """Raised when there is no such group of unanswered questions."""


@dataclass(frozen=True, slots=True)
class FaqTrial:
    """The match of a text with the FAQs. matches: the nearest FAQs, best first. threshold: the certainty, or with an
    owner's threshold the score, from which an answer is given; own: whether the owner set it.
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
        self,
        workspace: str,
        faqs: Sequence[Mapping[str, Any]],
        threshold: float | None,
        text: str,
        limit: int,
        apart: RunApart = asyncio.to_thread,
    ) -> FaqTrial:
        """Return how the router would judge a text. apart: builds an index. Raises DependencyAway."""
        models = tuple(Faq.model_validate(faq) for faq in faqs)
        dismissed = await UnansweredQuestions(self._mongo, workspace).dismissed(_MOST_DISMISSED)
        pairs = tuple((one.text, one.nearest) for one in dismissed)
        made_of = (models, threshold, pairs)
        known = self._indexes.get(workspace)
        index = known[1] if known is not None and known[0] == made_of else None
        if index is None:
            index = await apart(FaqIndex, models, threshold, pairs)
            self._indexes[workspace] = (made_of, index)
        used = index.calibration.threshold if index.calibration is not None else threshold
        return FaqTrial(index.ranked(text, limit), used or 0.0, threshold is not None)


@dataclass(frozen=True, slots=True)
class FaqRemarksFound:
    """Remarks about the FAQs of a workspace. complete: all questions were compared; otherwise those of the last
    FAQs."""

    warnings: Sequence[FaqWarning]
    complete: bool


class FaqRemarksCache:
    """Compares the FAQs of workspaces with each other; the last results are kept. Made once per process."""

    def __init__(self) -> None:
        self._found: LRUCache[str, tuple[str, FaqRemarksFound]] = LRUCache(maxsize=_MOST_INDEXES)

    async def remarks(
        self, workspace: str, faqs: Sequence[Mapping[str, Any]], digest: str, apart: RunApart = asyncio.to_thread
    ) -> FaqRemarksFound:
        """Return the remarks. digest: of the FAQs. apart: compares them."""
        known = self._found.get(workspace)
        if known is None or known[0] != digest:
            known = digest, await apart(_remarks, faqs)
            self._found[workspace] = known
        return known[1]


class FaqForecasts:
    """Forecasts of the FAQs of workspaces; the last results are kept. Made once per process."""

    def __init__(self) -> None:
        self._found: LRUCache[str, tuple[str, FaqForecast | None]] = LRUCache(maxsize=_MOST_INDEXES)

    async def forecast(
        self, workspace: str, faqs: Sequence[Mapping[str, Any]], digest: str, apart: RunApart = asyncio.to_thread
    ) -> FaqForecast | None:
        """Return the forecast; None: there are no FAQs. digest: of the FAQs. apart: tries their questions."""
        known = self._found.get(workspace)
        if known is None or known[0] != digest:
            models = tuple(Faq.model_validate(faq) for faq in faqs)
            known = digest, await apart(forecast, models)
            self._found[workspace] = known
        return known[1]


def _remarks(faqs: Sequence[Mapping[str, Any]]) -> FaqRemarksFound:
    models = tuple(Faq.model_validate(faq) for faq in faqs)
    first = first_compared(models, _MOST_PAIRS)
    return FaqRemarksFound(lint_faqs(models, first), complete=first == 0)


async def unanswered_group(
    mongo: Mongo,
    workspace: str,
    group: str,
    visible: Visible | None = None,
    apart: RunApart = asyncio.to_thread,
) -> QuestionGroup:
    """Return a group of unanswered questions. visible, apart: see `UnansweredQuestions.groups`. Raises
    QuestionsNotFound, DependencyAway.
    """
    for one in await UnansweredQuestions(mongo, workspace).groups(_MOST_GROUPS, visible=visible, apart=apart):
        if one.id == group:
            return one
    raise QuestionsNotFound("there is no such group of unanswered questions")


async def dismiss_questions(
    mongo: Mongo, workspace: str, groups: Sequence[str], by: str, at: datetime, apart: RunApart = asyncio.to_thread
) -> int:
    """Dismiss groups of unanswered questions; return how many questions. Raises QuestionsNotFound, DependencyAway."""
    dismissed = await UnansweredQuestions(mongo, workspace).dismiss(groups, by, at, apart)
    if not dismissed:
        raise QuestionsNotFound("there is no such group of unanswered questions")
    return dismissed
