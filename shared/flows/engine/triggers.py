"""Index of the triggers of a workspace's flows; built once per revision. Pure.

A message costs one look-up per kind of trigger, and a test of each pattern and each word within texts. Their number is
limited (`shared.flows.validation.limits`), also in flows that were stored before the limits existed.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, islice

from shared.flows.engine.actions import CustomerInput
from shared.flows.flow import Flow
from shared.flows.patterns import regex
from shared.flows.patterns.regex import Pattern, PatternRefused
from shared.flows.validation import limits
from shared.text.phrases import folded

_LONGEST = 1000  # characters of a message that are searched
_BUTTON, _KEYWORD, _CONTAINS, _REGEX, _REFERRAL, _FIRST = range(6)
_Key = tuple[int, int, str]  # the smallest wins: negated priority, kind of trigger, name of the flow


class TriggerIndex:
    """Finds the flow that a message begins. left_out: rejected patterns, each with its place and the reason, for
    people.
    """

    def __init__(self, flows: Iterable[Flow]) -> None:
        flows = tuple(flows)
        self.left_out: list[str] = []
        self._buttons = _by_value(flows, _BUTTON, lambda flow: flow.content.triggers.buttons)
        self._referrals = _by_value(flows, _REFERRAL, lambda flow: flow.content.triggers.referrals)
        self._keywords = _by_value(flows, _KEYWORD, lambda flow: map(folded, flow.content.triggers.keywords))
        within = ((_key(flow, _CONTAINS), word) for flow in flows for word in flow.content.triggers.contains)
        self._within = sorted((key, f" {folded(word)} ") for key, word in islice(within, limits.MAX_TRIGGERS))
        self._first = min((_key(flow, _FIRST) for flow in flows if flow.content.triggers.first_message), default=None)
        self._patterns = sorted(self._compiled(flows), key=lambda item: item[0])

    def trigger(self, said: CustomerInput) -> str | None:
        """Return the name of the flow that a message triggers, or None."""
        words = folded(said.text[:_LONGEST]) if said.text else ""
        best = min(filter(None, chain(self._at_once(said), self._by_words(words))), default=None)
        best = (self._by_pattern(said, best) if words else None) or best
        return best[2] if best is not None else None

    def groups(self, name: str, said: CustomerInput) -> Mapping[str, str]:
        """Return the values of the named groups of the flow's pattern in the message."""
        own = (pattern for key, pattern in self._patterns if key[2] == name)
        return next((pattern.named_groups(said.text) for pattern in own if pattern.matches(said.text)), {})

    def _at_once(self, said: CustomerInput) -> Iterator[_Key | None]:
        yield self._buttons.get(said.choice) if said.choice else None
        yield self._first if said.first else None
        if said.referral:
            yield self._referrals.get("any")
            yield self._referrals.get(said.referral.get("source_id", ""))

    def _by_words(self, words: str) -> Iterator[_Key | None]:
        if words:
            yield self._keywords.get(words)
            padded = f" {words} "
            yield next((key for key, word in self._within if word in padded), None)

    def _by_pattern(self, said: CustomerInput, best: _Key | None) -> _Key | None:
        for key, pattern in self._patterns:
            if best is not None and key >= best:
                return None
            if pattern.matches(said.text):
                return key
        return None

    def _compiled(self, flows: Iterable[Flow]) -> Iterator[tuple[_Key, Pattern]]:
        allowance = limits.PatternAllowance()
        for written in (it for flow in flows for it in limits.pattern_sources(flow)):
            try:
                pattern = regex.parse_pattern(written.text)
                why = allowance.deduct(pattern)
            except PatternRefused as error:
                self.left_out.append(str(written.problem(f"the pattern is refused: {error}")))
                continue
            if why:
                self.left_out.append(str(written.problem(why)))
            elif written.step == "triggers":
                yield _key(written.flow, _REGEX), pattern


def _key(flow: Flow, kind: int) -> _Key:
    return -flow.content.priority, kind, flow.name


def _by_value(flows: Iterable[Flow], kind: int, values: Callable[[Flow], Iterable[str]]) -> Mapping[str, _Key]:
    found: dict[str, _Key] = {}
    for flow in flows:
        for value in values(flow):
            key = _key(flow, kind)
            found[value] = min(key, found.get(value, key))
    return found
