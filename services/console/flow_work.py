"""Parts of the routes of flows: publisher, drafts, what warnings depend on."""

from collections.abc import Mapping
from contextlib import suppress

from services.console.caller import Principal
from services.console.parts import Parts
from services.console.problems import Problem
from services.console.side_work import WorkspaceWork
from services.console.workspace_edits import edits_of
from shared.messages.inbound import Provider
from shared.operations.flows.drafting import FlowDrafting
from shared.operations.flows.publishing import FlowNotFound, FlowPublisher
from shared.operations.flows.simulating import book_of, sub_flows
from shared.operations.flows.trials import TrialResult, read_trials, run_trials
from shared.operations.flows.warnings import WarningContext
from shared.workspace.config import Workspace

_MOST_FLOWS = 50  # that a flow calls, directly or not


def work_of(parts: Parts, caller: Principal) -> WorkspaceWork:
    """Return what runs the CPU work of edits and simulations: short pieces that may wait for each other."""
    return parts.side_work.of(caller.workspace)


def publisher_of(parts: Parts, caller: Principal) -> FlowPublisher:
    """Return what publishes the workspace's flows."""
    apart = parts.side_work.of(caller.workspace)
    return FlowPublisher(parts.mongo, edits_of(parts), parts.clock, caller.workspace, apart)


def drafting_of(parts: Parts, caller: Principal) -> FlowDrafting:
    """Return what edits the workspace's drafts."""
    publisher = publisher_of(parts, caller)
    return FlowDrafting(parts.mongo, publisher, parts.clock, caller.workspace, work_of(parts, caller))


async def workspace_of(parts: Parts, caller: Principal) -> Workspace:
    """Return the workspace as it is stored now. Raises Problem."""
    workspace = await parts.workspaces.current(caller.workspace)
    if workspace is None:
        raise Problem("not-found")
    return workspace


async def sources_of(parts: Parts, caller: Principal, name: str, source: str | None = None) -> dict[str, str]:
    """Return the text of a flow and the published ones of the flows that it calls. source: null: the draft, or the
    published text. Raises FlowNotFound.
    """
    publisher, work = publisher_of(parts, caller), work_of(parts, caller)
    if source is None:
        source = (await drafting_of(parts, caller).open(name)).source
    found, wanted = {name: source}, [name]
    while wanted and len(found) < _MOST_FLOWS:
        one = wanted.pop()
        for called in await work(sub_flows, found[one], one):
            if called not in found:
                with suppress(FlowNotFound):
                    found[called] = (await publisher.source(called))[1]
                    wanted.append(called)
    return found


async def run_tests(
    parts: Parts, caller: Principal, name: str, tests: str, sources: Mapping[str, str]
) -> list[TrialResult]:
    """Run the tests of a flow. Raises FileInvalid."""
    workspace = await workspace_of(parts, caller)

    def run() -> list[TrialResult]:
        return run_trials(read_trials(tests), book_of(sources), name, workspace)

    return await work_of(parts, caller)(run)


async def warning_context_of(parts: Parts, caller: Principal) -> WarningContext:
    """Return the settings that warnings depend on. providers: Meta if there is no channel."""
    workspace = await parts.workspaces.current(caller.workspace)
    if workspace is None:
        return WarningContext((Provider.META,))
    providers = tuple(dict.fromkeys(channel.provider for channel in workspace.channels))
    words = workspace.conversing.stop_words, workspace.bot.handoff_words
    return WarningContext(providers or (Provider.META,), *words)
