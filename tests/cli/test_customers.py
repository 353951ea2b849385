"""`parley customers` with real MongoDB and Redis and without services."""

import asyncio
import csv
import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from shared.domain import ids
from shared.domain.conversation import CustomerChange
from shared.messages.inbound import Sender
from shared.repositories.customers import Customers
from shared.repositories.tombstones import Tombstones
from shared.storage.mongo import Mongo
from tests.cli.runner import CommandResult, parley
from tests.conftest import Infra
from tests.repositories.builders import NOW, inbound, later

ADA, BO = "+2348031234567", "+2348099990000"
WORKSPACE = {
    "_id": "acme",
    "workspace": "acme",
    "region": "NG",
    "channels": [],
    "revision": 1,
    "segments": [{"name": "vips", "tags": ["vip"]}, {"name": "all"}],
}


class CustomersCli:
    """Runs `parley customers` in a workspace with two customers."""

    def __init__(self, infra: Infra, database: str, folder: Path) -> None:
        self._infra = infra
        self._env = infra.environment() | {
            "MONGODB_DATABASE": database,
            "SECRETS_KEY": b64encode(b"1" * 32).decode(),
        }
        self.database = database
        self.folder = folder

    def __call__(self, *arguments: str) -> CommandResult:
        return parley("customers", *arguments, "--dir", str(self.folder / "none"), env=self._env)

    def store(self, work: Callable[[Mongo], Any]) -> Any:
        async def run() -> Any:
            mongo = Mongo(self._infra.mongodb, self.database)
            try:
                return await work(mongo)
            finally:
                await mongo.close()

        return asyncio.run(run())

    def documents(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.store(lambda mongo: mongo.collection("customers").find({}))
        return found

    def file(self, text: str, name: str = "customers.csv") -> Path:
        path = self.folder / name
        path.write_text(text)
        return path


@pytest.fixture
def customers_cli(infra: Infra, tmp_path: Path) -> Iterator[CustomersCli]:
    customers_cli = CustomersCli(infra, "test_cli_customers", tmp_path)
    customers_cli.store(_filled)
    yield customers_cli
    with MongoClient[dict[str, Any]](infra.mongodb) as client:
        client.drop_database(customers_cli.database)


async def _filled(mongo: Mongo) -> None:
    await mongo.collection("workspaces").insert(dict(WORKSPACE))
    customers = Customers(mongo, "acme")
    for number, phone, name in ((1, ADA, "Ada Lovelace"), (2, BO, "=Bo")):
        me = ids.customer_id("acme", phone)
        await customers.record_contact(
            me, inbound(number, sender=Sender(identity=phone, address="x", phone=phone, name=name)), later(number)
        )
    change = CustomerChange(add_tags=("vip",), fields={"city": "Lagos"}, opted_out=True)
    await customers.apply(ids.customer_id("acme", ADA), change, "c1", NOW)


def test_customers_are_listed_found_shown_and_tagged(customers_cli: CustomersCli) -> None:
    listed = customers_cli("list")
    assert listed.out.endswith("2 of 2 customers\n"), listed.err
    assert ADA not in listed.out
    assert [one["name"] for one in customers_cli("list", "--segment", "vips", "--json").lines()] == ["Ada Lovelace"]
    assert ADA in customers_cli("find", "0803 123 4567", "--raw").out
    assert "Ada" in customers_cli("find", "lovelace").out
    assert customers_cli("find", "nobody").code == 1
    done = customers_cli("tag", ADA, "--add", "new", "--remove", "vip")
    assert done.out == "tags: new\n", done.err
    shown = customers_cli("show", ADA, "--json").json()
    assert (shown["tags"], shown["fields"], shown["opted_out"]) == (["new"], {"city": "Lagos"}, True)
    assert ADA not in customers_cli("show", "ada").out
    assert customers_cli("segments").out.split() == ["vips", "0", "tags:", '["vip"]', "all", "2", "everybody"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("list", "--workspace", "none"), "there is no workspace 'none'"),
        (("list", "--segment", "none"), "acme has no segment 'none'; there are: vips, all"),
        (("show", "nobody"), "nobody is found by that"),
        (("show", "+2348"), "nobody is found by that"),
        (("tag", ADA), "name tags to add or to remove"),
        (("import", "no/such.csv"), "No such file or directory"),
        (("export", "no/such/place.csv"), "No such file or directory"),
        (("erase",), "either --phone or --id"),
        (("erase", "--phone", "abc"), "that is not a phone number"),
    ],
)
def test_mistake_is_reported_in_one_line(
    customers_cli: CustomersCli, arguments: tuple[str, ...], expected: str
) -> None:
    done = customers_cli(*arguments)
    assert done.code == 1
    assert expected in done.err
    assert len(done.err.splitlines()) == 1


FILE = """\
Name;Phone;Tags;Opted Out;Qualified;City
;0803 123 4567;old;no;yes;
Chi;08031111111;a;;;Abuja
Chi Obi;+234 803 111 1111;b;yes;;
Bad;0803;;;;
Dee;;;;;
"""


