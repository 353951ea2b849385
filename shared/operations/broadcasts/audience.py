"""The audience of a broadcast, read once when it starts: a segment's customers become recipients, a page at a time."""

from collections.abc import Mapping
from typing import Any

from shared.clock import Clock
from shared.domain import ids
from shared.domain.broadcast import MOST_RECIPIENTS, Broadcast, Recipient, recipient_id
from shared.repositories.broadcast_recipients import BroadcastRecipients
from shared.repositories.broadcasts import Broadcasts
from shared.repositories.customers import Customers
from shared.repositories.workspaces import Workspaces
from shared.storage.mongo import Mongo
from shared.workspace.config import Segment

_PAGES = 20  # in one call, of 500 customers each


class AudienceUnusable(Exception):
    """Raised for an audience that cannot be used; the text says why, for people."""


class Audience:
    """Raises DependencyAway."""

    def __init__(self, mongo: Mongo, workspaces: Workspaces, clock: Clock) -> None:
        self._mongo = mongo
        self._workspaces = workspaces
        self._clock = clock

    async def freeze(self, broadcast: Broadcast) -> int | None:
        """Read on; return the number of recipients once all are stored, else None. A repeated call adds no duplicates.

        Raises AudienceUnusable.
        """
        recipients = BroadcastRecipients(self._mongo, broadcast.workspace)
        if broadcast.segment:
            segment = await self._segment(broadcast)
            if not await self._read_on(broadcast, segment, recipients):
                return None
        total = sum((await recipients.counts(broadcast.id)).values())
        if not total:
            raise AudienceUnusable("its audience is empty")
        if total > MOST_RECIPIENTS:
            raise AudienceUnusable(f"its audience has {total:,} people; {MOST_RECIPIENTS:,} are the most")
        return total

    async def _read_on(self, broadcast: Broadcast, segment: Segment, recipients: BroadcastRecipients) -> bool:
        """Return whether the segment has been read to its end."""
        customers = Customers(self._mongo, broadcast.workspace)
        broadcasts, after = Broadcasts(self._mongo, broadcast.workspace), broadcast.cursor
        for _ in range(_PAGES):
            found, after = await customers.page(segment, self._clock.now(), after=after)
            await recipients.add(broadcast.id, [recipient_from_customer(broadcast.id, customer) for customer in found])
            if not after:
                return True
            await broadcasts.read_up_to(broadcast.id, after)
        return False

    async def _segment(self, broadcast: Broadcast) -> Segment:
        workspace = await self._workspaces.current(broadcast.workspace)
        for segment in workspace.segments if workspace else ():
            if segment.name == broadcast.segment:
                return segment
        raise AudienceUnusable(f"there is no segment {broadcast.segment} (or no longer)")


def recipient_from_customer(broadcast: str, customer: Mapping[str, Any]) -> Recipient:
    """Return a customer (`customer_view`) as a recipient."""
    identity = customer["phone"] or next(iter(customer["identities"]), "") or f"bsuid:{customer['bsuid']}"
    return Recipient(id=recipient_id(broadcast, customer["id"]), customer_id=customer["id"], identity=identity)


def recipient_from_file(
    broadcast: str, workspace: str, identity: str, known_as: str, name: str, fields: dict[str, str]
) -> Recipient:
    """Return a row of a file as a recipient. known_as: the id of the customer with that identity, if there is one."""
    customer_id = known_as or ids.customer_id(workspace, identity)
    return Recipient(
        id=recipient_id(broadcast, customer_id),
        customer_id=customer_id,
        identity=identity,
        name=name,
        fields=fields,
    )
