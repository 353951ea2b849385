"""`broadcasts`: reads, dry runs, and the commands that create, start, pause, resume, cancel and retry them."""

from datetime import timedelta
from typing import Annotated

import msgspec
from fastapi import Path

from services.console.api.bodies import TemplateContent
from services.console.api.broadcast_bodies import (
    BroadcastDetails,
    BroadcastDraft,
    BroadcastRow,
    BroadcastStart,
    DryRun,
    FlowToAll,
    ListedBroadcast,
    ProblemCode,
    TextToAll,
)
from services.console.api.operations import send_operation, sender_of
from services.console.audit import NOT_AUDITED
from services.console.caller import Principal, needs
from services.console.conversation_access import author_of, workspace_of
from services.console.idempotency import REPEATABLE, RequestKey, idempotent
from services.console.limits import SIMULATIONS, limited
from services.console.models import Accepted
from services.console.pages import Page
from services.console.parameters import Paged, PartsOf
from services.console.parts import Parts
from services.console.problems import FieldError, Problem
from services.console.reading import sees_of
from services.console.rights import Right
from services.console.routing import workspace_router
from shared.domain.broadcast import Broadcast, BroadcastStage, Recipient, RecipientState
from shared.domain.phone import PhoneInvalid, normalise
from shared.messages.broadcast_content import BroadcastContent, BroadcastFlow, BroadcastTemplate, BroadcastText
from shared.messages.operations import (
    AnyBroadcastCommand,
    CancelBroadcast,
    CreateBroadcast,
    CreateComparison,
    ListedRecipient,
    PauseBroadcast,
    ResumeBroadcast,
    RetryRecipients,
    StartBroadcast,
)
from shared.operations.broadcasts.create import BroadcastCreator, NewBroadcast
from shared.operations.broadcasts.estimate import Estimate, estimate
from shared.operations.broadcasts.lifecycle import BroadcastLifecycle, BroadcastNotFound, is_past
from shared.operations.broadcasts.problems import problems
from shared.operations.broadcasts.profiles import RecipientProfiles
from shared.operations.broadcasts.recipient_file import listed_recipients
from shared.repositories.broadcasts import Broadcasts
from shared.repositories.erasure_guard import ErasureGuard
from shared.storage.documents import plain
from shared.workspace.config import Workspace

router = workspace_router("/broadcasts", "broadcasts")

BroadcastId = Annotated[str, Path(max_length=64, description="Id of a broadcast.")]
Reader = Annotated[Principal, needs(Right.BROADCASTS_READ)]
Writer = Annotated[Principal, needs(Right.BROADCASTS_WRITE)]
Key = Annotated[RequestKey, idempotent()]
Limit = Annotated[None, limited(SIMULATIONS)]
_LONGEST_WAIT = timedelta(days=366)


@router.get("")
async def list_broadcasts(caller: Reader, parts: PartsOf, paging: Paged) -> Page[ListedBroadcast]:
    """List broadcasts on channels that you may see, the newest first, with their counts."""
    after = paging.after()
    found = await Broadcasts(parts.mongo, caller.workspace).newest(
        paging.limit + 1, before=(after[0], after[1]) if after else None, channels=caller.channels
    )
    shown = found[: paging.limit]
    position = (shown[-1].created_at, shown[-1].id) if len(found) > paging.limit else None
    counts = await parts.broadcast_counts.read(shown)
    return paging.page([_listed(one, counts.get(one.id)) for one in shown], position)


@router.get("/{broadcast}")
async def get_broadcast(broadcast: BroadcastId, caller: Reader, parts: PartsOf) -> BroadcastDetails:
    """Return a broadcast with its progress. Numbers may be some seconds old, except after a change of the stage."""
    found = await find_broadcast(parts, caller, broadcast)
    progress = await parts.broadcast_progress.read(found)
    row = BroadcastRow.model_validate(found, from_attributes=True)
    return BroadcastDetails(
        **row.model_dump(),
        content=plain(found.what),
        other=plain(found.other) if found.other else None,
        rate=found.rate,
        max_failures=found.most_failures,
        price=found.price,
        currency=found.currency,
        counts=progress.counts,
        variants=progress.variants,
        skipped=progress.skipped,
        failed=progress.failed,
        not_yet_retryable=progress.held_off.count,
        speed=progress.speed,
    )


