"""Webhooks out: the workspace's own systems that get events; their log, test calls, replays and secrets."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import Body, Path, Query, Response
from pydantic import Field

from services.console.api.members import check_may_admit
from services.console.caller import Principal, needs
from services.console.idempotency import RequestKey, idempotent
from services.console.models import AnswerModel, RequestModel
from services.console.pages import Page
from services.console.parameters import Paged, PartsOf
from services.console.parts import Parts
from services.console.reading import sees_of
from services.console.rights import Right
from services.console.routing import workspace_router
from services.console.workspace_edits import (
    Edited,
    Editor,
    Managed,
    edits_of,
    managed,
    part_etag,
    problems_at,
)
from shared.errors import DependencyAway
from shared.operations.inbox.search import visible_ids
from shared.operations.webhooks import WebhookNotFound, WebhookOperations, announce_webhooks
from shared.operations.workspaces import items
from shared.operations.workspaces.edit import with_kept_secrets
from shared.repositories.inbox import Inbox
from shared.repositories.webhook_deliveries import WebhookDeliveries
from shared.repositories.webhook_log import LoggedCall
from shared.telemetry import logging
from shared.workspace.parts import Part

log = logging.get(__name__)

router = workspace_router("/webhooks", "webhooks")
WebhookId = Annotated[str, Path(max_length=100)]
CallId = Annotated[str, Path(max_length=200)]
Outcome = Literal["delivered", "waiting", "given_up", "failed"]
_MOST_OVERLAP_HOURS = 14 * 24
_MOST_COUNTED = 1000  # calls of a webhook that wait


class WebhookShown(AnswerModel):
    """A webhook, without its secret. events: empty: the usual ones. previous_until: while two secrets sign. waiting:
    calls that wait; 1000 means 1,000 or more. next_at: when the first is made of those that the endpoint refused; null:
    there is none, and others are made as soon as the endpoint can be reached.
    """

    id: str
    url: str
    events: list[str]
    previous_until: datetime | None
    waiting: int
    next_at: datetime | None


class WebhookList(AnswerModel):
    """All webhooks."""

    items: list[WebhookShown]
    managed: Managed


class NewWebhook(RequestModel):
    """A webhook to be added. secret: signs the calls; it is never shown."""

    id: str
    url: str
    secret: str
    events: tuple[str, ...] = ()


class WebhookChange(RequestModel):
    """The address and events of a webhook; its secret stays."""

    url: str
    events: tuple[str, ...] = ()


class WebhookCallAttempt(AnswerModel):
    """An attempt of a call. status: of the answer; 0: there was none. ms: that it took."""

    at: datetime
    status: int
    ms: int
    error: str


class WebhookCall(AnswerModel):
    """A call. at: of its event. tries: attempts so far; `attempts` has the last ones. outcome: `failed`: a test call
    that was not accepted.
    """

    id: str
    at: datetime
    kind: str
    event: str
    conversation: str
    message: str | None
    outcome: Outcome
    tries: int
    error: str
    attempts: list[WebhookCallAttempt]


class WebhookTestStarted(AnswerModel):
    """A test call that was queued. call: the id in the log; within seconds it has the result."""

    call: str
    state: Literal["queued"] = "queued"


class WebhookCallsReplayed(AnswerModel):
    """The calls that are made again. calls: how many are made again."""

    calls: int


class SecretRotation(RequestModel):
    """A new secret of a webhook. secret: the new one. overlap_hours: for which the old one signs too."""

    secret: str = Field(min_length=16, max_length=4096)
    overlap_hours: int = Field(default=24, ge=0, le=_MOST_OVERLAP_HOURS)


class SecretRotated(AnswerModel):
    """The result of a rotation. revision: of the workspace. previous_until: until when both secrets sign; null: it is
    the webhook's only secret already.
    """

    revision: int
    previous_until: datetime | None


@router.get("")
async def list_webhooks(
    caller: Annotated[Principal, needs(Right.WEBHOOKS_READ)], parts: PartsOf, response: Response
) -> WebhookList:
    """Return all webhooks."""
    view = await edits_of(parts).view(caller.workspace)
    response.headers["ETag"] = part_etag(view, Part.WEBHOOKS)
    deliveries = WebhookDeliveries(parts.mongo, caller.workspace)
    found = [
        WebhookShown(
            id=hook["id"],
            url=hook["url"],
            events=hook["events"],
            previous_until=view.rotations.get(hook["id"]),
            waiting=await deliveries.waiting(hook["id"], limit=_MOST_COUNTED),
            next_at=await deliveries.next_try(hook["id"], parts.clock.now()),
        )
        for hook in view.form["webhooks"]
    ]
    return WebhookList(items=found, managed=managed(view, Part.WEBHOOKS))


@router.post("", status_code=201)
async def add_webhook(
    body: NewWebhook,
    caller: Annotated[Principal, needs(Right.WEBHOOK_SECRETS)],
    key: Annotated[RequestKey, idempotent()],
    parts: PartsOf,
    editor: Editor,
) -> Edited:
    """Add a webhook. It is called for every event from then on."""
    check_may_admit(caller)  # its calls are about all conversations
    count = len((await editor.form())["webhooks"])
    item = {**body.model_dump(), "events": list(body.events)}
    done = await editor.edit(Part.WEBHOOKS, items.added("webhooks", item), at=("webhooks", count))
    return await _announced(parts, caller, done)


@router.put("/{webhook}")
async def change_webhook(
    webhook: WebhookId,
    body: WebhookChange,
    caller: Annotated[Principal, needs(Right.WEBHOOKS_WRITE)],
    parts: PartsOf,
    editor: Editor,
) -> Edited:
    """Change the address and events of a webhook; its secret stays."""
    check_may_admit(caller)
    form = await editor.form()
    place = items.position("webhooks", form, webhook)

    def edit(form: dict[str, Any]) -> dict[str, Any]:
        item = {"id": webhook, "url": body.url, "events": list(body.events)}
        return with_kept_secrets(form, items.changed("webhooks", webhook, lambda _: item)(form))

    return await _announced(parts, caller, await editor.edit(Part.WEBHOOKS, edit, at=("webhooks", place)))


@router.delete("/{webhook}")
async def remove_webhook(
    webhook: WebhookId,
    caller: Annotated[Principal, needs(Right.WEBHOOKS_WRITE)],
    parts: PartsOf,
    editor: Editor,
) -> Edited:
    """Remove a webhook; its waiting calls are dropped."""
    return await _announced(parts, caller, await editor.edit(Part.WEBHOOKS, items.removed("webhooks", webhook)))


@router.get("/{webhook}/log")
async def read_log(
    webhook: WebhookId,
    caller: Annotated[Principal, needs(Right.WEBHOOKS_READ)],
    parts: PartsOf,
    paging: Paged,
    outcome: Annotated[Outcome | None, Query(description="Only calls with this outcome.")] = None,
) -> Page[WebhookCall]:
    """Return the calls of the last days about conversations that you may see, the newest event first."""
    after = paging.after(webhook, outcome)
    position = (datetime.fromisoformat(after[0]), str(after[1])) if after else None
    log = _operations(parts, caller).log
    found = await log.page(webhook, position, paging.limit + 1, outcome or "")
    page = found[: paging.limit]
    more = [page[-1].at.isoformat(), page[-1].delivery.id] if len(found) > len(page) else None
    return paging.page([_call(call) for call in await _visible(parts, caller, page)], more, webhook, outcome)


@router.get("/{webhook}/log/{call}")
async def read_call(
    webhook: WebhookId,
    call: CallId,
    caller: Annotated[Principal, needs(Right.WEBHOOKS_READ)],
    parts: PartsOf,
) -> WebhookCall:
    """Return one call."""
    found = await _operations(parts, caller).log.get(call)
    if found is None or found.delivery.webhook != webhook or not await _visible(parts, caller, [found]):
        raise WebhookNotFound("the log has no such call")
    return _call(found)


@router.post("/{webhook}/test", status_code=202)
async def test_webhook(
    webhook: WebhookId,
    caller: Annotated[Principal, needs(Right.WEBHOOKS_WRITE)],
    key: Annotated[RequestKey, idempotent()],
    parts: PartsOf,
) -> WebhookTestStarted:
    """Post an event of the kind `webhook.test` to a webhook, once."""
    return WebhookTestStarted(call=await _operations(parts, caller).test(webhook, key.command))


@router.post("/{webhook}/replay", status_code=202)
async def replay_calls(
    webhook: WebhookId,
    caller: Annotated[Principal, needs(Right.WEBHOOKS_WRITE)],
    key: Annotated[RequestKey, idempotent()],
    parts: PartsOf,
    call: Annotated[str, Body(embed=True, max_length=200, description="An id in the log; empty: all given up.")] = "",
) -> WebhookCallsReplayed:
    """Make a call again, or all that were given up; each is retried for another day."""
    operations = _operations(parts, caller)
    if not call:
        return WebhookCallsReplayed(calls=await operations.replay_failed(webhook))
    await operations.replay(webhook, call)
    return WebhookCallsReplayed(calls=1)


@router.post("/{webhook}/rotate")
async def rotate_secret(
    webhook: WebhookId,
    body: SecretRotation,
    caller: Annotated[Principal, needs(Right.WEBHOOK_SECRETS)],
    key: Annotated[RequestKey, idempotent()],
    parts: PartsOf,
) -> SecretRotated:
    """Give a webhook a new secret. For the overlap, calls have a second signature with the old one.

    The secret that it has already changes nothing, but may end the overlap earlier.
    """
    overlap = timedelta(hours=body.overlap_hours)
    with problems_at():
        done = await _operations(parts, caller).rotate(webhook, body.secret, overlap, key.command)
    return SecretRotated(revision=done.revision, previous_until=done.previous_until)


async def _announced(parts: Parts, caller: Principal, done: Edited) -> Edited:
    """Tell delivery about an edit. Without Kafka it is known within seconds."""
    if done.changes and not done.dry_run:
        try:
            workspace = await parts.workspaces.current(caller.workspace)
            shards = workspace.shards if workspace else 1
            await announce_webhooks(parts.producer, caller.workspace, shards, done.revision, parts.clock)
        except DependencyAway:
            log.warning("A change of webhooks could not be announced", workspace_id=caller.workspace)
    return done


def _operations(parts: Parts, caller: Principal) -> WebhookOperations:
    return WebhookOperations(parts.mongo, parts.producer, edits_of(parts), parts.clock, caller.workspace)


async def _visible(parts: Parts, caller: Principal, calls: Sequence[LoggedCall]) -> list[LoggedCall]:
    """Return the calls about no conversation, or about one that the caller may see."""
    about = [call.delivery.event.conversation_id for call in calls]
    visible = await visible_ids(Inbox(parts.mongo, caller.workspace), about, sees_of(caller))
    return [call for call, id_ in zip(calls, about, strict=True) if not id_ or id_ in visible]


def _call(call: LoggedCall) -> WebhookCall:
    event = call.delivery.event
    return WebhookCall.model_validate(
        {
            "id": call.delivery.id,
            "at": call.at,
            "kind": event.kind.value,
            "event": event.id,
            "conversation": event.conversation_id,
            "message": event.message_id,
            "outcome": call.outcome,
            "tries": call.tries,
            "error": call.error,
            "attempts": [
                WebhookCallAttempt(at=one.at, status=one.status, ms=one.ms, error=one.error) for one in call.attempts
            ],
        }
    )
