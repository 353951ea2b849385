"""Faults on demand: rules that say which calls go wrong, how, and how often.

A rule matches a call by provider and by fields; rules are tried in the order they were added. Latency rules add up; the
first other rule that matches decides what happens.
"""

import random
from typing import Any, Literal

import msgspec

from devtools.simulators.config import Provider
from devtools.simulators.webhooks import digits

Kind = Literal[
    "latency",
    "status",
    "throttle",
    "error",
    "timeout",
    "reset",
    "reset_after_accept",
    "expired_token",
    "malformed",
    "malformed_json",
    "empty_error",
    "refusal",
    "overloaded",
    "stream_overloaded",
    "stream_cut",
    "answer",
    "cut_off",
    "no_usage",
    "no_credit",
    "spend_limit",
]

# The provider has taken the message, and the caller cannot know.
_ACCEPTED = frozenset({"timeout", "reset_after_accept"})
# Not faults of transport: the simulator's own answer is changed.
_ANSWERS = frozenset({"answer", "refusal", "stream_overloaded", "stream_cut", "cut_off", "no_usage"})


class ScriptedFault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What goes wrong. Fields that a kind does not need are ignored; `seconds` delays any kind."""

    kind: Kind
    seconds: float = 0.0
    status: int | None = None
    code: int | None = None
    type: str | None = None  # Anthropic's error.type
    message: str | None = None
    details: str | None = None
    retry_after: float | None = None
    accepted: bool | None = None  # whether the message is accepted although the answer is bad; None: by kind
    asynchronous: bool = False  # for "error": accept, and report the code in a failed status
    text: str | None = None  # for "answer", "cut_off", "no_usage"
    content: list[dict[str, Any]] | None = None  # for "answer": exact content blocks, e.g. tool_use
    stop_reason: str | None = None  # for "answer"

    @property
    def accepts_message(self) -> bool:
        if self.accepted is not None:
            return self.accepted
        return self.kind in _ACCEPTED or self.kind in _ANSWERS or self.asynchronous

    @property
    def changes_answer(self) -> bool:
        return self.kind in _ANSWERS or self.asynchronous


class RuleMatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """All that is given must hold. Phone numbers are compared by their digits."""

    to: str | None = None
    text_contains: str | None = None
    phone_number_id: str | None = None
    account_sid: str | None = None
    model: str | None = None
    token: str | None = None
    kind: str | None = None


class ProviderCall(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What rules can match in one request."""

    provider: str
    kind: str = "message"
    to: str = ""
    text: str = ""
    phone_number_id: str = ""
    account_sid: str = ""
    model: str = ""
    token: str = ""


class FaultRule(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One rule as given to `POST /_sim/script`."""

    fault: ScriptedFault
    provider: Provider | None = None
    match: RuleMatch = RuleMatch()
    times: int | None = None
    probability: float = 1.0
    seed: int = 0


class FaultPlan(msgspec.Struct, frozen=True, gc=False):
    """What the script says about one call."""

    delay: float = 0.0
    fault: ScriptedFault | None = None


_NO_FAULT = FaultPlan()


class _ActiveRule:
    """A rule with its own random sequence and what is left of its times."""

    def __init__(self, number: int, rule: FaultRule) -> None:
        self.number = number
        self.rule = rule
        self.left = rule.times
        self.hits = 0
        self._random = random.Random(rule.seed)

    def matches(self, call: ProviderCall) -> bool:
        if self.left == 0 or not _matches(self.rule, call):
            return False
        if self.rule.probability < 1.0 and self._random.random() >= self.rule.probability:
            return False
        self.hits += 1
        if self.left is not None:
            self.left -= 1
        return True


class FaultScript:
    """The rules in force."""

    def __init__(self) -> None:
        self._rules: list[_ActiveRule] = []
        self._next = 1

    def add(self, rule: FaultRule) -> int:
        """Put a rule behind the others; the number names it in `describe` and `remove`."""
        number, self._next = self._next, self._next + 1
        self._rules.append(_ActiveRule(number, rule))
        return number

    def remove(self, number: int | None = None) -> int:
        """Take away one rule, or all; how many were."""
        before = len(self._rules)
        self._rules = [] if number is None else [r for r in self._rules if r.number != number]
        return before - len(self._rules)

    def describe(self) -> list[dict[str, Any]]:
        return [{"rule": r.number, "hits": r.hits, "left": r.left, **msgspec.to_builtins(r.rule)} for r in self._rules]

    def plan(self, call: ProviderCall) -> FaultPlan:
        """Decide about one call; counts the rules that took part."""
        if not self._rules:
            return _NO_FAULT
        delay = 0.0
        for active in self._rules:
            if not active.matches(call):
                continue
            fault = active.rule.fault
            delay += fault.seconds if fault.kind != "timeout" else 0.0
            if fault.kind != "latency":
                return FaultPlan(delay, fault)
        return FaultPlan(delay)


def _matches(rule: FaultRule, call: ProviderCall) -> bool:
    if rule.provider is not None and rule.provider != call.provider:
        return False
    match = rule.match
    if match.to is not None and digits(match.to) != digits(call.to):
        return False
    if match.text_contains is not None and match.text_contains.casefold() not in call.text.casefold():
        return False
    exact = ("phone_number_id", "account_sid", "model", "token", "kind")
    return all((wanted := getattr(match, name)) is None or wanted == getattr(call, name) for name in exact)
