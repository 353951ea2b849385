"""Long work for a workspace, done in the background: imports, exports and erasures of customers, replays, and flows
that a model writes.
"""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

KEPT = timedelta(days=7)  # of a job
FILES_KEPT = timedelta(days=2)  # of what was uploaded, of results and of refused lines
MAX_UPLOAD = 32 * 1024 * 1024  # bytes
UPLOAD = "upload"  # begins the name of an uploaded file


class JobKind(StrEnum):
    """The kind of work."""

    IMPORT = "import"
    EXPORT = "export"
    ERASE = "erase"
    REPLAY = "replay"
    FLOW_SUGGESTION = "flow-suggestion"


class JobLane(StrEnum):
    """Jobs of a workspace that run one after the other; those of different lanes run beside each other. Each is worked
    on by one service.
    """

    CUSTOMERS = "customers"  # an erasure never runs beside an export
    REPLAYS = "replays"  # may take long, and must not delay an erasure
    SUGGESTIONS = "suggestions"  # somebody waits for them at a screen


KINDS = {
    JobLane.CUSTOMERS: frozenset({JobKind.IMPORT, JobKind.EXPORT, JobKind.ERASE}),
    JobLane.REPLAYS: frozenset({JobKind.REPLAY}),
    JobLane.SUGGESTIONS: frozenset({JobKind.FLOW_SUGGESTION}),
}
"""The kinds of jobs in each lane."""


MAX_UNFINISHED = {JobLane.CUSTOMERS: 5, JobLane.REPLAYS: 3, JobLane.SUGGESTIONS: 5}
"""Jobs of a workspace and lane that are not finished."""


def lane_of(kind: JobKind) -> JobLane:
    """Return the lane of a kind of jobs."""
    return next(lane for lane, kinds in KINDS.items() if kind in kinds)


class JobState(StrEnum):
    """CHECKED: an import whose file has been checked, and which waits for `run`."""

    QUEUED = "queued"
    RUNNING = "running"
    CHECKED = "checked"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


UNFINISHED = (JobState.QUEUED, JobState.RUNNING, JobState.CHECKED)


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of work.

    subject: the segment of an export, the customer's id of an erasure, the name of a replay or of a suggestion's flow.
    by: `user:…` or `key:…`. at: of the request. queued_at: since when it may run; an import's changes have this time.
    ends: when the job is removed. lease: until when the process that works on it has it. attempt: counts the processes
    that took it; only the last one may change it. failures: attempts since the last progress. write: of an import:
    False: only check the file. checked: the file has been checked. size: bytes of the uploaded file. upload: its name.
    position: lines of the file that are done. expected: counts of the check. counts: what has been done. result,
    refused: names of the files to download.
    """

    id: str
    workspace: str
    kind: JobKind
    by: str
    by_name: str
    at: datetime
    queued_at: datetime
    ends: datetime
    state: JobState = JobState.QUEUED
    subject: str = ""
    lease: datetime | None = None
    attempt: int = 0
    failures: int = 0
    write: bool = True
    checked: bool = False
    size: int = 0
    upload: str = UPLOAD
    position: int = 0
    expected: dict[str, int] = {}
    counts: dict[str, int] = {}
    result: str = ""
    refused: str = ""
    error: str = ""
    finished_at: datetime | None = None
