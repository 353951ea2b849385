"""The one rule of which conversations a member or key may see, for reads and for live events."""

from collections.abc import Collection
from typing import Protocol

ALL = "all"
OWN_AND_UNASSIGNED = "own_and_unassigned"


class Viewer(Protocol):
    """A caller, as far as the rule needs it. sees: `all` or `own_and_unassigned`. channels: empty for all."""

    @property
    def id(self) -> str: ...

    @property
    def sees(self) -> str: ...

    @property
    def channels(self) -> Collection[str]: ...


def is_restricted(viewer: Viewer) -> bool:
    """Return whether there may be conversations that the caller does not see."""
    return viewer.sees != ALL or bool(viewer.channels)


def sees_channel(viewer: Viewer, channel: str) -> bool:
    """Return whether the caller sees the channel."""
    return not viewer.channels or channel in viewer.channels


def sees_conversation(viewer: Viewer, *, channel: str, assigned_to: str) -> bool:
    """Return whether the caller sees a conversation of this channel and agent. assigned_to: empty: nobody's."""
    return sees_channel(viewer, channel) and (viewer.sees == ALL or assigned_to in ("", viewer.id))
