"""SIGKILL: whatever was not finished is read again, nothing is lost, and order holds over all lives.

PARLEY_KILL_SEEDS=20 makes more runs of the random one.
"""

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.kafka.brokers import Brokers
from shared.kafka.lag.reader import LagReader
from shared.kafka.producer import KafkaProducer
from shared.topics import TOPICS, Topic
from tests.runtime.conftest import ON_BOTH
from tests.runtime.harness import (
    Cluster,
    Look,
    create,
    load,
    make_topic,
    partition_of,
    request,
    send,
    until,
    workspaces,
)
from tests.runtime.processes import Account, gather_few

SEEDS = int(os.environ.get("PARLEY_KILL_SEEDS", "3"))


@pytest.fixture
def account(tmp_path: Path, cluster: Cluster, kind: str, topic: Topic, group: str) -> Iterator[Account]:
    made = Account(tmp_path / "account", cluster, kind, topic, group)
    yield made
    made.kill_all()


@ON_BOTH
@pytest.mark.parametrize("before", [0, 5], ids=["fresh-group", "group-with-commits"])
async def test_what_is_finished_behind_an_unfinished_record_is_not_done_again(
    cluster: Cluster, topic: Topic, group: str, producer: KafkaProducer, look: Look, account: Account, before: int
) -> None:
    """One record hangs while those behind it finish; killed then, the next process does only the hanging one."""
    (workspace,) = workspaces(1)
    first = [request(workspace, "first", turn) for turn in range(before)]
    stuck = request(workspace, "stuck", 0, "hold")
    later = load([workspace], conversations=20, turns=2)
    await send(producer, topic, [*first, stuck, *later])
    instance = "" if cluster.kind == "embedded" else "0"
    child = account.live(hold=True, instance=instance)
    await account.until_done([*first, *later], child)
    await until(
        lambda: _is_committed(look, group, topic, workspace, before, len(later)), "all but the hanging one is committed"
    )
    if cluster.kind != "embedded":
        assert await _lag(cluster, group, topic) == 1, "what is finished is no lag"
    child.kill()
    assert stuck.id not in account.done()

    child = account.live(instance=instance)
    await account.until_done([*first, stuck, *later], child)
    await until(lambda: look.all_committed(group, topic), "everything is committed")
    await account.end(child)
    done = account.done()
    assert all(done[message.id] == 1 for message in [*first, stuck, *later])
    account.check_order()


async def _lag(cluster: Cluster, group: str, topic: Topic) -> int:
    reader = await LagReader.connected(cluster.brokers)
    try:
        return sum(position.behind for position in await reader.read({group: [topic.name]}))
    finally:
        await reader.close()


async def _is_committed(look: Look, group: str, topic: Topic, workspace: str, offset: int, behind: int) -> bool:
    partition = partition_of(workspace)
    committed = (await look.committed(group, topic)).get(partition, 0)
    assert committed <= offset
    return committed == offset and (await look.finished_behind(group, topic)).get(partition) == behind


async def test_kills_at_random_moments_lose_no_record(
    real: Cluster, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over several lives every record is done, each conversation in its order."""
    producer = KafkaProducer(Brokers(real.bootstrap), "test")
    await producer.start()
    accounts: list[Account] = []
    try:

        async def one(seed: int) -> None:
            topic = make_topic()
            monkeypatch.setitem(TOPICS, topic.name, topic)
            await create(real, topic)
            account = Account(tmp_path / str(seed), real, kind, topic, f"group.{topic.name}")
            accounts.append(account)
            await _survive(random.Random(seed), account, topic, producer, Look(real.bootstrap))

        await gather_few(3, *(one(seed) for seed in range(SEEDS)))
    finally:
        for account in accounts:
            account.kill_all()
        await producer.stop()


async def _survive(rng: random.Random, account: Account, topic: Topic, producer: KafkaProducer, look: Look) -> None:
    messages = load(workspaces(3), conversations=10, turns=10)
    kills = rng.choice([1, 2])
    options = {"instance": rng.choice(["", "0"]), "window": rng.choice([5, 40, 200]), "session_timeout": 1.5}
    await send(producer, topic, messages)
    for life in range(kills):
        child = account.live(**options)
        goal = account.count("done") + rng.randrange(0, 100)
        await account.until_ready(life + 1)
        await until(lambda goal=goal: account.count("done") >= goal, "some are done")  # type: ignore[misc]
        child.kill()
    child = account.live(**options)
    await account.until_done(messages, child)
    await until(lambda: look.all_committed(f"group.{topic.name}", topic), "everything is committed")
    await account.end(child)
    account.check_order()


async def test_restarted_instance_gets_its_partitions_back_at_once(
    real: Cluster, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Static membership: long before the session of the killed process has timed out."""
    topic = make_topic()
    monkeypatch.setitem(TOPICS, topic.name, topic)
    await create(real, topic)
    account = Account(tmp_path / "account", real, kind, topic, f"group.{topic.name}")
    producer = KafkaProducer(Brokers(real.bootstrap), "test")
    await producer.start()
    try:
        messages = load(workspaces(4), conversations=2, turns=2)
        await send(producer, topic, messages[:8])
        child = account.live(instance="0", session_timeout=30)
        await account.until_done(messages[:8], child)
        child.kill()
        await send(producer, topic, messages[8:])
        child = account.live(instance="0", session_timeout=30)
        await account.until_done(messages, child, timeout=25)
        await account.end(child)
    finally:
        account.kill_all()
        await producer.stop()
