"""Live events of a workspace: over a WebSocket, and the same by polling."""

from typing import Annotated, Any, Literal

from fastapi import Query, WebSocket

from services.console.caller import Principal, needs
from services.console.live.hub import LiveHub
from services.console.live.polling import MOST_WAIT, poll
from services.console.live.socket import LiveConnection
from services.console.models import AnswerModel
from services.console.parameters import PartsOf
from services.console.parts import Parts, parts_of
from services.console.problems import Problem
from services.console.rights import Right
from services.console.routing import workspace_router
from services.console.same_site import check_origin
from shared.telemetry import metrics

router = workspace_router("/events", "events")


class Events(AnswerModel):
    """Live events since a cursor. events: frames as on the WebSocket (docs/asyncapi.json). cursor: for the next call.
    resumed: `resync`: fetch anew what you keep, then go on from `cursor`. paused: Kafka cannot be reached, so there is
    nothing new to know.
    """

    events: list[dict[str, Any]]
    cursor: str
    resumed: Literal["nothing", "replayed", "resync"]
    why: str | None = None
    paused: bool = False


@router.websocket("")
async def live(
    socket: WebSocket,
    caller: Annotated[Principal, needs(Right.EVENTS_READ)],
    tab: Annotated[str, Query(max_length=64)] = "",
) -> None:
    """Live events; docs/asyncapi.json has the frames. tab: of a browser, whose former connection ends."""
    parts = parts_of(socket)
    _check_origin(socket, caller, parts)
    is_person = caller.kind == "user"
    may_type = is_person and caller.has(Right.CONVERSATIONS_WRITE)
    connection = LiveConnection(socket, _hub(parts), caller, is_person=is_person, may_type=may_type)
    await connection.run(caller.session or caller.caller, tab)


@router.get("")
async def read_events(
    caller: Annotated[Principal, needs(Right.EVENTS_READ)],
    parts: PartsOf,
    cursor: Annotated[
        str | None, Query(max_length=20_000, description="Of the last answer, or `Parley-Cursor`.")
    ] = None,
    wait: Annotated[float, Query(ge=0, le=MOST_WAIT, description="Seconds to wait for a first event.")] = 0,
    see: Annotated[list[str], Query(max_length=50, description="As in `hello`.")] = ["inbox"],  # noqa: B006
    conversation: Annotated[
        list[str], Query(max_length=20, description="Conversations whose messages are wanted.")
    ] = [],  # noqa: B006
) -> Events:
    """Return the events since a cursor, for programs without a WebSocket; without a cursor only where to begin."""
    found = await poll(
        _hub(parts), caller, caller.session or caller.caller, cursor=cursor, wait=wait, see=see, open_=conversation
    )
    if found is None:
        raise Problem("too-many", "this session or key has too many connections", headers={"Retry-After": "5"})
    return Events.model_validate(found)


def _check_origin(socket: WebSocket, caller: Principal, parts: Parts) -> None:
    """Browsers send cookies with WebSockets of foreign pages, too (ASVS 4.4.2). Raises Problem `cross-site`."""
    others = parts.settings.console_origins.split(",")
    if caller.kind == "key" and socket.headers.get("origin") in (None, *others):
        return
    try:
        check_origin(socket)
    except Problem:
        metrics.LIVE_CLOSED.labels("origin").inc()
        raise


def _hub(parts: Parts) -> LiveHub:
    if parts.live is None:
        raise Problem("kafka-away", "live events are not served here")
    return parts.live
