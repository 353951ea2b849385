"""An operator's year on a running stack, by the commands that docs/operations.md prints, while customers write.

Steps that take minutes, a disk or an older version run by `make operators-year`.
"""

import ast
import asyncio
import base64
import re
import secrets
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pymongo
import pytest
import yaml
from aiokafka.partitioner import DefaultPartitioner

from devtools.stack.supervisor import Stack
from shared.storage.mongo import Mongo
from tests.e2e.shop import FAQS, Shop, phone, serial_numbers
from tests.e2e.waiting import in_thread, until
from tests.e2e.world import World
from tests.operations.documented import Operator, words_of
from tests.operations.load import ANSWER, PATIENCE, QUESTION, a_customer_writes, answered_once, customers_writing
from tests.operations.year_record import PAGE, page, read_record

pytestmark = pytest.mark.timeout(600)
SERVICES = ("ingress", "router", "ai", "delivery")


async def _ask(world: World, shop: Shop) -> str:
    ada = await a_customer_writes(world, shop)
    await answered_once(world, [ada])
    return ada


async def _restart(stack: Stack, *services: str, **env: str) -> None:
    """Restart services at the same time, with changed variables."""
    for service in services:
        server = stack.server(service)
        if "SECRETS_KEY" in server.env or "SECRETS_KEY" not in env:  # some get none
            server.env.update(env)
    await asyncio.gather(*(in_thread(stack.restart, service) for service in services))


def _change_environment(stack: Stack, **env: str) -> None:
    """Change the settings of `parley` commands too."""
    stack.env.update(env)
    file = Path(stack.info["env"])
    text = file.read_text()
    for name, value in env.items():
        text = re.sub(rf"^{name}=.*$", f"{name}='{value}'", text, flags=re.MULTILINE)
    file.write_text(text)


def partition_of(workspace: str, partitions: int) -> int:
    """Return the partition of a workspace's records."""
    everything = list(range(partitions))
    return int(DefaultPartitioner()(workspace.encode(), everything, everything))


async def _at_least(some: list[str], count: int) -> bool:
    return len(some) >= count


async def test_old_messages_are_archived_found_and_erased(world: World, operator: Operator, tmp_path: Path) -> None:
    shop = await world.shop()
    ada, bo = await _ask(world, shop), await _ask(world, shop)
    query = {"conversation_id": shop.meta_conversation(ada)}
    await until(lambda: _all_read(world, shop, query), "the answer is read")
    for name, field in (("messages", "received_at"), ("outbound", "created_at")):
        documents = world.stored(shop, name)
        for one in await documents.find(query):
            await documents.update({"_id": one["_id"]}, {"$set": {field: one[field] - timedelta(days=400)}})
    here: dict[str, object] = {"/archive": tmp_path / "archive"}

    async def archive(start: str, *, fails: bool = False) -> str:
        return (await operator.does(start, here, "-w", shop.workspace, fails=fails)).out

    assert "Nothing has been changed" in await archive("parley archive move --to /archive --older-than 365d")
    assert "moved" in await archive("parley archive move --to /archive --older-than 365d --yes")
    assert await world.stored(shop, "messages").find({"conversation_id": shop.meta_conversation(ada)}) == []
    assert await world.stored(shop, "messages").find({"conversation_id": shop.meta_conversation(bo)})
    here["+234 803 123 4567"] = f"+{ada}"
    assert ANSWER[:20] in await archive("parley archive find")
    await archive("parley customers erase")
    assert "no such messages" in await archive("parley archive find", fails=True)


async def _all_read(world: World, shop: Shop, query: dict[str, Any]) -> bool:
    found = await world.stored(shop, "outbound").find(query)
    return bool(found) and all(one["status"] == "read" for one in found)


async def test_keys_are_rotated_while_customers_write(world: World, stack: Stack, operator: Operator) -> None:
    shop = await world.shop()
    old = stack.env["SECRETS_KEY"]
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    both = f"k2:{key},{old}"
    async with customers_writing(world, shop):
        await _restart(stack, *SERVICES, SECRETS_KEY=both)  # step 1
        _change_environment(stack, SECRETS_KEY=both)
        await operator.does("parley rotate-secrets --check", fails=True)
        assert "encrypted with k2" in (await operator.does("parley rotate-secrets")).out  # step 2
        assert "No secret needs another key" in (await operator.does("parley rotate-secrets --check")).out  # step 3
        _change_environment(stack, SECRETS_KEY=f"k2:{key}")
        await _restart(stack, *SERVICES, SECRETS_KEY=f"k2:{key}")
    await _ask(world, shop)


@pytest.mark.usefixtures("on_demand")
async def test_topic_gets_more_partitions_and_all_are_read(world: World, stack: Stack, operator: Operator) -> None:
    shop = await world.shop()
    ada = await _ask(world, shop)
    await in_thread(stack.stop_one, "ingress")  # providers repeat their webhooks
    try:
        await until(lambda: _is_read(operator, "inbound.messages"), "everything is read")
        assert "12 partitions, now 16" in (await operator.does("parley topics resize inbound.messages")).out
        assert "16" in (await operator.does("parley topics check")).out
    finally:
        await in_thread(stack.restart, "ingress")
    customers = await asyncio.gather(*(a_customer_writes(world, shop) for _ in range(24)))  # of all partitions
    await answered_once(world, customers)
    await world.write(shop, ada, QUESTION)
    assert len(await world.answers(ada, 2, within=PATIENCE)) == 2


