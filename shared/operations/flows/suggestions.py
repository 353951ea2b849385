"""Suggestions of flows: what a member asks for in words, and the checked text that a model wrote. Plain values.

Both are files of a job, so they are kept for two days, or until the next erasure.
"""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from shared.flows.meaning import MeaningChange
from shared.flows.validation.problem import FlowProblem
from shared.operations.flows.describing import compared
from shared.operations.flows.publishing import checked_beside
from shared.workspace.config import Bot, BotMode

MOST_WORDS = 2000  # characters
MOST_SOURCE = 24_000  # characters of the present text, and of one that a model writes
WISH, SUGGESTION = "wish", "suggestion"
"""The names of the files."""


class SuggestionFailure(StrEnum):
    """The error of a job without a suggestion; other errors are faults of ours."""

    BUDGET = "budget"  # the budget for models is spent, or what is left is kept for customers
    MODEL = "model"  # no model answered
    FORGOTTEN = "forgotten"  # the files are not kept any more


class FlowWish(msgspec.Struct, frozen=True, kw_only=True):
    """A flow in a member's words. source: its present text; empty: there is none."""

    flow: str
    words: str
    source: str = ""


class CheckedSuggestion(msgspec.Struct, frozen=True, kw_only=True):
    """The text that a model wrote. problems: none if it can be published. meaning: what it changes in the present text;
    None: one of both is not YAML.
    """

    source: str
    problems: tuple[FlowProblem, ...]
    meaning: tuple[MeaningChange, ...] | None


class FlowSuggestion(CheckedSuggestion, frozen=True, kw_only=True):
    """A flow that a model wrote. model, usd: which one wrote it, and what all calls cost."""

    model: str
    usd: str


def may_suggest(bot: Bot) -> bool:
    """Return whether a workspace wants models to be asked, and pays for it."""
    return bot.mode in (BotMode.AI, BotMode.HYBRID) and bot.daily_budget_usd > 0


def checked_suggestion(wish: FlowWish, source: str, published: Mapping[str, str]) -> CheckedSuggestion:
    """Check a text as publishing does. published: the sources of the published flows by name. CPU work."""
    problems: list[FlowProblem] = []
    file = f"{wish.flow}.yaml"
    if len(source) > MOST_SOURCE:
        problems.append(FlowProblem(file, 1, "file", f"is longer than {MOST_SOURCE} characters"))
        source = source[:MOST_SOURCE]
    else:
        found = checked_beside(source, wish.flow, published)
        problems += found.problems
        if found.flow is not None and found.flow.name != wish.flow:
            said = f"the name of the flow is `{wish.flow}`"
            problems.append(FlowProblem(file, found.flow.line("flow"), "flow", said))
    _, meaning = compared(wish.source, source, "draft", "suggestion")
    return CheckedSuggestion(
        source=source, problems=tuple(problems), meaning=None if meaning is None else tuple(meaning)
    )
