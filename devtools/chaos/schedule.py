"""Plan which fault is injected when and into what, from the seed. Pure."""

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

PROVIDER_FAULTS = ("throttle", "refuse", "timeout", "reset", "cut")
MODEL_FAULTS = ("slow-model", "model")
SERVICE_FAULTS = ("kill", "pause", "roll")
STORE_FAULTS = ("kafka", "mongodb", "redis", "freeze", "flush")
DEFAULT_KINDS = (*SERVICE_FAULTS, *STORE_FAULTS, *PROVIDER_FAULTS, *MODEL_FAULTS)
KINDS = (*DEFAULT_KINDS, "outage")

_FREQUENCY = {"kill": 3, "pause": 2, "roll": 2}  # times in each round through the kinds; others once
_OVERLAPPING = 0.15  # share of faults that start while the one before is probably active
_FIRST, _LAST = 0.04, 0.92  # shares of the messages


class ScheduledFault(msgspec.Struct, frozen=True, kw_only=True):
    """One fault. at: share of all messages written when it begins. after: seconds to wait from then.

    target: a process (`router-1`, `kafka`) or a provider. seconds: duration. how: `kill` or `stop`, for a store. rule:
    for the simulators' script.
    """

    number: int
    kind: str
    target: str
    at: float
    after: float = 0.0
    seconds: float = 0.0
    how: str = ""
    rule: dict[str, Any] | None = None


class ScheduleOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Options of a schedule of faults. replicas: number by service."""

    seed: int
    count: int
    kinds: Sequence[str]
    replicas: Mapping[str, int]
    outage_seconds: float = 120.0


def make_schedule(options: ScheduleOptions) -> list[ScheduledFault]:
    """Return the schedule in the order of `at`; the same options give the same schedule."""
    rng = random.Random(f"{options.seed}:faults")
    faults: list[ScheduledFault] = []
    kinds_left: list[str] = []
    outages: list[str] = []
    while len(faults) < options.count:
        kinds_left = kinds_left or _shuffled(
            rng, [kind for kind in options.kinds for _ in range(_FREQUENCY.get(kind, 1))]
        )
        kind = kinds_left.pop()
        if kind == "outage" and not outages:
            outages = _shuffled(rng, ["kafka", "mongodb", "redis"])
        target = outages.pop() if kind == "outage" else ""
        slot = len(faults) / options.count
        at = _FIRST + (_LAST - _FIRST) * (slot + rng.uniform(0.0, 0.7) / options.count)
        after = 0.0
        if faults and rng.random() < _OVERLAPPING:
            at, after = faults[-1].at, faults[-1].after + rng.uniform(0.2, 3.0)
        details = {"target": target, "seconds": options.outage_seconds} if target else _MAKERS[kind](rng, options)
        faults.append(
            ScheduledFault(number=len(faults) + 1, kind=kind, at=round(at, 5), after=round(after, 3), **details)
        )
    return faults


def _shuffled(rng: random.Random, items: list[str]) -> list[str]:
    rng.shuffle(items)
    return items


def _replica(rng: random.Random, options: ScheduleOptions) -> str:
    service = rng.choice([name for name, count in options.replicas.items() if count])
    return f"{service}-{rng.randrange(options.replicas[service])}"


def _kill(rng: random.Random, options: ScheduleOptions) -> dict[str, Any]:
    return {"target": _replica(rng, options)}


def _pause(rng: random.Random, options: ScheduleOptions) -> dict[str, Any]:
    # Some shorter than the session time-out, some longer.
    seconds = rng.uniform(1.0, 2.7) if rng.random() < 0.5 else rng.uniform(3.5, 12.0)
    return {"target": _replica(rng, options), "seconds": round(seconds, 2)}


def _server(name: str) -> Callable[[random.Random, ScheduleOptions], dict[str, Any]]:
    def make(rng: random.Random, _: ScheduleOptions) -> dict[str, Any]:
        return {"target": name, "how": rng.choice(("kill", "stop")), "seconds": round(rng.uniform(0.5, 4.0), 2)}

    return make


def _freeze(rng: random.Random, _: ScheduleOptions) -> dict[str, Any]:
    return {"target": rng.choice(("mongodb", "redis", "kafka")), "seconds": round(rng.uniform(2.0, 6.0), 2)}


def _flush(_rng: random.Random, _: ScheduleOptions) -> dict[str, Any]:
    return {"target": "redis"}


def _rule(rng: random.Random, provider: str, probability: float, fault: dict[str, Any]) -> dict[str, Any]:
    seconds = round(rng.uniform(2.0, 5.0), 2)
    kind = "completion" if provider == "anthropic" else "message"
    rule = {
        "provider": provider,
        "match": {"kind": kind},
        "fault": fault,
        "probability": probability,
        "seed": rng.randrange(10**6),
    }
    return {"target": provider, "seconds": seconds, "rule": rule}


def _provider(
    probability: float, faults: Sequence[dict[str, Any]]
) -> Callable[[random.Random, ScheduleOptions], dict[str, Any]]:
    def make(rng: random.Random, _: ScheduleOptions) -> dict[str, Any]:
        provider = "meta" if rng.random() < 0.7 else "twilio"
        return _rule(rng, provider, probability, rng.choice(faults))

    return make


def _model(
    probability: float, faults: Sequence[dict[str, Any]]
) -> Callable[[random.Random, ScheduleOptions], dict[str, Any]]:
    def make(rng: random.Random, _: ScheduleOptions) -> dict[str, Any]:
        return _rule(rng, "anthropic", probability, rng.choice(faults))

    return make


_MAKERS: dict[str, Callable[[random.Random, ScheduleOptions], dict[str, Any]]] = {
    "kill": _kill,
    "pause": _pause,
    "roll": _kill,
    "kafka": _server("kafka"),
    "mongodb": _server("mongodb"),
    "redis": _server("redis"),
    "freeze": _freeze,
    "flush": _flush,
    "throttle": _provider(0.5, [{"kind": "throttle", "retry_after": 1}, {"kind": "throttle", "retry_after": 2}]),
    "refuse": _provider(0.5, [{"kind": "status", "status": 500}, {"kind": "status", "status": 503}]),
    # Accepted, without an answer within any time-out.
    "timeout": _provider(0.25, [{"kind": "timeout", "seconds": 20}]),
    "reset": _provider(0.4, [{"kind": "reset"}]),
    "cut": _provider(0.3, [{"kind": "reset_after_accept"}]),
    "slow-model": _model(0.7, [{"kind": "latency", "seconds": 1.5}, {"kind": "latency", "seconds": 3.0}]),
    # Rare enough that four attempts in a row do not all fail: an apology hands the conversation to an agent.
    "model": _model(0.3, [{"kind": "overloaded"}, {"kind": "status", "status": 500}]),
}
