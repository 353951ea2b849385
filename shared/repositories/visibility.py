"""The conversations that a member may see: one rule for lists, single reads, search, media and live events."""

from dataclasses import dataclass

from shared.storage.mongo import Document


@dataclass(frozen=True, slots=True)
class Visibility:
    """The conversations that a member may see. member: as in `Conversation.assigned_to`. only_own_and_unassigned: not
    those that others have.

    channels: those that the member works on; empty: all.
    """

    member: str = ""
    only_own_and_unassigned: bool = False
    channels: frozenset[str] = frozenset()

    def allows(self, channel: str, assigned_to: str) -> bool:
        """Return whether a conversation of the channel that is assigned so (empty: to nobody) may be seen."""
        if self.channels and channel not in self.channels:
            return False
        return not self.only_own_and_unassigned or assigned_to in ("", self.member)

    @property
    def is_restricted(self) -> bool:
        """Return whether there may be conversations that the member must not see."""
        return self.only_own_and_unassigned or bool(self.channels)

    def conditions(self) -> list[Document]:
        """Return the same rule as conditions of a query on conversations."""
        conditions: list[Document] = []
        if self.channels:
            conditions.append({"state.channel": {"$in": sorted(self.channels)}})
        if self.only_own_and_unassigned:
            conditions.append({"state.assigned_to": {"$in": sorted({"", self.member})}})
        return conditions


EVERYTHING = Visibility()
"""Of callers without restrictions."""
