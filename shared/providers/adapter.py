"""All that Parley needs of a provider, as one object: each folder of this package defines it in `adapter.py`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import aiohttp

from shared.clock import Clock
from shared.messages.inbound import Provider
from shared.messages.outbound import TemplateBody
from shared.providers.account_events import AccountChange, EventAction
from shared.providers.api_calls import Timeouts
from shared.providers.channel_model import ChannelModel
from shared.providers.errors import SendError
from shared.providers.pace import ProviderPace
from shared.providers.port import Channel, MediaSource, MessageLimits, MessageSender
from shared.providers.webhooks import RereadWebhook, WebhookRoute
from shared.settings import Settings
from shared.templates.definitions import TemplateDefinition


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSetup:
    """The parts that senders and media sources need. session: for senders of `api_calls.open_session`, for media of
    `media_download.open_media_session`.
    """

    session: aiohttp.ClientSession
    clock: Clock
    settings: Settings
    timeouts: Timeouts = field(default_factory=Timeouts)


def unknown_event(field: str, _: bytes) -> AccountChange:
    """Return an unknown change: for providers that report no account events."""
    return AccountChange(action=EventAction.UNKNOWN, kind=field, description=field)


def template_by_name(body: TemplateBody, _: TemplateDefinition | None) -> TemplateBody | str:
    """Return the template unchanged: for providers that send templates by their names."""
    return body


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderAdapter:
    """A provider.

    name: on the wire and in workspace files. title: for people. channel_model: its channels in workspace files.
    limits, pace: of its messages. api_url: its configured address. make_sender, make_media_source: build its clients.
    status_error: classifies the code of a failed status. routes: its webhooks, the one for messages first; each path
    begins with `/webhooks/<name>`. reread: parses a webhook of a dead letter. account_change: interprets an account
    event by its field and raw value. resolve_template: replaces a template's name by what the provider calls it, or
    returns why it cannot be sent; definition: None if unknown. check_access: calls the provider with a channel's
    credentials, raising ChannelRefused unless it accepts them; None: it has no such call. session: of
    `open_media_session`.
    """

    name: Provider
    title: str
    channel_model: type[ChannelModel]
    limits: MessageLimits
    pace: ProviderPace
    api_url: Callable[[Settings], str]
    make_sender: Callable[[ClientSetup], MessageSender]
    make_media_source: Callable[[ClientSetup], MediaSource]
    status_error: Callable[[str | int], SendError]
    routes: tuple[WebhookRoute, ...]
    reread: RereadWebhook
    account_change: Callable[[str, bytes], AccountChange] = unknown_event
    resolve_template: Callable[[TemplateBody, TemplateDefinition | None], TemplateBody | str] = template_by_name
    check_access: Callable[[aiohttp.ClientSession, Settings, Channel], Awaitable[None]] | None = None