def test_import_merges_rows_rejects_bad_lines_and_is_idempotent(customers_cli: CustomersCli) -> None:
    file = customers_cli.file(FILE)
    dry = customers_cli("import", str(file), "--dry-run")
    assert dry.out.startswith("1 would be new, 1 known, 0 unchanged, 2 lines refused"), dry.err
    assert len(customers_cli.documents()) == 2
    first = customers_cli("import", str(file))
    assert first.out.startswith("1 new, 1 changed, 0 unchanged, 2 lines refused"), first.err
    assert first.code == 1
    rejects = list(csv.reader(file.with_name("customers.rejects.csv").read_text().splitlines()))
    assert rejects[0] == ["Line", "Reason", "Name", "Phone", "Tags", "Opted Out", "Qualified", "City"]
    assert [row[:4] for row in rejects[1:]] == [
        ["5", "phone: it is too short for its country", "Bad", "0803"],
        ["6", "it has neither a phone number nor a bsuid", "Dee", ""],
    ]
    ada, chi = (customers_cli("show", who, "--json").json() for who in (ADA, "08031111111"))
    assert (ada["name"], ada["tags"], ada["fields"]) == ("Ada Lovelace", ["old", "vip"], {"city": "Lagos"})
    assert (ada["opted_out"], ada["qualified"], ada["created_by"]) == (True, True, "message")
    assert (chi["name"], chi["tags"], chi["opted_out"], chi["created_by"]) == ("Chi Obi", ["a", "b"], True, "import")
    before = customers_cli.documents()
    assert customers_cli("import", str(file)).out.startswith("0 new, 0 changed, 2 unchanged, 2 lines refused")
    assert customers_cli.documents() == before


def test_repeated_import_does_not_undo_later_changes(customers_cli: CustomersCli) -> None:
    """A row that was imported before is ignored, even if the customer has changed since."""
    file = customers_cli.file("phone,name,tags,opted_out\n08031111111,Chi,new,yes\n")
    assert customers_cli("import", str(file)).code == 0
    chi = ids.customer_id("acme", "+2348031111111")
    change = CustomerChange(name="Chi Obi", remove_tags=("new",), opted_out=False)
    after = customers_cli("show", chi, "--json").json()["opted_out_at"]
    assert after

    async def start(mongo: Mongo) -> None:
        from shared.clock import SystemClock

        await Customers(mongo, "acme").apply(chi, change, "start", SystemClock().now())

    customers_cli.store(start)
    before = customers_cli.documents()
    assert customers_cli("import", str(file)).out.startswith("0 new, 0 changed, 1 unchanged")
    assert customers_cli.documents() == before


def test_erased_customer_is_not_imported_before_writing_again(customers_cli: CustomersCli) -> None:
    chi = ids.customer_id("acme", "+2348031111111")
    customers_cli.store(lambda mongo: Tombstones(mongo, "acme").mark([chi], NOW))
    file = customers_cli.file("phone,name\n08031111111,Chi\n")
    done = customers_cli("import", str(file))
    assert "line 2: this person was erased on 2026-03-14 and has not written since" in done.out
    assert len(customers_cli.documents()) == 2


def test_corrected_rejects_can_be_imported(customers_cli: CustomersCli) -> None:
    file = customers_cli.file("phone,name,note\n0803,=Chi,a\n")
    customers_cli("import", str(file))
    rejects = file.with_name("customers.rejects.csv")
    assert "'=Chi" in rejects.read_text()
    rejects.write_text(rejects.read_text().replace("0803", "08031111111"))
    assert customers_cli("import", str(rejects)).out.startswith("1 new")
    found = customers_cli("show", "08031111111", "--json").json()
    assert (found["name"], found["fields"]) == ("=Chi", {"note": "a"})


def by_phone(file: Path) -> dict[str, dict[str, str]]:
    """Return the rows of an exported file, by phone number."""
    return {row["Phone"]: row for row in csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines())}


def test_export_has_crm_columns_and_can_be_imported_again(customers_cli: CustomersCli) -> None:
    file = customers_cli.folder / "out.csv"
    assert customers_cli("export", str(file)).out == f"2 customers are in {file}\n"
    assert file.stat().st_mode & 0o777 == 0o600
    each = by_phone(file)
    assert (each[ADA]["First Name"], each[ADA]["Last Name"], each[ADA]["city"]) == ("Ada", "Lovelace", "Lagos")
    assert (each[ADA]["Opted Out"], each[ADA]["Lead Source"], each[BO]["First Name"]) == ("yes", "ad:77", "'=Bo")
    assert customers_cli("import", str(file)).code == 0
    customers_cli("export", str(file))
    assert by_phone(file) == each
    (line,) = customers_cli("export", "-", "--format", "jsonl", "--segment", "vips").lines()
    assert (line["Phone"], line["Tags"], line["Orders"], line["Opted Out"]) == (ADA, ["vip"], 0, True)


def test_erase_is_a_dry_run_without_yes(customers_cli: CustomersCli) -> None:
    dry = customers_cli("erase", "--phone", "0803 123 4567")
    assert "customers              1  would be removed" in dry.out
    assert len(customers_cli.documents()) == 2
    done = customers_cli("erase", "--phone", "0803 123 4567", "--yes")
    assert "customers              1  removed" in done.out, done.err
    assert [one["phone"] for one in customers_cli.documents()] == [BO]
    assert ADA[1:] not in json.dumps(customers_cli.documents(), default=str)
    assert customers_cli.store(lambda mongo: Tombstones(mongo, "acme").since(ids.customer_id("acme", ADA)))
