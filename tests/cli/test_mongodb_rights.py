"""Backup, restore and migration with a MongoDB user that has exactly the rights that docs/deploy.md names."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pymongo
import pytest

from devtools.stack.mongodb import MongoDB
from devtools.stack.ports import Ports
from services.delivery.stores import StoresWatch
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from tests.cli.runner import ROOT, CommandResult, parley

pytestmark = pytest.mark.stack


class MongoDBWithUsers(MongoDB):
    """A mongod that requires a user name and password."""

    def command(self) -> list[str]:
        key = self.log.with_name("key")
        if not key.exists():
            key.touch(mode=0o600)
            key.write_text("keyofthereplicaset")
        return [*super().command(), "--auth", "--keyFile", str(key)]


@dataclass(frozen=True, slots=True)
class Restricted:
    """A MongoDB, and the environment of a command that uses it as the documented user."""

    client: "pymongo.MongoClient[dict[str, Any]]"
    env: dict[str, str]
    folder: Path

    def parley(self, *arguments: str, **env: str) -> CommandResult:
        return parley(*arguments, "--dir", str(self.folder / "no-stack"), env=self.env | env)

    def databases(self) -> set[str]:
        return set(self.client.list_database_names()) - {"admin", "config", "local"}


def documented_user() -> dict[str, Any]:
    """Return the arguments of `db.createUser` in the guide."""
    found = re.search(r"createUser\(\{(.*?)\}\)\n", (ROOT / "docs/deploy.md").read_text(), re.DOTALL)
    assert found
    text = re.sub(r"passwordPrompt\(\)", '"secret"', found[1])
    arguments: dict[str, Any] = json.loads("{" + re.sub(r"(\w+):", r'"\1":', text) + "}")
    return arguments


@pytest.fixture(scope="module")
def restricted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Restricted]:
    folder = tmp_path_factory.mktemp("mongodb-with-users")
    ports = Ports(folder / "ports.json")
    server = MongoDBWithUsers(data=folder / "data", port=ports.get("mongodb"), log=folder / "mongodb.log", env={})
    server.start()
    try:
        server.wait_ready()
        address = f"127.0.0.1:{server.port}/?directConnection=true"
        first: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(f"mongodb://{address}")
        with first:  # from this host, as long as there are no users
            first.admin.command("createUser", "root", pwd="root", roles=["root"])
        client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(f"mongodb://root:root@{address}")
        with client:
            user = documented_user()
            client.admin.command("createUser", user["user"], pwd=user["pwd"], roles=user["roles"])
            uri = f"mongodb://{user['user']}:{user['pwd']}@127.0.0.1:{server.port}/?replicaSet=parley&authSource=admin"
            yield Restricted(client, {"MONGODB_URI": uri, "MONGODB_DATABASE": "parley"}, folder)
    finally:
        server.stop()
        ports.close()


def test_backup_is_written_and_restored_with_the_documented_rights(restricted: Restricted, tmp_path: Path) -> None:
    migrated = restricted.parley("migrate")
    assert migrated.code == 0, migrated.err
    restricted.client["parley"]["workspaces"].insert_one({"_id": "acme", "name": "Acme"})
    file = tmp_path / "parley.jsonl.gz"
    done = restricted.parley("backup", str(file))
    assert done.code == 0, done.err
    assert "read back; not restored, because the MongoDB user may write to no other database" in done.out
    assert restricted.databases() == {"parley"}
    assert [one.name for one in tmp_path.iterdir()] == [file.name]
    (note,) = restricted.client["parley"]["backups"].find()
    assert (note["verified"], note["documents"] > 0, note["size"]) == ("read_back", True, file.stat().st_size)
    assert abs((datetime.now(UTC) - note["at"].replace(tzinfo=UTC)).total_seconds()) < 120

    restricted.client.drop_database("parley")
    restored = restricted.parley("restore", str(file))
    assert (restored.code, "restored and compared" in restored.out) == (0, True), restored.err
    assert restricted.client["parley"]["workspaces"].count_documents({}) == 1
    assert restricted.client["parley"]["backups"].count_documents({}) == 0, "nothing has backed up what was restored"


async def test_documented_rights_suffice_to_ask_for_the_disk(restricted: Restricted) -> None:
    mongo = Mongo(restricted.env["MONGODB_URI"], "parley")
    try:
        space = await mongo.space()
        assert space
        assert 0 < space.disk.free < space.disk.total
    finally:
        await mongo.close()


async def test_user_without_a_right_is_told_which(
    restricted: Restricted, redis: Redis, capsys: pytest.CaptureFixture[str]
) -> None:
    restricted.client.admin.command("createUser", "stranger", pwd="secret", roles=[])
    mongo = Mongo(restricted.env["MONGODB_URI"].replace("parley:secret@", "stranger:secret@"), "parley")
    try:
        watch = StoresWatch(mongo, redis, timedelta(hours=36))
        await watch.look()
        await watch.look()
    finally:
        await mongo.close()
    assert capsys.readouterr().out.count("the user lacks a right (error 13): let it run dbStats") == 1


def test_user_who_may_only_read_backs_up_and_is_told_that_it_is_not_noted(
    restricted: Restricted, tmp_path: Path
) -> None:
    restricted.client["parley"]["backups"].delete_many({})
    restricted.client.admin.command("createUser", "reader", pwd="secret", roles=[{"role": "read", "db": "parley"}])
    uri = restricted.env["MONGODB_URI"].replace("parley:secret@", "reader:secret@")
    file = tmp_path / "parley.jsonl.gz"
    done = restricted.parley("backup", str(file), MONGODB_URI=uri)
    assert (done.code, file.exists()) == (0, True), done.err
    assert "could not be noted in the database, so the alert BackupMissed does not know of it" in done.out
    assert "the user lacks a right" in done.out


def test_missing_right_is_named(restricted: Restricted, tmp_path: Path) -> None:
    file = tmp_path / "parley.jsonl.gz"
    unverified = restricted.parley("backup", str(file), "--no-verify")
    assert (unverified.code, "the alert BackupMissed counts verified backups only" in unverified.out) == (0, True)
    assert restricted.client["parley"]["backups"].count_documents({}) == 0
    elsewhere = restricted.parley("restore", str(file), "--database", "parley2")
    assert elsewhere.code == 1
    assert "mongodb refuses access: the user lacks a right" in elsewhere.err
    wrong = restricted.parley("migrate", MONGODB_URI=restricted.env["MONGODB_URI"].replace(":secret@", ":wrong@"))
    assert wrong.code == 1
    assert "mongodb refuses access: the user or the password is wrong" in wrong.err


def test_user_who_may_write_elsewhere_gets_a_restored_backup(restricted: Restricted, tmp_path: Path) -> None:
    roles = [{"role": "readWriteAnyDatabase", "db": "admin"}]  # it may drop collections, not databases
    restricted.client.admin.command("createUser", "operator", pwd="secret", roles=roles)
    uri = restricted.env["MONGODB_URI"].replace("parley:secret@", "operator:secret@")
    before = restricted.databases()
    done = restricted.parley("backup", str(tmp_path / "parley.jsonl.gz"), MONGODB_URI=uri)
    assert (done.code, "restored into a temporary database and compared" in done.out) == (0, True), done.err
    assert restricted.databases() == before
