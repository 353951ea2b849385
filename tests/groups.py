"""Groups of tests that run in one process: the tests that share servers, otherwise the tests of one file.

`make test` runs three processes, which take one group after another. Each has its own pytest session, and so its own
Kafka, MongoDB and Redis.
"""

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

# Fixtures that start servers.
SERVERS = frozenset({"infra", "stack", "live", "edge", "world"})

# Folders whose tests share servers; except the files of OWN_SERVERS.
SHARED_FOLDERS = (
    "tests/e2e",
    "tests/e2e/replicas",
    "tests/e2e/restarts",
    "tests/cli",
    "tests/browser",
    "tests/console",
    "tests/security",
    "tests/fuzz",
    "tests/stack",
)
OWN_SERVERS = ("tests/cli/test_demo_and_run.py",)

# The longest groups, in the order of their start: all processes then end at about the same time.
LONGEST = (
    "tests/browser",
    "tests/e2e",
    "tests/cli",
    "tests/e2e/restarts",
    "tests/e2e/replicas",
    "tests/chaos/test_runs.py",
    "tests/operations/test_year.py",
    "tests/observability/test_live_queries.py",
    "tests/guides/test_guides.py",
    "tests/cli/test_demo_and_run.py",
    "tests/stack",
    "tests/bench/test_smoke.py",
)


def group_of(nodeid: str) -> str:
    """Return the path of the test's folder if its tests share servers, otherwise that of its file."""
    file = nodeid.split("::")[0]
    folder = file.rpartition("/")[0]
    return folder if folder in SHARED_FOLDERS and file not in OWN_SERVERS else file


def mark_and_sort(items: list[pytest.Item]) -> None:
    """Mark the tests that need servers, and sort all tests by group, so that a group's servers start once."""
    for item in items:
        if SERVERS.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.stack)
    with_servers = {group_of(item.nodeid) for item in items if item.get_closest_marker("stack")}
    items.sort(key=lambda item: _rank(group_of(item.nodeid), with_servers))


def _rank(group: str, with_servers: set[str]) -> tuple[int, str]:
    """Return the sort key of a group: long groups first, then those with servers, then the others."""
    if group in LONGEST:
        return LONGEST.index(group), group
    return len(LONGEST) + (group not in with_servers), group


class GroupScheduling(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Assigns whole groups to processes, in the order of the tests."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


def scheduler(config: pytest.Config, log: Any) -> GroupScheduling:
    return GroupScheduling(config, log)
