"""The recorder counts what MongoDB's profiler and Redis count."""

import os
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.database import Database

from devtools.bench.round_trips import MONGODB, REDIS, RoundTrip, RoundTripFiles
from devtools.stack.services import PROJECT, module_command
from shared.storage.redis import Redis
from tests.bench.recorded_program import NAME
from tests.conftest import Infra

pytestmark = pytest.mark.stack

_DATABASE = "recorded"


@pytest.fixture
def profiled(infra: Infra) -> Iterator[Database[dict[str, Any]]]:
    """A database whose every command MongoDB records."""
    with MongoClient[dict[str, Any]](infra.mongodb) as client:
        client.drop_database(_DATABASE)
        client[_DATABASE].command("profile", 2)
        yield client[_DATABASE]
        client[_DATABASE].command("profile", 0)
        client.drop_database(_DATABASE)


def record(infra: Infra, file: Path) -> list[RoundTrip]:
    command = module_command("devtools.bench.round_trip_recorder", str(file), "tests.bench.recorded_program")
    stores = {"MONGODB_URI": infra.mongodb, "MONGODB_DATABASE": _DATABASE, "REDIS_URL": infra.redis}
    subprocess.run(command, env={**os.environ, **stores}, cwd=PROJECT, check=True, timeout=60)
    return RoundTripFiles({"program": file}).read()


async def redis_calls(redis: Redis) -> Counter[str]:
    stats = await redis._driver.info("commandstats")
    return Counter({name.removeprefix("cmdstat_").upper(): one["calls"] for name, one in stats.items()})


async def test_recorder_counts_what_the_servers_count(
    infra: Infra, redis: Redis, profiled: Database[dict[str, Any]], tmp_path: Path
) -> None:
    before = await redis_calls(redis)
    trips = record(infra, tmp_path / "trips.jsonl")
    after = await redis_calls(redis)

    of_collections = [trip.what.split()[1] for trip in trips if trip.to == MONGODB and trip.what != "endSessions"]
    entries = profiled["system.profile"].find({"appName": NAME})
    assert Counter(of_collections) == Counter(entry["ns"].removeprefix(f"{_DATABASE}.") for entry in entries)
    assert Counter(of_collections) == {"things": 7, "others": 4}

    sent = Counter(item.split()[0] for trip in trips if trip.to == REDIS for item in trip.items)
    assert sent == {"SET": 1, "GET": 2, "script": 2, "DEL": 1}, "a script is sent again when Redis does not know it"
    of_script = Counter(SET=1, GET=1)
    assert {name: after[name] - before[name] for name in ("SET", "GET", "DEL")} == {
        name: sent[name] + of_script[name] for name in ("SET", "GET", "DEL")
    }
    assert [trip.what for trip in trips if trip.to == REDIS][-1] == "pipeline (DEL thing, GET thing)"
