"""Imports the customers of an uploaded file as a job: checks all lines first, then writes, window by window.

After each window its end is stored, and another process goes on from there. A window that is done twice changes nothing
(`shared.operations.customers.importer`); its customers then count as unchanged. Rows of one customer in different
windows are applied one after the other.
"""

import asyncio
import io
from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from shared.domain.jobs import JobState
from shared.operations.customers.importer import ImportResult, parse_lines, write_customers
from shared.operations.customers.rejects import rejects_header, rejects_lines
from shared.operations.jobs.claimed import ClaimedJob, JobFailed
from shared.operations.jobs.file_windows import FileWindow, FileWindows
from shared.operations.jobs.import_preview import preview_of
from shared.repositories.customer_merges import CustomerMerges
from shared.repositories.customers import Customers
from shared.repositories.job_files import PART
from shared.repositories.tombstones import Tombstones
from shared.storage.mongo import Mongo
from shared.workspace.config import Workspace

PREVIEW = "preview"
_REFUSED_BY_CHECK, _REFUSED = "refused-check", "refused"
_OVERLAP = timedelta(hours=1)  # tombstones are read again, because other machines' clocks may be behind
_PARTS_OF_WINDOW = 1000  # numbers of a window's parts: all of them are behind those of the window before


class CustomerImport:
    """One run of an import."""

    def __init__(self, mongo: Mongo, workspace: Workspace, claimed: ClaimedJob) -> None:
        self._claimed = claimed
        self._workspace = workspace
        self._name = workspace.workspace
        self._customers = Customers(mongo, self._name)
        self._merges = CustomerMerges(mongo, self._name)
        self._erased = Tombstones(mongo, self._name)
        self._tombstones: dict[str, datetime] = {}

    async def run(self) -> None:
        """Do the rest of the import. Raises JobFailed, HeaderInvalid, LeaseLost, DependencyAway."""
        claimed = self._claimed
        stream = await self._upload()
        self._tombstones = await self._erased.after(None)
        if not claimed.job.checked:
            await self._each_window(stream, dry_run=True)
            await claimed.confirm(checked=True, position=0, refused=_named(_REFUSED_BY_CHECK, claimed.job.expected))
        if not claimed.job.write:
            await claimed.finish(JobState.CHECKED)
            return
        await self._each_window(stream, dry_run=False)
        if await claimed.files.has(claimed.job.id, claimed.job.upload):
            await claimed.finish(refused=_named(_REFUSED, claimed.job.counts))
            await claimed.files.remove(claimed.job.id, claimed.job.upload)
        else:  # somebody was erased meanwhile, whom the refused lines may name
            await claimed.files.remove(claimed.job.id)
            await claimed.finish(refused="")

    async def _upload(self) -> io.BytesIO:
        """Return the uploaded file; it is in memory once."""
        job, stream = self._claimed.job, io.BytesIO()
        async for part in self._claimed.files.read(job.id, job.upload):
            stream.write(part)
        if stream.tell() != job.size:
            raise JobFailed(
                "its file is not there any more: it was kept too long, or somebody was erased; upload it again"
            )
        return stream

    async def _each_window(self, stream: io.BytesIO, *, dry_run: bool) -> None:
        windows = await asyncio.to_thread(FileWindows, stream, self._claimed.job.position)
        if not self._claimed.job.position:
            await self._claimed.put(_refused_file(dry_run=dry_run), 0, rejects_header(windows.header))
        while window := await asyncio.to_thread(windows.next):
            await self._window(windows.header, window, dry_run=dry_run)

    async def _window(self, header: list[str], window: FileWindow, *, dry_run: bool) -> None:
        latest = max(self._tombstones.values(), default=None)
        self._tombstones |= await self._erased.after(latest - _OVERLAP if latest else None)
        found = await asyncio.to_thread(
            parse_lines, header, window.lines, self._name, self._workspace.region, self._tombstones
        )
        at = self._claimed.job.queued_at
        result = await write_customers(
            self._customers, self._name, found, at, dry_run=dry_run, merges=None if dry_run else self._merges
        )
        if dry_run and not window.start:
            reasons = {line.number: line.reason for line in result.rejects}
            preview = preview_of(header, window.lines, reasons)
            await self._claimed.put(PREVIEW, 0, msgspec.json.encode(preview))
        await self._put_refused(window, result, dry_run=dry_run)
        job = self._claimed.job
        counts = _added(job.expected if dry_run else job.counts, window, result)
        await self._claimed.confirm(position=window.end, **{"expected" if dry_run else "counts": counts})

    async def _put_refused(self, window: FileWindow, result: ImportResult, *, dry_run: bool) -> None:
        data = await asyncio.to_thread(lambda: b"".join(rejects_lines(result.rejects)))
        for number, start in enumerate(range(0, len(data), PART)):
            place = window.end * _PARTS_OF_WINDOW + number
            await self._claimed.put(_refused_file(dry_run=dry_run), place, data[start : start + PART])


def _refused_file(*, dry_run: bool) -> str:
    return _REFUSED_BY_CHECK if dry_run else _REFUSED


def _named(file: str, counts: Mapping[str, int]) -> str:
    """Return the name of the file of refused lines; empty without any."""
    return file if counts.get("refused") else ""


def _added(counts: Mapping[str, int], window: FileWindow, result: ImportResult) -> dict[str, int]:
    new = {
        "rows": len(window.lines),
        "created": result.created,
        "changed": result.changed,
        "unchanged": result.unchanged,
        "refused": len(result.rejects),
    }
    return {name: counts.get(name, 0) + count for name, count in new.items()}
