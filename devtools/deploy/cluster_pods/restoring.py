"""A rehearsed restore: a backup by the CronJob's own Job, restored into another database that the services then use."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pymongo import MongoClient

from devtools.deploy.check_result import CheckFailed
from devtools.deploy.cluster.guide import run_block
from devtools.deploy.cluster_pods import production
from devtools.deploy.cluster_pods.cluster import Cluster
from devtools.deploy.cluster_pods.first_message import FirstMessage

# Texts that the blocks of docs/deploy.md have, in the order in which they are run.
BACK_UP, STOP, RESTORE, START = (
    "--from=cronjob/backup",
    "paused-replicas=0",
    'parley restore "$FILE"',
    "paused-replicas-\n",
)
OLD, NEW = "parley", "parley2"
_WORKSPACE = "acme"
_COLLECTIONS = ("messages", "outbound", "conversations", "customers")


class Restore:
    """One restore by the commands of docs/deploy.md. folder: that of the manifests. Each step raises CheckFailed."""

    def __init__(self, cluster: Cluster, message: FirstMessage, folder: Path) -> None:
        self._cluster = cluster
        self._message = message
        self._folder = folder

    def steps(self) -> Iterator[str]:
        """Yield the result of each step."""
        customer = self._message.new_customer()
        _, first = self._message.ask(customer)
        with MongoClient[dict[str, Any]](self._cluster.stores.mongodb_uri, serverSelectionTimeoutMS=10_000) as client:
            before = {name: _ids(client, OLD, name) for name in _COLLECTIONS}
            self._run(BACK_UP)
            yield f"a Job of the CronJob backup wrote {len(before['messages'])} messages to a volume"
            began = time.monotonic()
            self._run(STOP)
            self._run(RESTORE)
            production.add_settings(self._folder, {"MONGODB_DATABASE": NEW})
            self._run(START)
            self._check_history(client, before)
            self._check_trace(first)
            seconds, second = self._message.ask(customer)
            self._check_conversation(client, first, second)
        yield (
            f"restored into another database, {time.monotonic() - began:.0f} s without services: "
            f"the history is there, the customer's next message was answered after {seconds:.1f} s"
        )

    def _run(self, marker: str) -> str:
        return run_block(marker, self._folder, self._cluster.plane.environment)

    def _check_history(self, client: MongoClient[dict[str, Any]], before: dict[str, set[object]]) -> None:
        for name, ids in before.items():
            if lost := ids - _ids(client, NEW, name):
                raise CheckFailed(f"{NEW} lacks {len(lost)} of {len(ids)} {name} of the backup")

    def _check_trace(self, message: str) -> None:
        """Check that `parley` commands find the message from before: the tools pod uses the new database too."""
        tools = ("-n", "parley", "exec", "deploy/tools", "--")
        traced = self._cluster.plane.kubectl(*tools, "parley", "trace", f"{_WORKSPACE}:meta:{message}")
        if message not in traced:
            raise CheckFailed(f"`parley trace` does not show the message from before: {traced[-500:]}")

    def _check_conversation(self, client: MongoClient[dict[str, Any]], *provider_ids: str) -> None:
        """Check that the new message has joined the restored conversation, in the new database alone."""
        ids = [f"{_WORKSPACE}:meta:{one}" for one in provider_ids]
        found = list(client[NEW]["messages"].find({"_id": {"$in": ids}}, {"conversation_id": 1}))
        if len(found) != len(ids) or len({one["conversation_id"] for one in found}) != 1:
            raise CheckFailed(f"{NEW} does not have both messages in one conversation: {found}")
        if client[OLD]["messages"].count_documents({"_id": ids[-1]}):
            raise CheckFailed(f"a service still writes to {OLD}")


def _ids(client: MongoClient[dict[str, Any]], database: str, collection: str) -> set[object]:
    return {one["_id"] for one in client[database][collection].find({}, {"_id": 1}, batch_size=5000)}
