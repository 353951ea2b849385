"""Limits of a workspace's flows in total: flows, triggers, patterns. Pure.

They bound the router's work per message, because it serves many workspaces. They are meant for hostile files; the
largest known workspaces reach a tenth of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shared.flows.flow import Flow
from shared.flows.patterns import regex
from shared.flows.patterns.regex import Pattern, PatternRefused
from shared.flows.steps import Ask
from shared.flows.validation.problem import FlowProblem
from shared.flows.yaml_tree import Path

MAX_FLOWS = 200
MAX_TRIGGERS = 5000  # keywords, words within a message, buttons and ads that begin flows
MAX_PATTERNS = 100
MAX_PATTERN_SIZE = 20_000  # instructions of RE2; a hostile message costs about 3 µs for each
_TRIGGER_KEYS = ("keywords", "contains", "buttons", "referrals")


@dataclass(frozen=True, slots=True)
class PatternSource:
    """A pattern and its location. step: the step's name, or `triggers`. path: within the file."""

    flow: Flow
    step: str
    path: Path
    text: str

    def problem(self, message: str) -> FlowProblem:
        """Return a problem at the pattern's line."""
        return FlowProblem(self.flow.file, self.flow.line(*self.path), self.step, message)


def pattern_sources(flow: Flow) -> Iterator[PatternSource]:
    """Yield the patterns of the flow's triggers, then those of its questions."""
    for place, text in enumerate(flow.content.triggers.regex):
        yield PatternSource(flow, "triggers", ("triggers", "regex", place), text)
    for name, step in flow.content.steps.items():
        if isinstance(step, Ask) and step.pattern:
            yield PatternSource(flow, name, ("steps", name, "pattern"), step.pattern)


def invalid_patterns(flow: Flow) -> Iterator[FlowProblem]:
    """Yield the patterns that are invalid, or could take too much time or memory."""
    for pattern in pattern_sources(flow):
        try:
            regex.parse_pattern(pattern.text)
        except PatternRefused as error:
            yield pattern.problem(f"the pattern is refused: {error}")


class PatternAllowance:
    """Counts down the number and total size of patterns that a workspace may still add."""

    def __init__(self) -> None:
        self._patterns = MAX_PATTERNS
        self._size = MAX_PATTERN_SIZE

    def deduct(self, pattern: Pattern) -> str:
        """Deduct a pattern; return the reason if there is no room for it, else an empty text."""
        if not self._patterns:
            return f"a workspace has at most {MAX_PATTERNS} patterns"
        if pattern.size > self._size:
            return (
                f"the patterns of the workspace are too large together: at most {MAX_PATTERN_SIZE:,} steps of the "
                f"engine, and this one has {pattern.size:,}; shorten counts such as {{1,500}}"
            )
        self._patterns -= 1
        self._size -= pattern.size
        return ""


def exceeded_limits(flows: Sequence[Flow]) -> Iterator[FlowProblem]:
    """Yield a problem for each limit that the workspace's flows exceed. flows: all of a workspace; `invalid_patterns`
    reports those with refused patterns.
    """
    for flow in flows[MAX_FLOWS:]:
        yield FlowProblem(flow.file, flow.line("flow"), "flow", f"a workspace has at most {MAX_FLOWS} flows")
    yield from _too_many_words(flows)
    yield from _too_many_patterns(flows)


def _too_many_words(flows: Sequence[Flow]) -> Iterator[FlowProblem]:
    words = 0
    for flow in flows:
        for key in _TRIGGER_KEYS:
            words += len(getattr(flow.content.triggers, key))
            if words > MAX_TRIGGERS:
                message = f"the flows of a workspace begin with at most {MAX_TRIGGERS:,} words, buttons and ads in all"
                yield FlowProblem(flow.file, flow.line("triggers", key), "triggers", message)
                return


def _too_many_patterns(flows: Sequence[Flow]) -> Iterator[FlowProblem]:
    allowance = PatternAllowance()
    for pattern in (it for flow in flows for it in pattern_sources(flow)):
        try:
            reason = allowance.deduct(regex.parse_pattern(pattern.text))
        except PatternRefused:
            continue
        if reason:
            yield pattern.problem(reason)
            return
