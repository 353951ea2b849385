"""The conversations that run in the flows of a workspace, and the people who edit them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from services.console.caller import Principal
from services.console.parts import Parts
from shared.domain.flow_end import FlowEndReason
from shared.domain.statistics import Measure, quarter_of
from shared.repositories.flow_drafts import DraftSummary, FlowDrafts
from shared.repositories.running_flows import RunningFlows
from shared.repositories.statistics import Statistics

_PERIOD = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class FlowOverview:
    """By name of flow. running: conversations by version. ended, finished: runs of the last seven days."""

    running: Mapping[str, Mapping[str, int]]
    ended: Mapping[str, int]
    finished: Mapping[str, int]
    drafts: Mapping[str, DraftSummary]


async def overview_of(parts: Parts, caller: Principal) -> FlowOverview:
    """Return the overview of a workspace's flows."""
    running: dict[str, dict[str, int]] = {}
    for one in await RunningFlows(parts.mongo, caller.workspace).all():
        running.setdefault(one.flow, {})[one.version] = one.count
    drafts = {one.flow: one for one in await FlowDrafts(parts.mongo, caller.workspace).all()}
    ended: Counter[str] = Counter()
    finished: Counter[str] = Counter()
    for (flow, _, why), number in (await _ends(parts, caller)).items():
        ended[flow] += number
        finished[flow] += number if why == FlowEndReason.FINISHED else 0
    return FlowOverview(running, ended, finished, drafts)


@dataclass(frozen=True, slots=True)
class StepCounts:
    """By step of one flow, whatever its version. here: conversations that wait there now. left: runs of the last seven
    days that ended there before the end of the flow; ended: all of them.
    """

    here: Mapping[str, int]
    left: Mapping[str, int]
    ended: int


async def step_counts(parts: Parts, caller: Principal, flow: str) -> StepCounts:
    """Return where customers are in a flow, and where they leave it."""
    here: Counter[str] = Counter()
    for one in await RunningFlows(parts.mongo, caller.workspace).of(flow):
        here[one.step] += one.count
    ends = {(step, why): number for (of, step, why), number in (await _ends(parts, caller)).items() if of == flow}
    left: Counter[str] = Counter()
    for (step, why), number in ends.items():
        left[step] += number if why != FlowEndReason.FINISHED else 0
    return StepCounts(here, +left, sum(ends.values()))


async def _ends(parts: Parts, caller: Principal) -> Counter[tuple[str, str, str]]:
    """Return how many runs of the last seven days ended, by flow, step and reason."""
    now = parts.clock.now()
    found: Counter[tuple[str, str, str]] = Counter()
    for counts in (await Statistics(parts.mongo, caller.workspace).read(quarter_of(now - _PERIOD), now)).values():
        for key, number in counts.items():
            if key.measure is Measure.FLOWS_ENDED:
                flow, step, why = (*key.label.split(" "), "", "")[:3]  # and the version
                found[flow, step, why] += number
    return found


async def running_by_version(parts: Parts, caller: Principal, flow: str) -> dict[str, int]:
    """Return how many conversations wait in each version of a flow."""
    found: Counter[str] = Counter()
    for one in await RunningFlows(parts.mongo, caller.workspace).of(flow):
        found[one.version] += one.count
    return dict(found)
