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
    now = parts.clock.now()
    ended: Counter[str] = Counter()
    finished: Counter[str] = Counter()
    stored = Statistics(parts.mongo, caller.workspace)
    for counts in (await stored.read(quarter_of(now - _PERIOD), now)).values():
        for key, number in counts.items():
            if key.measure is Measure.FLOWS_ENDED:
                flow, _, why = (*key.label.split(" "), "", "")[:3]
                ended[flow] += number
                finished[flow] += number if why == FlowEndReason.FINISHED else 0
    return FlowOverview(running, ended, finished, drafts)


async def running_by_version(parts: Parts, caller: Principal, flow: str) -> dict[str, int]:
    """Return how many conversations wait in each version of a flow."""
    found: Counter[str] = Counter()
    for one in await RunningFlows(parts.mongo, caller.workspace).of(flow):
        found[one.version] += one.count
    return dict(found)