async def _is_read(operator: Operator, topic: str) -> bool:
    rows = (line.split() for line in (await operator.does("parley topics lag")).out.splitlines()[1:])
    return all(records == "0" for _, name, records, *_ in rows if name == topic)


async def test_dead_letters_are_replayed_once_the_fault_is_mended(world: World, operator: Operator) -> None:
    shop, ada = await world.shop(), phone()
    fault = await world.script("meta", {"kind": "error", "code": 131026}, times=None, to=ada, kind="message")
    await world.write(shop, ada, QUESTION)
    await world.dead_letters(f'"workspace":"{shop.workspace}"')
    await world.unscript(fault)
    assert "send_rejected" in (await operator.does("parley dlq summary")).out
    await operator.does("parley dlq replay")
    await answered_once(world, [ada])


async def test_renewed_token_is_applied_and_waiting_messages_go_out(
    world: World, operator: Operator, tmp_path: Path
) -> None:
    shop, ada = await world.shop(), phone()
    file = {"acme.yaml": _file(tmp_path, shop)}
    await operator.does("parley apply -f acme.yaml", file, "--allow-removal")
    renewed = await world.replace_token(shop, apply=False)
    await world.write(shop, ada, QUESTION)
    await until(lambda: _held(world, shop), "the message waits for a token")
    assert "stopped" in (await operator.does("parley channels list", fails=True)).out
    _file(tmp_path, renewed)
    await operator.does("parley apply -f acme.yaml", file)
    await answered_once(world, [ada])


async def _held(world: World, shop: Shop) -> bool:
    return bool(await world.stored(shop, "outbound").find({"state": "held"}))


async def test_number_moves_to_another_workspace(world: World, operator: Operator, tmp_path: Path) -> None:
    shop, ada = await world.shop(), phone()
    files = {"acme.yaml": _file(tmp_path, shop), "beta.yaml": tmp_path / "beta.yaml"}
    await operator.does("parley apply -f acme.yaml", {"acme.yaml": files["acme.yaml"]}, "--allow-removal")
    await world.write(shop, ada, QUESTION)
    await answered_once(world, [ada])
    beta = f"beta{next(serial_numbers)}"
    _write(files["beta.yaml"], beta, shop, faq="This is Beta.")
    refused = await operator.does("parley apply -f beta.yaml", {"beta.yaml": files["beta.yaml"]}, fails=True)
    assert shop.workspace not in refused.out, "another workspace's name is not told"
    _write(files["acme.yaml"], shop.workspace, shop, channel=False)
    await operator.does("parley apply -f acme.yaml --allow-removal", {"acme.yaml": files["acme.yaml"]})
    await operator.does("parley apply -f beta.yaml", {"beta.yaml": files["beta.yaml"]})
    wrote: list[str] = []

    async def answered_by_beta() -> bool:
        wrote.append(await a_customer_writes(world, shop))
        await asyncio.sleep(1)  # a customer a second
        return "This is Beta." in str([await world.answers(one, 0) for one in wrote])

    await until(answered_by_beta, "the new workspace answers: all replicas know of it in ten seconds", within=PATIENCE)
    await until(lambda: _all_answered_or_reported(world, shop, wrote), "nobody is left out silently", within=PATIENCE)
    history = await world.mongo.collection("messages").find({"workspace": beta})
    assert history, "the new workspace has the new messages"
    assert not [one for one in history if ada in str(one)], "and not the old ones"


async def _all_answered_or_reported(world: World, shop: Shop, customers: list[str]) -> bool:
    """By the first workspace or by the new one. What the first one cannot send any more is a dead letter of it."""
    answers = [len(await world.answers(one, 0)) for one in customers]
    assert max(answers) == 1, "by one of them only"
    text = f'"workspace":"{shop.workspace}"'.encode()
    return answers.count(0) <= len(await world.topic("dead.letters", lambda record: text in record.value, 0))


def _file(folder: Path, shop: Shop) -> Path:
    file = folder / "acme.yaml"
    _write(file, shop.workspace, shop)
    return file


def _write(file: Path, workspace: str, shop: Shop, *, channel: bool = True, faq: str = ANSWER) -> None:
    """Write a workspace file with the shop's Meta number."""
    main = {
        "id": "main",
        "provider": "meta",
        "address": f"+{shop.number.display_phone_number}",
        "phone_number_id": shop.number.phone_number_id,
        "waba_id": shop.number.waba_id,
        "access_token": shop.access_token,
    }
    document = {
        "workspace": workspace,
        "name": "Acme Coasters",
        "region": "NG",
        "bot": {"debounce_ms": 0, "system_prompt": "We sell coasters."},
        "conversing": {"messages_per_minute": 0},
        "faqs": [{"question": QUESTION, "answer": faq}],
        "channels": [main] if channel else [],
    }
    file.write_text(yaml.safe_dump(document))


