"""Single messages, found by an id of ours or of the provider, for those who may see their conversations."""

from dataclasses import dataclass
from typing import Any

import msgspec

from shared.domain.conversation import Conversation
from shared.messages.content import Media
from shared.messages.outbound import MediaBody
from shared.operations.timeline.entries import TimelineEntry, inbound_entry, outbound_entry
from shared.repositories.exchanges import INBOUND, Exchanges, StoredMessage
from shared.repositories.inbox import Inbox
from shared.repositories.visibility import Visibility
from shared.storage.mongo import Mongo


class FoundMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message with its conversation. correlation_id: of the exchange that it belongs to."""

    conversation_id: str
    channel: str
    correlation_id: str
    entry: TimelineEntry


@dataclass(frozen=True, slots=True)
class VisibleMessage:
    """A stored message and its conversation, which the caller may see."""

    message: StoredMessage
    conversation: Conversation

    @property
    def is_ours(self) -> bool:
        """The message went to the customer."""
        return self.message.kind != INBOUND

    @property
    def media(self) -> Media | None:
        """The file of the message; None: it has none, or one of ours is at an address and not with us."""
        if self.is_ours:
            return _uploaded(self.message.document["body"])
        content = self.message.document.get("content") or {}
        return msgspec.convert(content, Media) if content.get("type") == "media" else None

    @property
    def found(self) -> FoundMessage:
        """The message as people see it."""
        document = self.message.document
        entry = inbound_entry(document) if self.message.kind == INBOUND else outbound_entry(document)
        return FoundMessage(
            conversation_id=document["conversation_id"],
            channel=document["channel"],
            correlation_id=document["correlation_id"],
            entry=entry,
        )

    @property
    def attempts(self) -> list[dict[str, Any]]:
        """The attempts to send the message, oldest first; none for a customer's message."""
        return list(self.message.document.get("attempts") or ())


def _uploaded(body: dict[str, Any]) -> Media | None:
    """Return the file of a message of ours that was uploaded for it, or for the header of its template."""
    if body.get("type") == "template":
        body = body.get("header_media") or {}
    if body.get("type") != "media" or not body.get("media_id"):
        return None
    sent = msgspec.convert(body, MediaBody)
    return Media(kind=sent.kind, media_id=sent.media_id, filename=sent.filename)


@dataclass(frozen=True, slots=True)
class MessageFinder:
    """Of one workspace. All methods raise DependencyAway."""

    mongo: Mongo
    workspace: str

    async def get(self, message_id: str, sees: Visibility) -> VisibleMessage | None:
        """Return the message with an id of ours; None also if the caller may not see its conversation."""
        return await self._visible(await Exchanges(self.mongo, self.workspace).message(message_id), sees)

    async def by_any_id(self, reference: str, sees: Visibility) -> FoundMessage | None:
        """Return the message with an id of ours or of the provider, likewise."""
        message = await Exchanges(self.mongo, self.workspace).message(reference, also_provider_id=True)
        visible = await self._visible(message, sees)
        return visible.found if visible else None

    async def _visible(self, message: StoredMessage | None, sees: Visibility) -> VisibleMessage | None:
        if message is None:
            return None
        conversation = await Inbox(self.mongo, self.workspace).get(message.document["conversation_id"], sees=sees)
        return VisibleMessage(message, conversation) if conversation else None
