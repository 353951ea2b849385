"""Checks a person's message before it becomes a command: whether it can be sent now, as far as is known.

The router and delivery decide again; a check that has passed here is no promise.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from shared.domain import window
from shared.domain.conversation import Conversation
from shared.messages.broadcast_content import BroadcastTemplate
from shared.messages.inbound import Provider
from shared.messages.outbound import Body, ReactionBody, TemplateBody
from shared.operations.broadcasts.pause_rules import channel_stopped
from shared.operations.broadcasts.problems import unknown_template
from shared.operations.errors import OperationRefused
from shared.operations.template_validator import prepare_template
from shared.providers.errors import SendError
from shared.providers.fitting import fit_in_one, split_to_fit
from shared.providers.registry import limits_of
from shared.repositories.channel_states import ChannelStates
from shared.repositories.customers import Customers
from shared.repositories.provider_templates import ProviderTemplates
from shared.storage.mongo import Mongo
from shared.workspace.config import StoredChannel, Workspace

_MARKETING = "MARKETING"


class MessageWindowClosed(OperationRefused):
    """Raised for a message that is no template, 24 hours after the customer's last message."""

    code: ClassVar[str] = "window-closed"


class TemplateNotSendable(OperationRefused):
    """Raised for a template that the provider does not send, or that is not filled as it must be."""

    code: ClassVar[str] = "template-not-sendable"


class ChannelNotSending(OperationRefused):
    """Raised while the provider refuses the whole channel."""

    code: ClassVar[str] = "channel-stopped"


class ContentNotSendable(OperationRefused):
    """Raised for content that the provider cannot take."""

    code: ClassVar[str] = "invalid"


@dataclass(frozen=True, slots=True)
class SendableCheck:
    """All methods raise DependencyAway."""

    mongo: Mongo
    workspace: Workspace

    async def check(self, conversation: Conversation, body: Body, now: datetime, *, may_replace: bool = False) -> None:
        """Raise OperationRefused for a message that cannot be sent now. may_replace: outside the window the
        workspace's template may go out instead.
        """
        channel = self.workspace.channel(conversation.channel)
        if channel is None:
            raise ChannelNotSending(f"the workspace has no channel {conversation.channel} any more")
        stopped = await ChannelStates(self.mongo).stopped_channel(conversation.workspace, channel.id)
        if pause := channel_stopped(stopped):
            raise ChannelNotSending(pause.why)
        if isinstance(body, TemplateBody):
            await self._check_template(conversation, channel, body, now)
            return
        _check_content(channel.provider, body)
        if window.is_open(conversation.last_inbound_at, now):
            return
        templates = self.workspace.window_templates_of(channel.id) if may_replace else ()
        if not any(window.replacement_for(body, template) for template in templates):
            raise MessageWindowClosed("the customer wrote last more than 24 hours ago: only a template can be sent")

    async def _check_template(
        self, conversation: Conversation, channel: StoredChannel, body: TemplateBody, now: datetime
    ) -> None:
        templates, account = ProviderTemplates(self.mongo, conversation.workspace), channel.settings.get("waba_id", "")
        known = await templates.get(account, body.name, body.language) if account else None
        languages = await templates.languages(account, body.name) if account else None
        wanted = BroadcastTemplate(name=body.name, language=body.language)
        for wrong in unknown_template(wanted, self.workspace, languages):
            raise TemplateNotSendable(wrong)
        definition = self.workspace.template(body.name, body.language) or (known.definition if known else None)
        ready = prepare_template(channel.provider, body, definition, known.status_at(now) if known else "")
        if isinstance(ready, str):
            raise TemplateNotSendable(ready)
        category = (known.category if known else "") or (definition.category if definition else "")
        if category == _MARKETING and await self._has_opted_out(conversation):
            raise TemplateNotSendable("it is a marketing template, and the customer has opted out")

    async def _has_opted_out(self, conversation: Conversation) -> bool:
        found = await Customers(self.mongo, conversation.workspace).get_many([conversation.customer_id])
        return any(customer["opted_out"] for customer in found.values())


def _check_content(provider: Provider, body: Body) -> None:
    """Raise ContentNotSendable for a body that the provider does not send. Pure."""
    limits = limits_of(provider)
    if isinstance(body, ReactionBody) and not limits.reactions:
        raise ContentNotSendable(f"{provider} does not send reactions")
    pieces = split_to_fit(body, limits)
    if not pieces:
        raise ContentNotSendable("the message is empty")
    for piece in pieces:
        try:
            fit_in_one(piece, limits)
        except SendError as error:
            raise ContentNotSendable(": ".join(filter(None, (error.title, error.detail)))) from None