@pytest.mark.usefixtures("on_demand")
async def test_migration_runs_while_services_are_replaced(world: World, stack: Stack, operator: Operator) -> None:
    """The documents have the form of before the migrations, which are those of this version."""
    shop = await world.shop()
    await operator.does("parley migrate")
    replay = {"_id": "of-the-version-before", "workspace": shop.workspace}
    await world.mongo.collection("migrations").delete({"_id": 1})
    await world.mongo.collection("dead_letter_replays").insert(replay)
    async with customers_writing(world, shop):
        assert "offset" in (await operator.does("parley migrate --check", fails=True)).out
        await _restart(stack, "ingress", "router")
        await operator.does("parley migrate")
        await _restart(stack, "ai", "delivery")
        await operator.does("parley migrate --check")
    migrated = await world.mongo.collection("dead_letter_replays").find_one({"_id": replay["_id"]})
    assert migrated is not None
    assert migrated["offset"] == -1
    await world.mongo.collection("dead_letter_replays").delete({"_id": replay["_id"]})


async def test_mongodb_steps_down_and_is_elected_again(world: World, stack: Stack) -> None:
    """The stack's replica set has one member: without a primary until it elects itself again."""
    shop = await world.shop()
    async with customers_writing(world, shop):
        await in_thread(_step_down, stack.info["mongodb"])
    await world.wait_ready(*SERVICES, within=PATIENCE)


def _step_down(uri: str) -> None:
    client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(uri)
    with client:
        client.admin.command("replSetStepDown", 3, force=True)
        client.admin.command("ping", read_preference=pymongo.ReadPreference.PRIMARY)


async def test_broker_is_restarted_while_customers_write(world: World, stack: Stack) -> None:
    shop = await world.shop()
    async with customers_writing(world, shop):
        await in_thread(stack.restart, "kafka")
    await world.wait_ready(*SERVICES, within=PATIENCE)


@pytest.mark.usefixtures("on_demand")
async def test_broker_is_replaced_by_one_without_data(world: World, stack: Stack, operator: Operator) -> None:
    """It has no partition 12 to 15, which were made before and in which a message was just answered."""
    while partition_of((shop := await world.shop()).workspace, 16) < 12:
        pass
    await _ask(world, shop)
    await in_thread(stack.stop_one, "kafka")
    kafka = stack.server("kafka")
    data = Path(stack.info["logs"]).parent / "data" / "kafka"
    await in_thread(shutil.rmtree, data)
    await in_thread(kafka.start)
    await in_thread(kafka.wait_ready)
    assert "topics match the table" in (await operator.does("parley topics create")).out
    await world.wait_ready(*SERVICES, within=PATIENCE)
    async with customers_writing(world, shop) as wrote:
        await until(lambda: _at_least(wrote, 8), "some have written", within=60.0)


def test_page_has_each_command_of_this_test() -> None:
    """The others look their commands up when they run, some of them only on demand."""
    assert words_of("parley topics resize inbound.messages")[-1] == "16"
    assert FAQS[QUESTION] == ANSWER


def test_record_has_each_step() -> None:
    """`make operators-year` carries them out and records them."""
    steps = set()
    for file in ("test_year.py", "test_hard_days.py"):
        tree = ast.parse((Path(__file__).parent / file).read_text())
        names = (one.name for one in tree.body if isinstance(one, ast.AsyncFunctionDef))
        steps |= {name.removeprefix("test_") for name in names if name.startswith("test_")}
    assert set(read_record()) == steps
    assert PAGE.read_text() == page(read_record())


async def test_at_last_a_backup_is_restored_into_an_empty_database_and_services_run_on_it(
    world: World, stack: Stack, operator: Operator, tmp_path: Path
) -> None:
    shop = await world.shop()
    file = {"parley-2026-03-04.jsonl.gz": tmp_path / "parley.jsonl.gz"}
    async with customers_writing(world, shop) as wrote:
        await until(lambda: _at_least(wrote, 4), "some have written")
        assert (
            "restored into a temporary database and compared"
            in (await operator.does("parley backup parley-2026-03-04.jsonl.gz", file)).out
        )
    assert "in the file" in (await operator.does("parley restore parley-2026-03-04.jsonl.gz --check", file)).out
    restored = {**file, "parley2": "restored"}
    done = await operator.does("parley restore parley-2026-03-04.jsonl.gz --database", restored)
    assert "restored and compared" in done.out
    old = Mongo(stack.info["mongodb"], "restored")
    assert await old.collection("conversations").find_one({"workspace": shop.workspace, "_id": {"$exists": True}})
    await old.close()
    # Services on the restored database know the workspace and its credentials: a message passes through all of them.
    await _restart(stack, *SERVICES, MONGODB_DATABASE="restored")
    await _ask(world, shop)
