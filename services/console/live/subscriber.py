"""One browser, program or poll that gets the live events of a workspace."""

from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable
from typing import Protocol

from services.console.live.outbox import Outbox
from services.console.live.visibility import Viewer, is_restricted

MOST_OPEN = 20
"""Conversations that one connection may have open."""
MOST_SEEN = 50
"""Entries of `see`."""
_WORKED_IN = 50


class Caller(Viewer, Protocol):
    """The caller, as `services.console.caller.Principal` has it."""

    @property
    def name(self) -> str: ...

    @property
    def role(self) -> str: ...

    @property
    def workspace(self) -> str: ...


class Subscriber:
    """caller: replaced when the rights change. open: conversations whose messages are wanted. see: see `Hello`.
    worked_in: the last conversations that were open: refusals of commands in them are sent even when the conversation
    is a colleague's by now. ended: the close code after `end`.
    """

    __slots__ = ("caller", "ended", "open", "outbox", "restricted", "resync_due", "resynced_at", "see", "worked_in")

    def __init__(self, caller: Caller, overflow: Callable[[], str], most: int) -> None:
        self.caller = caller
        self.restricted = is_restricted(caller)
        self.open: set[str] = set()
        self.see: frozenset[str] = frozenset()
        self.worked_in: OrderedDict[str, None] = OrderedDict()
        self.outbox = Outbox(overflow, most)
        self.resynced_at = float("-inf")
        self.resync_due = False
        self.ended = 0

    @property
    def sees_inbox(self) -> bool:
        """Whether rows of the list are wanted."""
        return "inbox" in self.see

    def set_caller(self, caller: Caller) -> None:
        """Apply changed rights."""
        self.caller = caller
        self.restricted = is_restricted(caller)

    def note_open(self, conversation: str) -> None:
        """Note an open conversation."""
        self.open.add(conversation)
        if self.restricted:
            self.worked_in[conversation] = None
            self.worked_in.move_to_end(conversation)
            while len(self.worked_in) > _WORKED_IN:
                self.worked_in.popitem(last=False)

    def view(self, changed: Collection[str]) -> Hashable:
        """Return a key: subscribers with equal keys get equal frames for changes in these conversations."""
        mine = self.caller.id if self.restricted else ""
        return mine, self.caller.role, self.sees_inbox, frozenset(self.open.intersection(changed))

    def end(self, code: int, text: str = "") -> None:
        """Close the connection with a code, after a last frame."""
        self.ended = code
        if text:
            self.outbox.replace(text)
        self.outbox.close()
