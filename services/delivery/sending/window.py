"""The 24-hour window before a provider is called: what may go out now, and the template that replaces what may not.

The customer's last message decides (`shared.domain.window`). While the window is closed a template goes out in place of
anything else: the message's own (`if_closed`), the channel's, or the workspace's. Without one the message fails, once
and clearly; so it does when the provider reports a closed window first (Meta 131047, Twilio 63016).

A text of a broadcast, or of its flow, is not replaced: it was meant for customers who wrote lately, and must not become
a paid template for everyone whose window closed while it was queued.

A template that does not repeat the message's text only asks the customer to write: once in 24 hours is enough.
"""

from dataclasses import dataclass

import msgspec

from shared.clock import Clock
from shared.domain.window import WINDOW, is_open, repeats_text, replacement_for
from shared.messages.outbound import Body, OutboundMessage, TemplateBody
from shared.operations.template_validator import TemplateValidator
from shared.providers.errors import ErrorKind, SendError
from shared.repositories.conversations import Conversations
from shared.repositories.outbound import OutboundMessages
from shared.repositories.workspaces import Workspaces
from shared.storage.mongo import Mongo
from shared.templates.definitions import WindowTemplate
from shared.workspace.config import Workspace

CLOSED = "window_closed"
"""The error code of a closed window that no provider reported."""


@dataclass(frozen=True, slots=True)
class WindowClosed:
    """The window is closed, and no template can be sent. why: for people."""

    why: str

    def error(self) -> SendError:
        """Return it as a failed attempt."""
        title = "The 24-hour window is closed, and no template can be sent instead."
        return SendError(ErrorKind.WINDOW, code=CLOSED, title=title, detail=self.why)


def choose_replacement(message: OutboundMessage, general: WindowTemplate | None) -> TemplateBody | WindowClosed:
    """Return what goes out in place of a message while the window is closed. Pure. general: the channel's or the
    workspace's template.
    """
    if isinstance(message.body, TemplateBody):
        return message.body
    if message.if_closed is not None:
        return message.if_closed
    if message.of_broadcast:
        return WindowClosed("The window closed while the message was queued, and a broadcast's text is not replaced.")
    if general is None:
        return WindowClosed("Neither the channel nor the workspace has a window_template that the provider sends now.")
    return replacement_for(message.body, general) or WindowClosed(
        f"The template {general.name} cannot repeat the message: it takes text only, and not as much."
    )


class BodySelector:
    """Made once per process. All raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspaces: Workspaces, validator: TemplateValidator, clock: Clock) -> None:
        self._mongo = mongo
        self._validator = validator
        self._workspaces = workspaces
        self._clock = clock

    async def select(self, message: OutboundMessage, *, closed: bool) -> Body | WindowClosed:
        """Return the body to send now. closed: the provider has reported that the window is closed."""
        if isinstance(message.body, TemplateBody) or (not closed and await self._is_open(message)):
            return message.body
        return await self.replacement(message)

    async def can_replace(self, message: OutboundMessage) -> bool:
        """Return whether a template can be sent in place of a message that is not one."""
        return not isinstance(message.body, TemplateBody) and isinstance(await self.replacement(message), TemplateBody)

    async def replacement(self, message: OutboundMessage) -> TemplateBody | WindowClosed:
        """Return what goes out in place of a message while the window is closed."""
        workspace = await self._workspaces.get(message.workspace)
        message, general = await self._only_usable(message, workspace)
        found = choose_replacement(message, general)
        asks_only = message.if_closed is None and general is not None and not repeats_text(general)
        if asks_only and isinstance(found, TemplateBody) and await self._was_sent_lately(message, found):
            return WindowClosed(f"The template {found.name} has asked the customer to write within the last 24 hours.")
        return found

    async def _only_usable(
        self, message: OutboundMessage, workspace: Workspace | None
    ) -> tuple[OutboundMessage, WindowTemplate | None]:
        """Return the message without an `if_closed` that the provider does not send now, and the first general template
        that it sends: the channel's, else the workspace's.
        """
        if workspace is None:
            return message, None
        channel = workspace.channel(message.channel)
        account = channel.settings.get("waba_id", "") if channel else ""

        async def is_usable(template: TemplateBody | WindowTemplate) -> bool:
            return await self._validator.is_usable(message.workspace, account, template.name, template.language)

        if message.if_closed is not None and not await is_usable(message.if_closed):
            message = msgspec.structs.replace(message, if_closed=None)
        for general in workspace.window_templates_of(message.channel):
            if await is_usable(general):
                return message, general
        return message, None

    async def _is_open(self, message: OutboundMessage) -> bool:
        now = self._clock.now()
        if is_open(message.received_at, now):  # it answers a customer's message: no need to read the conversation
            return True
        conversations = Conversations(self._mongo, message.workspace)
        return is_open(await conversations.last_inbound_at(message.conversation_id), now)

    async def _was_sent_lately(self, message: OutboundMessage, template: TemplateBody) -> bool:
        outbound = OutboundMessages(self._mongo, message.workspace)
        since = self._clock.now() - WINDOW
        return await outbound.was_replaced_by(message.conversation_id, template.name, since, but=message.id)
