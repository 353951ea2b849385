"""Runs a failed browser test once more: a browser, its network and a busy machine together are not deterministic.

A test that passes then is reported at the end, loudly: somebody has to look at it. One that fails twice has failed.
"""

from collections.abc import Callable, Iterable

import pytest
from _pytest.runner import runtestprotocol

_AGAIN = "passed_on_second_try"
_SHOWN = 1500  # characters of the failure


def run_twice_if_failed(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Run a test, with its reports."""
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    reports = runtestprotocol(item, nextitem=nextitem, log=False)
    failed = [report for report in reports if report.failed]
    if failed:
        item._initrequest()  # type: ignore[attr-defined]  # fixtures anew, as plugins that repeat tests do it
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
        if not any(report.failed for report in reports):
            reports[-1].user_properties.append((_AGAIN, str(failed[0].longrepr)[-_SHOWN:]))
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)


def second_tries(reports: Iterable[pytest.TestReport], write: Callable[[str], None]) -> None:
    """Write which tests passed on the second try, and why they had failed."""
    for report in reports:
        for name, why in getattr(report, "user_properties", ()):
            if name == _AGAIN and report.when == "teardown":
                write(f"PASSED ONLY ON THE SECOND TRY: {report.nodeid}\n{why}\n")
