"""Signals between replicas of the console over Redis: never stored, and lost if nobody listens."""

from collections.abc import Callable
from typing import Literal

import msgspec

CHANNEL = "parley:presence:"
"""Begins the name of the channel of a workspace in Redis."""
VALID = 8.0
"""Seconds after which an activity that was not told again is over."""
REPEAT = 4.0
"""Seconds after which a replica tells what lasts again."""

Kind = Literal["viewing", "typing", "left", "asks", "seen", "flow-open", "flow-left", "flow-asks", "flow-draft"]


class Signal(msgspec.Struct, frozen=True, array_like=True):
    """A member's activity; or, with `asks` and `flow-asks`, that a replica wants to know all. conversation: of the
    kinds `flow-…` the flow's name. name: with `seen`, the turn. change: of `flow-draft`, the frame's data as JSON.
    """

    replica: str
    kind: Kind
    conversation: str
    member: str
    name: str
    change: str = ""


Tell = Callable[[str, Signal], None]
"""Sends a signal of a workspace to the other replicas."""


class Here:
    """A member who does something: until when, and when other replicas were told last."""

    __slots__ = ("name", "told_at", "until")

    def __init__(self, name: str) -> None:
        self.name = name
        self.until = self.told_at = float("-inf")
