"""Sees to it that each message is handled in the one conversation that its sender has on the channel."""

from typing import TypeVar

import msgspec

from shared import ids
from shared.clock import Clock
from shared.identities import identities_of
from shared.messages.commands import FromProvider
from shared.messages.inbound import InboundMessage
from shared.phone import canonical
from shared.repositories.identities import Identities
from shared.repositories.mongo import Mongo

Report = TypeVar("Report", bound=FromProvider)


class People:
    """Of one router process. Raises DependencyAway."""

    def __init__(self, mongo: Mongo, clock: Clock) -> None:
        self._mongo = mongo
        self._clock = clock

    async def at_home(self, message: InboundMessage) -> InboundMessage:
        """The message with the person's key and conversation, also where ingress could not look."""
        if not message.unresolved:
            return message
        identities = Identities(self._mongo, message.workspace)
        (found,) = await identities.resolve([identities_of(message.sender)], message.created_at)
        return as_of(message, found.key, found.joins)

    async def reported(self, command: Report) -> Report:
        """A provider's report with the key and conversation of the customer that it is about."""
        if command.customer_id:  # it is about a message of ours, which knows
            return command
        identities = Identities(self._mongo, command.workspace)
        (found,) = await identities.resolve([(canonical(command.identity),)], command.created_at)
        return msgspec.structs.replace(
            command,
            identity=found.key,
            conversation_id=ids.conversation_id(command.workspace, command.channel, found.key),
        )


def as_of(message: InboundMessage, key: str, joins: tuple[str, ...] = ()) -> InboundMessage:
    """A message as one of the person with a key."""
    return msgspec.structs.replace(
        message,
        sender=msgspec.structs.replace(message.sender, identity=key),
        conversation_id=ids.conversation_id(message.workspace, message.channel, key),
        joins=joins,
        unresolved=False,
    )
