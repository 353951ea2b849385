"""Measure the storage that messages use in MongoDB and Kafka."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pymongo import MongoClient

_MB = 1024 * 1024


def storage_mb(env: Mapping[str, str], folder: Path) -> dict[str, float]:
    """Return the MB used now, by kind of storage. env: of the stack. folder: its data directory."""
    with MongoClient[dict[str, Any]](env["MONGODB_URI"]) as client:
        stats = client[env["MONGODB_DATABASE"]].command("dbStats")
    segments = sum(file.stat().st_size for file in folder.rglob("0*.log"))
    return {
        "MongoDB, documents": stats["dataSize"] / _MB,
        "MongoDB, documents compressed": stats["storageSize"] / _MB,
        "MongoDB, indexes": stats["indexSize"] / _MB,
        "Kafka, one replica": segments / _MB,
    }
