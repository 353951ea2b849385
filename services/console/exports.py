"""Exports: whole tables as CSV files. They are limited per caller and in the audit log; those of personal data need a
right of their own.
"""

from collections.abc import Sequence

from fastapi import Request

from services.console.audit import record
from services.console.caller import Principal, caller_of
from services.console.csv_answer import wants_csv
from services.console.limits import EXPORTS, take_of
from services.console.rights import Right


async def begin_export(
    request: Request, caller: Principal, action: str, *, right: Right | None = None, continued: bool = False
) -> None:
    """Count an export and write it to the audit log. Raises Problem, DependencyAway.

    right: that a person needs besides that of the route; keys read the same as JSON. continued: a further page of an
    export, which counts once.
    """
    if right is not None and caller.kind == "user":
        await caller_of(request, right)
    if not continued:
        await take_of(request, EXPORTS, f"{caller.workspace}:{caller.caller}")
        await record(request, action)


_BEGUN = "export"


def export_position(request: Request, *position: object) -> tuple[object, ...]:
    """Return a position of a list for its cursor, which says whether the page before it was a file."""
    return (*position, _BEGUN) if wants_csv(request) else position


def is_continued(after: Sequence[object] | None) -> bool:
    """Return whether a cursor's position is of a file, which was counted and logged when it began."""
    return after is not None and _BEGUN in after[2:]
