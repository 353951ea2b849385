"""Resolves senders to customers' keys, before any id is derived from these (`shared.domain.identities`)."""

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from shared.domain.identities import ResolvedCustomer, identities_of
from shared.domain.phone import canonical
from shared.messages.inbound import Sender
from shared.repositories.identity_cache import IdentityCache


@dataclass(frozen=True, slots=True)
class ResolvedSender:
    """A sender with the person's key as identity. joins, unresolved: see `InboundMessage`."""

    sender: Sender
    joins: tuple[str, ...] = ()
    unresolved: bool = False


class Senders:
    """Resolves senders; one per process. While MongoDB is unavailable, the router resolves them."""

    def __init__(self, identities: IdentityCache) -> None:
        self._identities = identities

    async def prefetch(self, people: Iterable[tuple[str, Sender]]) -> None:
        """Look up the senders that are not cached, in one round trip. people: with their workspaces."""
        wanted = [(workspace, identities_of(sender)) for workspace, sender in people]
        await self._identities.look_up(sender for sender in wanted if self._identities.cached(sender) is None)

    async def resolve(self, workspace: str, sender: Sender) -> ResolvedSender:
        """Return the sender with the customer's key; without a round trip if it is cached."""
        person = (workspace, identities_of(sender))
        found = self._identities.cached(person) or (await self._identities.look_up([person])).get(person)
        return _resolved(sender, found) if found else ResolvedSender(sender, unresolved=True)


def _resolved(sender: Sender, found: ResolvedCustomer) -> ResolvedSender:
    """Keep the number in the form in which it was used; the ids of all its forms are the same."""
    if canonical(sender.identity) == found.key:
        return ResolvedSender(sender, found.joins)
    return ResolvedSender(msgspec.structs.replace(sender, identity=found.key), found.joins)
