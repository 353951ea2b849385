"""Reads flow files and checks them against each other."""

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from shared.commerce.actions import ACTIONS
from shared.flows import load
from shared.flows.flow import Flow
from shared.flows.validation.problem import FlowInvalid
from shared.flows.validation.workspace_checks import check_flows
from shared.operations.errors import FileInvalid
from shared.operations.workspaces.source_file import read_source

MOST_BYTES = 512 * 1024


def read_flows(paths: Iterable[Path], actions: Collection[str] | None = None) -> list[Flow]:
    """Return the flows of several files. actions: the names that they may call.

    Raises FileInvalid with a line for each thing that is wrong, in any of the files or between them.
    """
    flows: list[Flow] = []
    wrong: list[str] = []
    for path in paths:
        try:
            flows.append(read_flow(path))
        except (FileInvalid, FlowInvalid) as error:
            wrong.append(str(error))
    if not wrong:
        wrong = _between(flows, actions)
    if wrong:
        raise FileInvalid("\n".join(wrong))
    return flows


def read_flow(path: Path) -> Flow:
    """Return the flow of a file. Raises FlowInvalid, and FileInvalid when it is not text."""
    return load.read_flow(read_source(path, MOST_BYTES), str(path))


def known_actions() -> frozenset[str]:
    """Return the actions that flows may call."""
    return frozenset(ACTIONS)


def _between(flows: Sequence[Flow], actions: Collection[str] | None) -> list[str]:
    return list(map(str, check_flows(flows, actions)))
