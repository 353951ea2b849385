"""Jobs as routes request them: in the caller's workspace and in the caller's name."""

from services.console.caller import Principal
from services.console.parts import Parts
from shared.operations.jobs.requests import JobRequests, Requester


def requests_of(parts: Parts, caller: Principal) -> JobRequests:
    """Return what makes jobs of the caller's workspace."""
    return JobRequests(parts.mongo, caller.workspace, parts.clock)


def requester_of(caller: Principal) -> Requester:
    """Return the caller as a job stores it."""
    return Requester(caller.caller, caller.name)
