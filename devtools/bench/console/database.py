"""A MongoDB server of its own for the console's measurements; its data is kept, because seeding takes minutes."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from devtools.bench.errors import BenchFailed
from devtools.stack.mongodb import MongoDB
from devtools.stack.ports import Ports
from devtools.stack.statedir import StateDir

DATABASE = "bench_console"
FREE_GB = 12  # what a full seeding needs at most, with its journal and indexes


@contextlib.contextmanager
def kept_database(folder: Path, *, fresh: bool = False) -> Iterator[MongoDB]:
    """Yield a running server with the data in `folder`. fresh: without the data of earlier runs."""
    state = StateDir(folder)
    state.open(fresh=fresh)
    ports = Ports(state.ports)
    try:
        server = MongoDB(
            data=state.data / "mongodb",
            port=ports.get("mongodb"),
            log=state.logs / "mongodb.log",
            env=dict(os.environ),
            ttl_monitor=False,
        )
        server.start()
        try:
            server.wait_ready()
            yield server
        finally:
            server.stop(60.0)
    finally:
        ports.close()
        state.close()


def check_space(folder: Path) -> None:
    """Raise BenchFailed if the disk has too little space for a full seeding."""
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free / 2**30
    if free < FREE_GB:
        raise BenchFailed(f"{free:.0f} GB are free on the disk of {folder}; {FREE_GB} are needed")


def make_cold(server: MongoDB, folder: Path) -> None:
    """Restart the server and let the kernel forget its files, so that the next reads come from the disk."""
    server.stop(60.0)
    for file in (folder / "data" / "mongodb").rglob("*.wt"):
        with file.open("rb") as opened:
            os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    server.start()
    server.wait_ready()
