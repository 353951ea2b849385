"""Writes the customers of a segment as a file, a customer at a time: a CSV file or lines of JSON."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from shared.operations.customers.export import crm_record, csv_header, csv_line, csv_row, export_columns, json_line
from shared.repositories.customers import Customers
from shared.workspace.config import Segment

_BATCH = 100  # customers whose lines are made at once, in a thread: their texts may be long
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # without it, Excel does not read UTF-8


class ExportFormat(StrEnum):
    CSV = "csv"
    JSONL = "jsonl"


class CustomerExport:
    """One export. segment: None: all customers. count: how many have been written so far."""

    def __init__(self, customers: Customers, segment: Segment | None, now: datetime, form: ExportFormat) -> None:
        self._customers = customers
        self._segment = segment
        self._now = now
        self._form = form
        self.count = 0

    def chunks(self) -> AsyncIterator[bytes]:
        """Return the bytes of the file, in pieces. Raises DependencyAway."""
        return self._csv() if self._form is ExportFormat.CSV else self._jsonl()

    async def _jsonl(self) -> AsyncIterator[bytes]:
        async for customer in self._customers.stream(self._segment, self._now):
            self.count += 1
            yield json_line(crm_record(customer))

    async def _csv(self) -> AsyncIterator[bytes]:
        columns = await self._columns()
        yield _BYTE_ORDER_MARK + csv_line(csv_header(columns))
        batch: list[Mapping[str, Any]] = []
        async for customer in self._customers.stream(self._segment, self._now):
            batch.append(customer)
            if len(batch) == _BATCH:
                yield await self._lines(batch, columns)
                batch = []
        if batch:
            yield await self._lines(batch, columns)

    async def _lines(self, customers: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> bytes:
        """Return the lines of these customers, and count them."""
        lines = await asyncio.to_thread(_csv_lines, customers, columns)
        self.count += len(customers)
        return lines

    async def _columns(self) -> list[str]:
        """Return all columns: the customers are read once before, because a CSV file begins with its header."""
        names: set[str] = set()
        async for customer in self._customers.stream(self._segment, self._now):
            names |= customer["fields"].keys()
        return export_columns(names)


def _csv_lines(customers: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> bytes:
    return b"".join(csv_line(csv_row(crm_record(customer), columns)) for customer in customers)
