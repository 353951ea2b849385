"""Collects what events have changed, once for each thing, until it is read and sent. Pure."""

from collections.abc import Container
from dataclasses import dataclass, field

from services.console.live.events import LiveEvent

RECEIVED = "message.received"
_NOTE = "note.added"  # `detail` is its id
_OF_MESSAGES = frozenset({RECEIVED, "message.sent", "message.changed", "message.failed", _NOTE})
_OF_STATUS = frozenset({"message.status", "message.failed"})
_OF_ROWS = _OF_MESSAGES | {"conversation.updated", "command.done", "customer.changed", "flow.ended", "order.placed"}
_COMMANDS = frozenset({"command.done", "command.refused"})
_ORDERS = frozenset({"order.placed", "order.changed"})
_OTHERS = _COMMANDS | _ORDERS | {"customer.changed", "broadcast.changed", "channel.changed", "template.changed"}
_FROM_CUSTOMER = frozenset({RECEIVED, "message.changed"})


@dataclass(slots=True)
class RowChange:
    """A conversation whose row has changed. messages: the customer's messages that the row must show, so that it is
    not read before they are stored. updated: its agent or mode may have changed, and with it who may see it.
    """

    messages: set[str] = field(default_factory=set)
    updated: bool = False


@dataclass(frozen=True, slots=True)
class MessageChange:
    """A message to read. from_customer: it is in the collection of the customer's messages."""

    id: str
    conversation: str
    from_customer: bool


@dataclass(slots=True)
class Changes:
    """The changes of a workspace that are not sent yet. messages: by id, of open conversations. statuses: ids of
    messages of open conversations whose status has changed, with the conversation. others: all other events, the last
    one of each thing. rows: by conversation.
    """

    messages: dict[str, MessageChange] = field(default_factory=dict)
    statuses: dict[str, str] = field(default_factory=dict)
    others: dict[tuple[str, str], LiveEvent] = field(default_factory=dict)
    rows: dict[str, RowChange] = field(default_factory=dict)

    def add(self, event: LiveEvent, is_open: Container[str]) -> bool:
        """Add an event; return whether something is to be sent for it. is_open: the conversations whose messages are
        wanted.
        """
        before = self.size
        if event.conversation_id in is_open and (event.message_id or event.kind == _NOTE):
            self._add_message(event)
        if event.kind in _OF_ROWS and event.conversation_id:
            self._add_row(event)
        if event.kind in _OTHERS:
            key = _key(event)
            self.others.pop(key, None)  # the last one takes the last place
            self.others[key] = event
        return self.size > before or event.kind in _OF_ROWS or event.kind in _OTHERS

    @property
    def size(self) -> int:
        """The number of things that have changed."""
        return len(self.messages) + len(self.statuses) + len(self.others) + len(self.rows)

    def conversations(self) -> set[str]:
        """Return the conversations of messages, statuses and other events."""
        found = {change.conversation for change in self.messages.values()} | set(self.statuses.values())
        return (found | {event.conversation_id for event in self.others.values()}) - {""}

    def merge(self, other: "Changes") -> None:
        """Add the changes of another collection, which are older."""
        self.messages = other.messages | self.messages
        self.statuses = other.statuses | self.statuses
        self.others = other.others | self.others
        for conversation, change in other.rows.items():
            mine = self.rows.setdefault(conversation, RowChange())
            mine.messages |= change.messages
            mine.updated |= change.updated

    def _add_message(self, event: LiveEvent) -> None:
        id_ = event.detail if event.kind == _NOTE else event.message_id or ""
        if event.kind in _OF_MESSAGES:
            self.messages[id_] = MessageChange(id_, event.conversation_id, event.kind in _FROM_CUSTOMER)
        if event.kind in _OF_STATUS:
            self.statuses[id_] = event.conversation_id

    def _add_row(self, event: LiveEvent) -> None:
        row = self.rows.setdefault(event.conversation_id, RowChange())
        if event.kind == RECEIVED and event.message_id:
            row.messages.add(event.message_id)
        row.updated |= event.kind == "conversation.updated"


def _key(event: LiveEvent) -> tuple[str, str]:
    """Return what an event is about: a later one about the same replaces it."""
    if event.kind in _COMMANDS:
        return event.kind, event.command_id or event.conversation_id
    if event.kind in _ORDERS:
        return "order", event.detail
    if event.kind == "channel.changed":
        return event.kind, event.channel or event.detail
    return event.kind, event.detail
