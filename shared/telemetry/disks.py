"""Exports the free space of the stores' disks. An old value would look like a current one: what is not shown again is
taken back.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from shared.telemetry import metrics


@dataclass(frozen=True, slots=True)
class Disk:
    """A disk of a store. place: the server, and its directory where it may have several. free, total: bytes."""

    place: str
    free: int
    total: int


class DiskGauges:
    """The gauges of one store, in this process. store: `kafka` or `mongodb`."""

    def __init__(self, store: str) -> None:
        self._store = store
        self._places: set[str] = set()

    def show(self, disks: Iterable[Disk]) -> None:
        """Export these disks, and no others of this store."""
        shown = {disk.place: disk for disk in disks}
        for place in self._places - shown.keys():
            metrics.DISK_FREE.remove(self._store, place)
            metrics.DISK_TOTAL.remove(self._store, place)
        for place, disk in shown.items():
            metrics.DISK_FREE.labels(self._store, place).set(disk.free)
            metrics.DISK_TOTAL.labels(self._store, place).set(disk.total)
        self._places = set(shown)