@router.post("/dry-run", dependencies=[REPEATABLE, NOT_AUDITED])
async def dry_run(body: BroadcastDraft, caller: Writer, _: Limit, parts: PartsOf) -> DryRun:
    """Estimate a broadcast that is not stored: who gets it, who does not and why, how long it takes, what it costs."""
    workspace = await workspace_of(parts, caller)
    draft, recipients = await draft_with_audience(parts, caller, body, workspace)
    profiles = RecipientProfiles(parts.mongo, ErasureGuard(parts.mongo, parts.clock))
    async with parts.estimates.turn(caller.workspace):
        found = await estimate(parts.mongo, profiles, draft, workspace, parts.clock.now(), recipients)
    return _dry_run(draft, found)


@router.post("/{broadcast}/dry-run", dependencies=[REPEATABLE, NOT_AUDITED])
async def dry_run_of_draft(broadcast: BroadcastId, caller: Writer, _: Limit, parts: PartsOf) -> DryRun:
    """Estimate a stored broadcast as of now."""
    found = await find_broadcast(parts, caller, broadcast)
    lifecycle = await _lifecycle(parts, caller)
    async with parts.estimates.turn(caller.workspace):
        return _dry_run(found, await lifecycle.estimate(found))


@router.post("", status_code=202)
async def create_broadcast(body: BroadcastDraft, caller: Writer, key: Key, parts: PartsOf) -> Accepted:
    """Store a draft; nothing is sent before it is started. `commands/{command}` has its id in `result.broadcast`."""
    workspace = await workspace_of(parts, caller)
    draft = _draft_of(parts, caller, body, workspace)
    if bool(body.segment) == bool(body.recipients):
        raise _audience_missing()
    if wrong := problems(draft, workspace):
        raise Problem("invalid", "; ".join(wrong))
    if await Broadcasts(parts.mongo, caller.workspace).get(draft.id) is not None:
        raise Problem("conflict", f"there is a broadcast {body.name!r} already", reason="broadcast-exists")
    kind = CreateBroadcast if draft.other is None else CreateComparison
    command = kind(
        name=body.name,
        content=draft.what,
        other=draft.other,
        channel=draft.channel if caller.channels else body.channel,
        segment=body.segment,
        recipients=_listed_of(body, workspace),
        rate=body.rate,
        max_failures=body.max_failures,
        price=body.price,
        currency=body.currency,
        **sender_of(parts, caller).fields(key.command),
    )
    return await send_operation(parts, caller, key, command)


@router.post("/{broadcast}/start", status_code=202)
async def start_broadcast(
    broadcast: BroadcastId, body: BroadcastStart, caller: Writer, key: Key, parts: PartsOf
) -> Accepted:
    """Start a draft now or at a time; its audience is determined then."""
    now = parts.clock.now()
    if body.at is not None and body.at > now + _LONGEST_WAIT:
        raise Problem("invalid", errors=[FieldError("#/at", "must be within a year")])
    if body.at is not None and is_past(body.at, now):
        raise Problem("invalid", errors=[FieldError("#/at", "must not be past")])
    found = await find_broadcast(parts, caller, broadcast)
    if found.stage is not BroadcastStage.DRAFT:
        raise Problem("conflict", f"it is {found.stage}", reason="broadcast-stage")
    fields = sender_of(parts, caller).fields(key.command)
    return await send_operation(parts, caller, key, StartBroadcast(broadcast=broadcast, at=body.at, **fields))


@router.post("/{broadcast}/pause", status_code=202)
async def pause_broadcast(broadcast: BroadcastId, caller: Writer, key: Key, parts: PartsOf) -> Accepted:
    """Send nothing more for now; what delivery has already taken is still sent."""
    return await _send(parts, caller, key, broadcast, PauseBroadcast)


@router.post("/{broadcast}/resume", status_code=202)
async def resume_broadcast(broadcast: BroadcastId, caller: Writer, key: Key, parts: PartsOf) -> Accepted:
    """Continue a paused broadcast."""
    return await _send(parts, caller, key, broadcast, ResumeBroadcast)


@router.post("/{broadcast}/cancel", status_code=202)
async def cancel_broadcast(broadcast: BroadcastId, caller: Writer, key: Key, parts: PartsOf) -> Accepted:
    """End a broadcast for good."""
    return await _send(parts, caller, key, broadcast, CancelBroadcast)


@router.post("/{broadcast}/retry", status_code=202)
async def retry_broadcast(broadcast: BroadcastId, caller: Writer, key: Key, parts: PartsOf) -> Accepted:
    """Send again to the recipients whose message failed, except those in doubt and those that must wait."""
    return await _send(parts, caller, key, broadcast, RetryRecipients)


