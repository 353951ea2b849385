"""Has ingress read and accept its dead letters again, for `parley dlq replay`."""

from dataclasses import dataclass

from services.ingress.accept import Acceptor
from services.ingress.dead_letters import reread, vouched_by
from services.ingress.items import WebhookSource
from services.ingress.owners import Owners
from shared.clock import Clock, FixedClock
from shared.kafka.ports import Producer
from shared.messages.dead_letters import DeadLetter
from shared.messages.inbound import Provider
from shared.operations.dead_letters.replayer import TIMEOUT, ReplayRefused
from shared.providers.port import MalformedItem, Parsed, ParsedEvent
from shared.repositories.directory import Directory
from shared.repositories.identity_cache import IdentityCache
from shared.storage.mongo import Mongo


@dataclass(frozen=True, slots=True)
class ReadWebhook:
    """Implements `PreparedWebhook`."""

    acceptor: Acceptor
    source: WebhookSource
    items: list[Parsed]
    total: int
    left_out: int

    async def accept(self) -> None:
        """Have ingress accept the items. Raises DependencyAway."""
        source = self.source
        await self.acceptor.accept(source.provider, self.items, timeout=TIMEOUT, path=source.path, only=source.only)


@dataclass(frozen=True, slots=True)
class IngressReplay:
    """Implements `WebhookReplay` with ingress's own code."""

    mongo: Mongo
    directory: Directory
    producer: Producer
    clock: Clock

    async def prepare(self, dead_letter: DeadLetter) -> ReadWebhook:
        """Read the items of a dead letter. Raises ReplayRefused when none could be accepted, DependencyAway.

        Their records have the time at which ingress first received them: what an operator replays after weeks is not
        taken for an old webhook that somebody has captured, and does not open the 24-hour window again.
        """
        provider, items = self._read(dead_letter)
        source = WebhookSource(provider, dead_letter.origin.path or "", vouched_by(dead_letter))
        left_out = await self._count_left_out(source, items)
        arrived = FixedClock(dead_letter.created_at)
        acceptor = Acceptor(self.directory, IdentityCache(self.mongo, self.clock), self.producer, arrived)
        return ReadWebhook(acceptor, source, items, len(items), left_out)

    def _read(self, dead_letter: DeadLetter) -> tuple[Provider, list[Parsed]]:
        try:
            provider, items = reread(dead_letter, dead_letter.created_at)
        except (ValueError, KeyError) as error:
            raise ReplayRefused(f"cannot be parsed: {error}") from None
        if not items:
            raise ReplayRefused("has no item that could be parsed")
        broken = [item for item in items if isinstance(item, MalformedItem)]
        if len(broken) == len(items):
            raise ReplayRefused(f"is still malformed: {broken[0].reason}")
        return provider, items

    async def _count_left_out(self, source: WebhookSource, items: list[Parsed]) -> int:
        """Return how many of the items cannot be accepted yet.

        Raises ReplayRefused when these are all items: a replay would only make the same dead letter again.
        """
        owners = await Owners.of(self.directory, source, items)
        readable = [item for item in items if not isinstance(item, MalformedItem)]
        unknown = [item for item in readable if not owners.of_item(item)]
        if len(unknown) == len(readable):
            first = unknown[0]
            who = f"workspace {source.only} does not own" if source.only else "still no workspace owns"
            number = first.account if isinstance(first, ParsedEvent) else first.recipient
            raise ReplayRefused(f"{who} {source.provider} {number}: apply one that does, then replay")
        return len(items) - len(readable) + len(unknown)
