"""The 24-hour window, before a provider is called: what may go out now, and what stands in for what may not.

The customer's last message decides (`shared.domain.window`). While the window is closed a template goes out in place of
anything else: the message's own (`if_closed`), the channel's, or the workspace's. Without one the message fails, once
and clearly; so it does when the provider's clock says so first (Meta 131047, Twilio 63016).

A broadcast's text is not replaced: it was meant for who wrote lately, and is not to become a template, which costs, for
everybody whose window closed while it lay in the queue.

A template that does not repeat what was to be said only asks the customer to write: once in 24 hours is enough.
"""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from shared.clock import Clock
from shared.domain.window import WINDOW, is_open, repeats_text, replacement_for
from shared.messages.outbound import Author, Body, OutboundMessage, TemplateBody
from shared.operations.template_validator import TemplateValidator
from shared.providers.errors import ErrorKind, SendError
from shared.repositories.conversations import Conversations
from shared.repositories.outbound import OutboundMessages
from shared.repositories.workspaces import Workspaces
from shared.storage.mongo import Mongo
from shared.templates.definitions import WindowTemplate
from shared.workspace.config import Workspace

CLOSED = "window_closed"  # the code of a failure that no provider has told


@dataclass(frozen=True, slots=True)
class WindowClosed:
    """The window is closed, and nothing stands in. why: for people."""

    why: str

    def error(self) -> SendError:
        """As a failure."""
        title = "The 24-hour window is closed, and no template stands in."
        return SendError(ErrorKind.WINDOW, code=CLOSED, title=title, detail=self.why)


def stand_in(message: OutboundMessage, general: WindowTemplate | None) -> TemplateBody | WindowClosed:
    """What goes out in place of a message while the window is closed. general: the channel's or the workspace's."""
    if isinstance(message.body, TemplateBody):
        return message.body
    if message.if_closed is not None:
        return message.if_closed
    if message.author is Author.BROADCAST:
        return WindowClosed("It closed before the broadcast's turn came, and a broadcast's text has no stand-in.")
    if general is None:
        return WindowClosed("Neither the channel nor the workspace has a window_template that the provider sends now.")
    found = replacement_for(message.body, general)
    return found or WindowClosed(
        f"The template {general.name} cannot say it: words only, and no more than it has room for."
    )


class BodySelector:
    """One per process. All raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspaces: Workspaces, checked: TemplateValidator, clock: Clock) -> None:
        self._mongo = mongo
        self._checked = checked
        self._workspaces = workspaces
        self._clock = clock

    async def body_for(self, message: OutboundMessage, *, closed: bool) -> Body | WindowClosed:
        """What is to be sent now. closed: the provider has said that the window is."""
        if isinstance(message.body, TemplateBody) or (not closed and await self._is_open(message)):
            return message.body
        return await self.instead(message)

    async def instead(self, message: OutboundMessage) -> TemplateBody | WindowClosed:
        """What goes out in place of a message while the window is closed."""
        workspace = await self._workspaces.get(message.workspace)
        message, general = await self._usable(message, workspace)
        found = stand_in(message, general)
        asks_only = message.if_closed is None and general is not None and not repeats_text(general)
        if asks_only and isinstance(found, TemplateBody) and await self._asked(message, found):
            return WindowClosed(f"The template {found.name} has asked the customer to write within the last 24 hours.")
        return found

    async def _usable(
        self, message: OutboundMessage, workspace: Workspace | None
    ) -> tuple[OutboundMessage, WindowTemplate | None]:
        """The message without a stand-in that the provider sends to nobody now, and the first general one that it
        sends: the channel's, else the workspace's.
        """
        if workspace is None:
            return message, None
        channel = workspace.channel(message.channel)
        account = channel.settings.get("waba_id", "") if channel else ""

        async def sends(template: TemplateBody | WindowTemplate) -> bool:
            return await self._checked.usable(message.workspace, account, template.name, template.language)

        if message.if_closed is not None and not await sends(message.if_closed):
            message = msgspec.structs.replace(message, if_closed=None)
        for general in workspace.window_templates_of(message.channel):
            if await sends(general):
                return message, general
        return message, None

    async def _is_open(self, message: OutboundMessage) -> bool:
        now: datetime = self._clock.now()
        if is_open(message.received_at, now):  # it answers a message of the customer's: nobody need be asked
            return True
        conversations = Conversations(self._mongo, message.workspace)
        return is_open(await conversations.last_inbound_at(message.conversation_id), now)

    async def _asked(self, message: OutboundMessage, template: TemplateBody) -> bool:
        since = self._clock.now() - WINDOW
        sent = OutboundMessages(self._mongo, message.workspace)
        return await sent.stood_in(message.conversation_id, template.name, since, but=message.id)
