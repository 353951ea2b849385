"""Simulate the backlog that a burst causes: a queue per stage, second by second. Pure.

Each second a stage passes on what is queued, up to the capacity of its replicas. The stages are fluid: there are no
single messages and no order, and the lag is that of the whole queue.
"""

import math
from dataclasses import dataclass

from devtools.capacity.costs import Costs
from devtools.capacity.plan import LANES, CapacityPlan

_STAGES = ("ingress", "router", "ai", "delivery")
_LIMIT = 7 * 86_400  # seconds: Kafka keeps records for a week


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadBurst:
    """Messages on top of the mean load, evenly over `seconds`; for example the replies to a broadcast."""

    messages: int
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BurstLag:
    """The effect of a burst of messages. worst: maximum wait in seconds by stage. drained: seconds from the start of
    the burst until the queues are empty; None: never. most: maximum number of queued messages.
    """

    worst: dict[str, float]
    drained: int | None
    most: int


def burst_lag(plan: CapacityPlan, costs: Costs, burst: LoadBurst) -> BurstLag:
    """Return the lag that a burst causes on top of the day's mean load."""
    share = dict.fromkeys(_STAGES, 1.0) | {"ai": 1 - plan.load.faq_share}
    capacity = {name: _rate(plan, costs, name) for name in _STAGES}
    if any(plan.load.mean * share[name] >= capacity[name] for name in _STAGES):
        return BurstLag(worst=dict.fromkeys(_STAGES, math.inf), drained=None, most=0)
    return _run(capacity, share, plan.load.mean, burst)


def _rate(plan: CapacityPlan, costs: Costs, name: str) -> float:
    """Return the messages per second that a stage can process: limited by its cores, or by the lanes of ai."""
    replicas = plan.services[name].replicas
    if name != "ai":
        return replicas / costs.cpu(name, plan.load.faq_share)
    return min(replicas / costs.cpu_ai["ai"], replicas * LANES / max(plan.load.model_seconds, 0.001))


def _run(capacity: dict[str, float], share: dict[str, float], mean: float, burst: LoadBurst) -> BurstLag:
    waiting, worst, most = dict.fromkeys(_STAGES, 0.0), dict.fromkeys(_STAGES, 0.0), 0.0
    for second in range(_LIMIT):
        arriving = mean + (burst.messages / burst.seconds if second < burst.seconds else 0.0)
        for name in _STAGES:
            waiting[name] += arriving * share[name]
            done = min(waiting[name], capacity[name])
            waiting[name] -= done
            worst[name] = max(worst[name], waiting[name] / capacity[name])
            arriving = done if name != "ai" else arriving * (1 - share["ai"]) + done
        most = max(most, sum(waiting.values()))
        if second >= burst.seconds and sum(waiting.values()) < 1:
            return BurstLag(worst=worst, drained=second, most=round(most))
    return BurstLag(worst=worst, drained=None, most=round(most))
