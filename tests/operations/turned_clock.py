"""A clock of one process that a test can turn."""

from pathlib import Path

import pytest

from devtools.observability import tools


def turnable(clock: Path) -> dict[str, str]:
    """Return the variables of a process whose clock is ahead by what a file says, such as `+2h`."""
    found = sorted(tools.FOLDER.glob("usr/lib/*/faketime/libfaketime.so.1"))
    if not found:
        try:
            tools.fetch("libfaketime")
        except tools.FetchFailed as error:
            pytest.skip(f"NOT CHECKED: no clock can be turned: {error}")
        found = sorted(tools.FOLDER.glob("usr/lib/*/faketime/libfaketime.so.1"))
    return {
        "LD_PRELOAD": str(found[0]),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
