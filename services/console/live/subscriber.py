"""One browser, program or poll that gets the live events of a workspace."""

from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable
from typing import Protocol

from services.console.live.frames import RIGHTS, Frame
from services.console.live.outbox import Outbox
from services.console.rights import Right
from shared.repositories.visibility import Visibility

MOST_OPEN = 20
"""Conversations that one connection may have open."""
MOST_SEEN = 50
"""Entries of `see`."""
_WORKED_IN = 50
_RIGHTS = frozenset({*RIGHTS.values(), Right.PHONE_NUMBERS})


class Caller(Protocol):
    """The caller, as `services.console.caller.Principal` has it."""

    @property
    def id(self) -> str: ...

    @property
    def sees(self) -> str: ...

    @property
    def channels(self) -> frozenset[str]: ...

    def has(self, right: Right) -> bool: ...

    @property
    def name(self) -> str: ...

    @property
    def role(self) -> str | None: ...

    @property
    def workspace(self) -> str: ...


def rights_of(caller: Caller) -> frozenset[Right]:
    """Return those of the caller's rights that decide what it gets."""
    return frozenset(right for right in _RIGHTS if caller.has(right))


class Subscriber:
    """One connection of a browser or a program. caller: replaced when the rights change. rights: see `rights_of`. open:
    conversations whose messages are wanted. see: see `Hello`. worked_in: the last conversations that were open:
    refusals of commands in them are sent even when the conversation is a colleague's by now. flows: whose drafts it has
    open (`FlowPresence`). ended: the close code after `end`. is_person: colleagues see it viewing; a program is not
    seen.
    """

    __slots__ = (
        "caller",
        "ended",
        "flows",
        "is_person",
        "numbers",
        "open",
        "outbox",
        "resync_due",
        "resynced_at",
        "rights",
        "see",
        "sees",
        "worked_in",
    )

    def __init__(self, caller: Caller, overflow: Callable[[], str], most: int) -> None:
        self.set_caller(caller)
        self.open: set[str] = set()
        self.see: frozenset[str] = frozenset()
        self.worked_in: OrderedDict[str, None] = OrderedDict()
        self.outbox = Outbox(overflow, most)
        self.resynced_at = float("-inf")
        self.resync_due = False
        self.flows: frozenset[str] = frozenset()
        self.ended = 0
        self.is_person = True

    @property
    def sees_inbox(self) -> bool:
        """Return whether rows of the list are wanted."""
        return "inbox" in self.see

    @property
    def may_open(self) -> bool:
        """Return whether it may have conversations open: something of them is sent only to those who may read them."""
        return not self.rights.isdisjoint((Right.MESSAGES_READ, Right.CONVERSATIONS_READ))

    def may_get(self, kind: type[Frame]) -> bool:
        """Return whether it has the right of a kind of frames."""
        return kind not in RIGHTS or RIGHTS[kind] in self.rights

    def set_caller(self, caller: Caller) -> None:
        """Apply changed rights."""
        self.caller = caller
        self.rights = rights_of(caller)
        self.numbers = Right.PHONE_NUMBERS in self.rights
        self.sees = Visibility(
            member=caller.id,
            only_own_and_unassigned=caller.sees == "own_and_unassigned",
            channels=caller.channels,
        )

    @property
    def restricted(self) -> bool:
        """Return whether there may be conversations that it does not see."""
        return self.sees.is_restricted

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
        return mine, self.rights, self.sees_inbox, frozenset(self.open.intersection(changed))

    def end(self, code: int, text: str = "") -> None:
        """Close the connection with a code, after a last frame."""
        self.ended = code
        if text:
            self.outbox.replace(text)
        self.outbox.close()
