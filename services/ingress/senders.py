"""Finds the key of whoever wrote, before any id is derived from it (`shared.identities`)."""

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from shared.identities import Resolved, identities_of
from shared.messages.inbound import Sender
from shared.phone import canonical
from shared.repositories.known_identities import KnownIdentities


@dataclass(frozen=True, slots=True)
class Met:
    """A sender with the person's key as identity. joins, unresolved: see `InboundMessage`."""

    sender: Sender
    joins: tuple[str, ...] = ()
    unresolved: bool = False


class Senders:
    """Of one ingress process. Never raises because MongoDB is away: intake goes on, and the router looks later."""

    def __init__(self, identities: KnownIdentities) -> None:
        self._identities = identities

    async def meet(self, people: Iterable[tuple[str, Sender]]) -> None:
        """Ask about those who are not known here, in one go. people: with their workspaces."""
        wanted = [(workspace, identities_of(sender)) for workspace, sender in people]
        await self._identities.learn(who for who in wanted if self._identities.known(who) is None)

    async def who(self, workspace: str, sender: Sender) -> Met:
        """The sender as the customer that this person is; without a round trip where this process knows."""
        who = (workspace, identities_of(sender))
        found = self._identities.known(who) or (await self._identities.learn([who])).get(who)
        return _met(sender, found) if found else Met(sender, unresolved=True)


def _met(sender: Sender, found: Resolved) -> Met:
    """The number stays in the form in which it was used; the ids of all its forms are the same."""
    if canonical(sender.identity) == found.key:
        return Met(sender, found.joins)
    return Met(msgspec.structs.replace(sender, identity=found.key), found.joins)
