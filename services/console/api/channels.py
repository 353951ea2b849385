"""Channels: numbers of the workspace, their credentials (write-only) and their state."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Body, Path, Response

from services.console.audit import AUDITED
from services.console.caller import Principal, needs
from services.console.idempotency import REPEATABLE, RequestKey, idempotent
from services.console.limits import SIMULATIONS, limited
from services.console.models import AnswerModel
from services.console.parameters import PartsOf
from services.console.parts import Parts
from services.console.problems import FieldError, Problem
from services.console.rights import Right
from services.console.routing import workspace_router
from services.console.workspace_edits import (
    Edited,
    Editor,
    Managed,
    editor_of,
    edits_of,
    managed,
    part_etag,
    problems_at,
    without,
)
from shared.messages.inbound import Provider
from shared.operations.channel_reports import ChannelReport, channel_reports
from shared.operations.checks.channel import ChannelChecks
from shared.operations.number_reports import NumberReport, number_reports, report_of
from shared.operations.workspaces import items
from shared.operations.workspaces.edit import refusals
from shared.providers.registry import limits_of, webhook_path
from shared.repositories.workspace_changes import WorkspaceView
from shared.workspace.channels import SECRET_FIELDS
from shared.workspace.merge_patch import merged
from shared.workspace.parts import Part

router = workspace_router("/channels", "channels")
ChannelId = Annotated[str, Path(max_length=100)]
ChannelFields = Annotated[dict[str, Any], Body(description="A channel as in the workspace file.")]


class ChannelStopped(AnswerModel):
    """The reason why a channel is stopped. reason: of the provider's refusal. held: messages that wait, in words."""

    since: datetime
    reason: str
    held: str


class WebhookTimes(AnswerModel):
    """Times of the last accepted webhook and of the last one refused for its signature, to the minute."""

    accepted_at: datetime | None
    refused_at: datetime | None


class NumberReported(AnswerModel):
    """The provider's last reports about the number. limit: how many people it may write to first in a day, in the
    provider's word, such as `TIER_1K`; quality: `low` or `recovered`; each empty if nothing was reported.
    """

    limit: str
    quality: Literal["", "low", "recovered"]
    at: datetime


class ChannelShown(AnswerModel):
    """A channel. fields: as in the workspace file, without secrets. secrets: names of those that are set. stopped: null
    while it sends. reported: null: nothing within 90 days. webhook_url: the address to give to the provider. quotes,
    reactions: whether a message can quote another one, and whether an emoji can be put on one of the customer.
    """

    id: str
    provider: str
    address: str
    fields: dict[str, Any]
    secrets: list[str]
    stopped: ChannelStopped | None
    webhooks: WebhookTimes
    reported: NumberReported | None
    webhook_url: str
    quotes: bool
    reactions: bool


class ChannelList(AnswerModel):
    """All channels."""

    items: list[ChannelShown]
    managed: Managed


class ChannelCredential(AnswerModel):
    """last4: the last characters; empty for a short secret."""

    name: str
    last4: str


class ChannelCredentials(AnswerModel):
    """The secrets of a channel; their values are never shown."""

    items: list[ChannelCredential]


class ChannelCheck(AnswerModel):
    """A check of a channel. advice: what to do. fields: of the channel; one of them is to be filled in anew; empty:
    none. code, values: the same as text and advice, for other languages; times are RFC 3339.
    """

    name: str
    good: bool
    text: str
    advice: str
    fields: list[str]
    code: str
    values: dict[str, str]


class ChannelCheckList(AnswerModel):
    """All checks. good: whether all of them are."""

    good: bool
    items: list[ChannelCheck]


@router.get("")
async def list_channels(
    caller: Annotated[Principal, needs(Right.CHANNELS_READ)], parts: PartsOf, response: Response
) -> ChannelList:
    """Return all channels, with their state."""
    view = await edits_of(parts).view(caller.workspace)
    response.headers["ETag"] = part_etag(view, Part.CHANNELS)
    reports = await channel_reports(parts.mongo, parts.redis, caller.workspace, _ids(view))
    numbers = await number_reports(parts.mongo, caller.workspace)
    found = [_shown(parts, view, channel, reports[channel["id"]], numbers) for channel in view.form["channels"]]
    return ChannelList(items=found, managed=managed(view, Part.CHANNELS))


@router.get("/{channel}")
async def read_channel(
    channel: ChannelId, caller: Annotated[Principal, needs(Right.CHANNELS_READ)], parts: PartsOf, response: Response
) -> ChannelShown:
    """Return a channel."""
    view = await edits_of(parts).view(caller.workspace)
    found = view.form["channels"][items.position("channels", view.form, channel)]
    response.headers["ETag"] = part_etag(view, Part.CHANNELS)
    reports = await channel_reports(parts.mongo, parts.redis, caller.workspace, [channel])
    numbers = await number_reports(parts.mongo, caller.workspace)
    return _shown(parts, view, found, reports[channel], numbers)


