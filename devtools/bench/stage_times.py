"""Compute the time that messages took from stage to stage, from the times that the services store."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pymongo import MongoClient


def stage_durations(
    env: Mapping[str, str], workspaces: Sequence[str], first: float, last: float
) -> dict[str, list[float]]:
    """Return seconds per stage of the messages that ingress received between two times (seconds since the epoch)."""
    within = {"$gte": datetime.fromtimestamp(first, UTC), "$lte": datetime.fromtimestamp(last, UTC)}
    with MongoClient[dict[str, Any]](env["MONGODB_URI"], tz_aware=True) as client:
        database = client[env["MONGODB_DATABASE"]]
        inbound = list(
            database["messages"].find(
                {"workspace": {"$in": list(workspaces)}, "received_at": within},
                {"correlation_id": 1, "received_at": 1, "routed_at": 1},
            )
        )
        outbound = {
            document["correlation_id"]: document
            for document in database["outbound"].find(
                {"correlation_id": {"$in": [message["correlation_id"] for message in inbound]}},
                {"correlation_id": 1, "first_claimed_at": 1, "attempts": 1},
            )
        }
    pairs = [
        (message, outbound[message["correlation_id"]]) for message in inbound if message["correlation_id"] in outbound
    ]
    return {
        "ingress received to router stored": [_between(m["received_at"], m["routed_at"]) for m, _ in pairs],
        "router stored to delivery claimed": [_between(m["routed_at"], s["first_claimed_at"]) for m, s in pairs],
        "delivery claimed to provider accepted": [
            _between(s["first_claimed_at"], s["attempts"][0]["at"]) for _, s in pairs if s["attempts"]
        ],
    }


def _between(begin: datetime, end: datetime) -> float:
    return (end - begin).total_seconds()
