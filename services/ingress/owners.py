"""Looks up the channels and workspaces of all items of a webhook together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.ingress.items import WebhookSource
from shared.messages.inbound import Sender
from shared.providers.port import Channel, Parsed, ParsedEvent, ParsedMessage, ParsedStatus, recipient_key
from shared.repositories.directory import Directory


@dataclass(frozen=True, slots=True)
class Owners:
    """The channels of the recipients and accounts in a webhook, by `recipient_key`."""

    source: WebhookSource
    channels: Mapping[str, Channel | None]
    accounts: Mapping[str, tuple[Channel, ...]]

    @classmethod
    async def of(cls, directory: Directory, source: WebhookSource, items: Sequence[Parsed]) -> "Owners":
        """Look up the recipients and accounts of the items. Raises DependencyAway."""
        recipients = {recipient_key(source.provider, item.recipient) for item in items if item.recipient is not None}
        accounts = {recipient_key(source.provider, item.account) for item in items if isinstance(item, ParsedEvent)}
        return cls(
            source,
            await directory.by_recipients(sorted(recipients)),
            await directory.by_accounts(sorted(accounts)) if accounts else {},
        )

    def channel(self, recipient: str | None) -> Channel | None:
        """Return the channel of a recipient; None: unknown, or not of the workspace whose secret signed the webhook."""
        if recipient is None:
            return None
        channel = self.channels[recipient_key(self.source.provider, recipient)]
        return channel if channel is not None and self._allowed(channel) else None

    def allowed(self) -> list[Channel]:
        """Return the channels of all recipients, without those of other workspaces than the one that signed."""
        return [channel for channel in self.channels.values() if channel is not None and self._allowed(channel)]

    def workspaces(self, account: str) -> list[str]:
        """Return the workspaces of an account; only the one whose secret signed the webhook, if one did."""
        channels = self.accounts[recipient_key(self.source.provider, account)]
        return sorted({channel.workspace for channel in channels if self._allowed(channel)})

    def of_item(self, item: Parsed) -> list[str]:
        """Return the workspaces of an item; empty: no workspace owns its number or account."""
        if isinstance(item, ParsedEvent):
            return self.workspaces(item.account)
        channel = self.channel(item.recipient)
        return [channel.workspace] if channel else []

    def people(self, items: Sequence[Parsed]) -> list[tuple[str, Sender]]:
        """Return the senders of messages and the recipients of statuses, on known channels, each with the workspace."""
        return [
            (channel.workspace, person)
            for item in items
            if (person := _person(item)) is not None and (channel := self.channel(item.recipient))
        ]

    def _allowed(self, channel: Channel) -> bool:
        return self.source.only in (None, channel.workspace)


def _person(item: Parsed) -> Sender | None:
    """Return the customer of a message or status."""
    if isinstance(item, ParsedMessage):
        return item.sender
    return item.customer if isinstance(item, ParsedStatus) else None
