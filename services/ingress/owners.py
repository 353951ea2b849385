"""Channels and workspaces that a webhook's items belong to, looked up together beforehand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.ingress.dead_letters import WebhookSource
from shared.messages.inbound import Sender
from shared.providers.port import Channel, Parsed, ParsedEvent, ParsedMessage, ParsedStatus, recipient_key
from shared.repositories.directory import Directory


@dataclass(frozen=True, slots=True)
class Owners:
    """The channels of the recipients and accounts that a webhook names, by their keys."""

    source: WebhookSource
    channels: Mapping[str, Channel | None]
    accounts: Mapping[str, tuple[Channel, ...]]

    @classmethod
    async def of(cls, directory: Directory, source: WebhookSource, items: Sequence[Parsed]) -> "Owners":
        """Look up what the items name. Raises DependencyAway."""
        recipients = {recipient_key(source.provider, item.recipient) for item in items if item.recipient is not None}
        accounts = {recipient_key(source.provider, item.account) for item in items if isinstance(item, ParsedEvent)}
        return cls(
            source,
            await directory.by_recipients(sorted(recipients)),
            await directory.by_accounts(sorted(accounts)) if accounts else {},
        )

    def channel(self, recipient: str | None) -> Channel | None:
        """The channel of a recipient; None: unknown, or not of the workspace whose secret signed the webhook."""
        if recipient is None:
            return None
        channel = self.channels[recipient_key(self.source.provider, recipient)]
        return channel if channel is not None and self._vouched(channel) else None

    def workspaces(self, account: str) -> list[str]:
        """The workspaces of an account, as far as they are vouched for."""
        channels = self.accounts[recipient_key(self.source.provider, account)]
        return sorted({channel.workspace for channel in channels if self._vouched(channel)})

    def of_item(self, item: Parsed) -> list[str]:
        """The workspaces that an item is for; empty: nobody's."""
        if isinstance(item, ParsedEvent):
            return self.workspaces(item.account)
        channel = self.channel(item.recipient)
        return [channel.workspace] if channel else []

    def people(self, items: Sequence[Parsed]) -> list[tuple[str, Sender]]:
        """Senders of messages and recipients of statuses on known channels, each with the workspace."""
        return [
            (channel.workspace, person)
            for item in items
            if (person := _person(item)) is not None and (channel := self.channel(item.recipient))
        ]

    def _vouched(self, channel: Channel) -> bool:
        return self.source.only in (None, channel.workspace)


def _person(item: Parsed) -> Sender | None:
    """The customer that an item is about."""
    if isinstance(item, ParsedMessage):
        return item.sender
    return item.customer if isinstance(item, ParsedStatus) else None
