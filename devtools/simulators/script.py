"""Scripted faults: rules that select calls, the fault, and how often it happens.

A rule matches a call by provider and fields; rules are tried in the order of addition. Latency rules add up; the first
other rule that matches determines the fault.
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

# The provider accepts the message, but the caller gets no response.
_ACCEPTED = frozenset({"timeout", "reset_after_accept"})
# The simulator answers, but with changed content.
_CHANGED_ANSWERS = frozenset({"answer", "refusal", "stream_overloaded", "stream_cut", "cut_off", "no_usage"})


class ScriptedFault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A fault. Fields that its kind does not use are ignored; `seconds` delays any kind."""

    kind: Kind
    seconds: float = 0.0
    status: int | None = None
    code: int | None = None
    type: str | None = None  # Anthropic's error.type
    message: str | None = None
    details: str | None = None
    retry_after: float | None = None
    accepted: bool | None = None  # the message is accepted despite the fault; None: depends on the kind
    asynchronous: bool = False  # for "error": accept, and report the code in a failed status
    text: str | None = None  # for "answer", "cut_off", "no_usage"
    content: list[dict[str, Any]] | None = None  # for "answer": exact content blocks, e.g. tool_use
    stop_reason: str | None = None  # for "answer"

    @property
    def accepts_message(self) -> bool:
        if self.accepted is not None:
            return self.accepted
        return self.kind in _ACCEPTED or self.kind in _CHANGED_ANSWERS or self.asynchronous

    @property
    def changes_answer(self) -> bool:
        return self.kind in _CHANGED_ANSWERS or self.asynchronous


class RuleMatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Conditions of a rule; all given ones must hold. Phone numbers are compared by digits."""

    to: str | None = None
    text_contains: str | None = None
    phone_number_id: str | None = None
    account_sid: str | None = None
    model: str | None = None
    token: str | None = None
    kind: str | None = None


class ProviderCall(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The fields of a request that rules can match."""

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
    """The script's plan for one call: a delay in seconds, and a fault or none."""

    delay: float = 0.0
    fault: ScriptedFault | None = None


_NO_FAULT = FaultPlan()


class _ActiveRule:
    """A rule with its random sequence, hits and remaining uses."""

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
    """The active rules."""

    def __init__(self) -> None:
        self._rules: list[_ActiveRule] = []
        self._next = 1

    def add(self, rule: FaultRule) -> int:
        """Append a rule; return its number for `describe` and `remove`."""
        number, self._next = self._next, self._next + 1
        self._rules.append(_ActiveRule(number, rule))
        return number

    def remove(self, number: int | None = None) -> int:
        """Remove one rule, or all; return how many were removed."""
        before = len(self._rules)
        self._rules = [] if number is None else [r for r in self._rules if r.number != number]
        return before - len(self._rules)

    def describe(self) -> list[dict[str, Any]]:
        return [{"rule": r.number, "hits": r.hits, "left": r.left, **msgspec.to_builtins(r.rule)} for r in self._rules]

    def plan(self, call: ProviderCall) -> FaultPlan:
        """Return the plan for a call; count hits of the rules."""
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
