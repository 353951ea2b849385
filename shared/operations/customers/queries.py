"""Lists, finds and counts the customers of one workspace."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.operations.errors import NotFound
from shared.repositories.customers import Customers
from shared.workspace.config import Segment, Workspace


class CustomerNotFound(NotFound):
    """Raised when no customer, or several, are found by a text."""


@dataclass(frozen=True, slots=True)
class CustomerList:
    """A list of customers. total: all customers that the list was made of, also those beyond its limit."""

    customers: list[dict[str, Any]]
    total: int


@dataclass(frozen=True, slots=True)
class SegmentSize:
    """A segment and its size. customers: their number now."""

    segment: Segment
    customers: int


@dataclass(frozen=True, slots=True)
class CustomerQueries:
    """Finds and lists the customers of a workspace. now: the time for which segments are evaluated. Customers are plain
    values (`customer_view`).

    All methods raise DependencyAway.
    """

    customers: Customers
    workspace: Workspace
    now: datetime

    def segment(self, name: str) -> Segment | None:
        """Return the segment of that name; None for an empty name. Raises NotFound."""
        if not name:
            return None
        for one in self.workspace.segments:
            if one.name == name:
                return one
        there = ", ".join(one.name for one in self.workspace.segments) or "none"
        raise NotFound(f"{self.workspace.workspace} has no segment {name!r}; there are: {there}")

    async def page(self, segment_name: str, limit: int) -> CustomerList:
        """Return the customers of a segment; for an empty name those who wrote last. Raises NotFound."""
        segment = self.segment(segment_name)
        total = await self.customers.count(segment, self.now)
        if segment is None:
            return CustomerList(await self.customers.recent(limit), total)
        return CustomerList((await self.customers.page(segment, self.now, limit=limit))[0], total)

    async def find(self, text: str, limit: int) -> list[dict[str, Any]]:
        """Return the customers found by a phone number, #tag, @username, user id or the beginning of a name."""
        return await self.customers.find(text, region=self.workspace.region, limit=limit)

    async def get(self, reference: str) -> dict[str, Any]:
        """Return the customer with that id, or the only one that is found by the text. Raises CustomerNotFound."""
        if (found := await self.customers.get(reference)) is not None:
            return found
        matches = await self.find(reference, limit=2)
        if len(matches) != 1:
            count = "several customers are" if matches else "nobody is"
            raise CustomerNotFound(f"{count} found by that")
        return matches[0]

    async def segments(self) -> list[SegmentSize]:
        """Return the segments of the workspace with their sizes."""
        return [SegmentSize(one, await self.customers.count(one, self.now)) for one in self.workspace.segments]
