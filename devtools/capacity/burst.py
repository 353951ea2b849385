"""How far a burst leaves the services behind: a queue for each stage, second by second. Pure.

Each second a stage takes what is there, up to what its replicas can do, and hands it to the next one. A model's time is
added where it is not the limit. It says nothing about single messages, and keeps no order: lag is of the whole queue.
"""

import math
from dataclasses import dataclass

from devtools.capacity.costs import Costs
from devtools.capacity.plan import LANES, CapacityPlan

_STAGES = ("ingress", "router", "ai", "delivery")
_LIMIT = 7 * 86_400  # seconds: Kafka keeps records for a week


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """So many messages more than the usual mean, evenly within so many seconds: the answers to a broadcast, say."""

    messages: int
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BurstLag:
    """worst: seconds that a message waits at the worst moment, by stage. drained: seconds from the burst's beginning
    until nothing waits any more; None: never. most: messages that wait at the worst moment.
    """

    worst: dict[str, float]
    drained: int | None
    most: int


def lag(plan: CapacityPlan, costs: Costs, burst: Burst) -> BurstLag:
    """What happens to a burst on top of the mean load of the day."""
    share = dict.fromkeys(_STAGES, 1.0) | {"ai": 1 - plan.load.faq_share}
    can = {name: _rate(plan, costs, name) for name in _STAGES}
    if any(plan.load.mean * share[name] >= can[name] for name in _STAGES):
        return BurstLag(worst=dict.fromkeys(_STAGES, math.inf), drained=None, most=0)
    return _run(can, share, plan.load.mean, burst)


def _rate(plan: CapacityPlan, costs: Costs, name: str) -> float:
    """Messages per second that a stage can do: all of its cores, or the lanes of ai."""
    replicas = plan.services[name].replicas
    if name != "ai":
        return replicas / costs.cpu(name, plan.load.faq_share)
    return min(replicas / costs.cpu_ai["ai"], replicas * LANES / max(plan.load.model_seconds, 0.001))


def _run(can: dict[str, float], share: dict[str, float], mean: float, burst: Burst) -> BurstLag:
    waiting, worst, most = dict.fromkeys(_STAGES, 0.0), dict.fromkeys(_STAGES, 0.0), 0.0
    for second in range(_LIMIT):
        through = mean + (burst.messages / burst.seconds if second < burst.seconds else 0.0)
        for name in _STAGES:
            waiting[name] += through * share[name]
            done = min(waiting[name], can[name])
            waiting[name] -= done
            worst[name] = max(worst[name], waiting[name] / can[name])
            through = done if name != "ai" else through * (1 - share["ai"]) + done
        most = max(most, sum(waiting.values()))
        if second >= burst.seconds and sum(waiting.values()) < 1:
            return BurstLag(worst=worst, drained=second, most=round(most))
    return BurstLag(worst=worst, drained=None, most=round(most))