async def _send(
    parts: Parts, caller: Principal, key: RequestKey, broadcast: str, kind: type[AnyBroadcastCommand]
) -> Accepted:
    await find_broadcast(parts, caller, broadcast)
    command = kind(broadcast=broadcast, **sender_of(parts, caller).fields(key.command))
    return await send_operation(parts, caller, key, command)


async def _lifecycle(parts: Parts, caller: Principal) -> BroadcastLifecycle:
    return BroadcastLifecycle(parts.mongo, await workspace_of(parts, caller), parts.clock, parts.clock.now())


async def find_broadcast(parts: Parts, caller: Principal, broadcast: str) -> Broadcast:
    """Return a broadcast on a channel that the caller may see. Raises BroadcastNotFound, DependencyAway."""
    found = await (await _lifecycle(parts, caller)).find_by_id(broadcast)
    if not sees_of(caller).allows(found.channel, ""):
        raise BroadcastNotFound("there is no such broadcast")
    return found


async def draft_with_audience(
    parts: Parts, caller: Principal, body: BroadcastDraft, workspace: Workspace
) -> tuple[Broadcast, list[Recipient] | None]:
    """Return the draft of a request, and the people of its list; None: it is for a segment.

    Raises Problem for a channel that the caller may not see, a number that is none, and a draft for nobody;
    DependencyAway.
    """
    draft = _draft_of(parts, caller, body, workspace)
    listed = _listed_of(body, workspace)
    if not draft.segment and not listed:
        raise _audience_missing()
    return draft, await listed_recipients(parts.mongo, draft, listed) if listed else None


def _draft_of(parts: Parts, caller: Principal, body: BroadcastDraft, workspace: Workspace) -> Broadcast:
    """Return the draft of a request. Raises Problem for a channel that the caller may not see."""
    draft = BroadcastCreator(parts.mongo, workspace, parts.clock).draft(_wanted(body, author_of(caller)))
    if not sees_of(caller).allows(draft.channel, ""):
        raise Problem("not-allowed", errors=[FieldError("#/channel", "is not one of yours")])
    return draft


def _wanted(body: BroadcastDraft, by: str) -> NewBroadcast:
    return NewBroadcast(
        name=body.name,
        content=_content(body),
        other=_template(body.other) if body.other else None,
        by=by,
        channel=body.channel,
        segment=body.segment,
        rate=body.rate,
        max_failures=body.max_failures,
        price=body.price,
        currency=body.currency,
    )


def _content(body: BroadcastDraft) -> BroadcastContent:
    match body.content:
        case TextToAll(text=text):
            return BroadcastText(text=text)
        case FlowToAll(flow=flow):
            return BroadcastFlow(flow=flow)
        case content:
            return _template(content)


def _template(content: TemplateContent) -> BroadcastTemplate:
    values = content.model_dump(mode="json", exclude={"type"})
    header = values.pop("header_media")
    media = {"header_media": {"type": "media", **header}} if header else {}
    return msgspec.convert({"type": "template", **values, **media}, BroadcastTemplate)


def _listed_of(body: BroadcastDraft, workspace: Workspace) -> tuple[ListedRecipient, ...]:
    """Return the people of the list. Raises Problem for a number that is none."""
    listed: list[ListedRecipient] = []
    for number, person in enumerate(body.recipients):
        try:
            identity = normalise(person.phone, workspace.region)
        except PhoneInvalid as error:
            raise Problem("invalid", errors=[FieldError(f"#/recipients/{number}/phone", str(error))]) from None
        listed.append(ListedRecipient(identity=identity, name=person.name, fields=person.fields))
    return tuple(listed)


def _audience_missing() -> Problem:
    return Problem("invalid", errors=[FieldError("#/segment", "say for whom: a segment or a list of recipients")])


def _listed(broadcast: Broadcast, counts: dict[RecipientState, int] | None) -> ListedBroadcast:
    row = BroadcastRow.model_validate(broadcast, from_attributes=True)
    return ListedBroadcast(**row.model_dump(), counts=counts)


def _dry_run(broadcast: Broadcast, found: Estimate) -> DryRun:
    return DryRun(
        audience=found.audience,
        to_send=found.to_send,
        to_send_other=found.to_send_other,
        skipped=found.skipped,
        seconds=found.seconds,
        cost=None if found.cost is None else f"{found.cost:f}",
        currency=broadcast.currency,
        problems=[str(one) for one in found.problems],
        problem_codes=[ProblemCode(code=one.code, values=one.values) for one in found.problems],
        undeliverable=found.undeliverable,
    )
