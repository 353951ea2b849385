"""Which tests run in one process, one after another: those that share servers, otherwise those of one file.

`make test` has two processes, which take one group after another. Each has a session of its own, and so its own Kafka,
MongoDB and Redis.
"""

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

# Fixtures that start servers.
SERVERS = frozenset({"infra", "stack", "live", "edge", "world"})

# Folders whose tests share servers, but for the files that start their own.
SHARED = (
    "tests/e2e",
    "tests/e2e/replicas",
    "tests/e2e/restarts",
    "tests/cli",
    "tests/security",
    "tests/fuzz",
    "tests/stack",
)
ALONE = ("tests/cli/test_demo_and_run.py",)

# The groups that take longest, in the order in which they begin: the processes then end at about the same time.
LONGEST = (
    "tests/e2e",
    "tests/cli",
    "tests/e2e/restarts",
    "tests/e2e/replicas",
    "tests/chaos/test_runs.py",
    "tests/observability/test_live_queries.py",
    "tests/cli/test_demo_and_run.py",
    "tests/stack",
    "tests/bench/test_smoke.py",
)


def group_of(nodeid: str) -> str:
    """Return the path of the test's folder if its tests share servers, otherwise that of its file."""
    file = nodeid.split("::")[0]
    folder = file.rpartition("/")[0]
    return folder if folder in SHARED and file not in ALONE else file


def arrange(items: list[pytest.Item]) -> None:
    """Mark the tests that need servers, and sort all tests by group: a group's servers are started once."""
    for item in items:
        if SERVERS.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.stack)
    needy = {group_of(item.nodeid) for item in items if item.get_closest_marker("stack")}
    items.sort(key=lambda item: _rank(group_of(item.nodeid), needy))


def _rank(group: str, needy: set[str]) -> tuple[int, str]:
    """Long groups first, then those with servers, then the many short ones."""
    if group in LONGEST:
        return LONGEST.index(group), group
    return len(LONGEST) + (group not in needy), group


class GroupScheduling(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Gives a process one whole group after another, in the order of the tests."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


def scheduler(config: pytest.Config, log: Any) -> GroupScheduling:
    return GroupScheduling(config, log)