@router.post("", status_code=201)
async def add_channel(
    body: ChannelFields,
    caller: Annotated[Principal, needs(Right.CREDENTIALS)],
    key: Annotated[RequestKey, idempotent()],
    editor: Editor,
) -> Edited:
    """Add a channel with its credentials."""
    count = len((await editor.form())["channels"])
    return await editor.edit(
        Part.CHANNELS,
        items.added("channels", body),
        at=("channels", count),
    )


@router.patch("/{channel}")
async def change_channel(
    channel: ChannelId,
    body: ChannelFields,
    caller: Annotated[Principal, needs(Right.SETTINGS_WRITE)],
    editor: Editor,
) -> Edited:
    """Change some fields of a channel; its credentials stay, and are changed by `/credentials`."""
    fixed = [name for name in body if name in (*SECRET_FIELDS, "id", "provider")]
    if fixed:
        raise Problem("invalid", errors=[FieldError(f"#/{name}", "cannot be changed here") for name in fixed])
    return await _change(editor, channel, body)


@router.delete("/{channel}")
async def remove_channel(
    channel: ChannelId,
    caller: Annotated[Principal, needs(Right.CREDENTIALS)],
    editor: Editor,
) -> Edited:
    """Remove a channel with its credentials. Conversations stay."""
    return await editor.edit(
        Part.CHANNELS,
        items.removed("channels", channel),
    )


@router.get("/{channel}/credentials", dependencies=[AUDITED])
async def read_credentials(
    channel: ChannelId, caller: Annotated[Principal, needs(Right.CREDENTIALS)], parts: PartsOf
) -> ChannelCredentials:
    """Return which secrets are set, with their last four characters."""
    with refusals():
        found = await editor_of(parts).last_characters(caller.workspace, channel)
    return ChannelCredentials(items=[ChannelCredential(name=name, last4=last) for name, last in sorted(found.items())])


@router.put("/{channel}/credentials")
async def put_credentials(
    channel: ChannelId,
    body: Annotated[dict[str, str], Body(description="Secrets by name, such as `access_token`; the others stay.")],
    caller: Annotated[Principal, needs(Right.CREDENTIALS)],
    editor: Editor,
) -> Edited:
    """Set credentials of a channel anew."""
    wrong = [name for name in body if name not in SECRET_FIELDS]
    if wrong:
        raise Problem("invalid", errors=[FieldError(f"#/{name}", "is no credential") for name in wrong])
    return await _change(editor, channel, body)


@router.post("/{channel}/check", dependencies=[REPEATABLE])
async def check_channel(
    channel: ChannelId,
    caller: Annotated[Principal, needs(Right.CHANNELS_OPERATE)],
    _: Annotated[None, limited(SIMULATIONS)],
    parts: PartsOf,
) -> ChannelCheckList:
    """Check a channel: its credentials, the provider's answer to them, its webhooks and its state."""
    checks = ChannelChecks(parts.mongo, parts.redis, parts.secrets, parts.settings, parts.clock)
    found = await checks.run(caller.workspace, channel)
    shown = [ChannelCheck.model_validate(one, from_attributes=True) for one in found]
    return ChannelCheckList(good=all(one.good for one in found), items=shown)


async def _change(editor: Editor, channel: str, fields: dict[str, Any]) -> Edited:
    form = await editor.form()
    with problems_at():
        place = items.position("channels", form, channel)
    edit = items.changed("channels", channel, lambda item: merged(item, fields))
    return await editor.edit(Part.CHANNELS, edit, at=("channels", place))


def _ids(view: WorkspaceView) -> list[str]:
    return [channel["id"] for channel in view.form["channels"]]


def _shown(
    parts: Parts, view: WorkspaceView, channel: dict[str, Any], report: ChannelReport, numbers: dict[str, NumberReport]
) -> ChannelShown:
    set_ = [name for name in SECRET_FIELDS if f"channels[{channel['id']}].{name}" in view.secrets]
    stopped, limits = report.stopped, limits_of(Provider(channel["provider"]))
    reported = report_of(numbers, channel["address"])
    path = webhook_path(channel["provider"], view.form["workspace"], channel["address"], own_app="app_secret" in set_)
    return ChannelShown(
        id=channel["id"],
        provider=channel["provider"],
        address=channel["address"],
        fields=without(channel, ("id", "provider", "address", *SECRET_FIELDS)),
        secrets=set_,
        stopped=ChannelStopped(since=stopped.channel.since, reason=stopped.reason, held=stopped.held)
        if stopped
        else None,
        webhooks=WebhookTimes(accepted_at=report.accepted_at, refused_at=report.refused_at),
        reported=NumberReported(limit=reported.limit, quality=reported.quality, at=reported.at) if reported else None,
        webhook_url=parts.settings.public_base_url.rstrip("/") + path,
        quotes=limits.quotes,
        reactions=limits.reactions,
    )
