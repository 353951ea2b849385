"""`parley customers`: with real stores and no service, as an operator uses it."""

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
from tests.cli.runner import Done, parley
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


class Desk:
    """An operator at a workspace with two customers."""

    def __init__(self, infra: Infra, database: str, place: Path) -> None:
        self._infra = infra
        self._env = infra.environment() | {
            "MONGODB_DATABASE": database,
            "SECRETS_KEY": b64encode(b"1" * 32).decode(),
        }
        self.database = database
        self.place = place

    def __call__(self, *arguments: str) -> Done:
        return parley("customers", *arguments, "--dir", str(self.place / "none"), env=self._env)

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
        path = self.place / name
        path.write_text(text)
        return path


@pytest.fixture
def desk(infra: Infra, tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(infra, "test_cli_customers", tmp_path)
    desk.store(_filled)
    yield desk
    with MongoClient[dict[str, Any]](infra.mongodb) as client:
        client.drop_database(desk.database)


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


def test_customers_are_listed_found_shown_and_tagged(desk: Desk) -> None:
    listed = desk("list")
    assert listed.out.endswith("2 of 2 customers\n"), listed.err
    assert ADA not in listed.out
    assert [one["name"] for one in desk("list", "--segment", "vips", "--json").lines()] == ["Ada Lovelace"]
    assert ADA in desk("find", "0803 123 4567", "--raw").out
    assert "Ada" in desk("find", "lovelace").out
    assert desk("find", "nobody").code == 1
    done = desk("tag", ADA, "--add", "new", "--remove", "vip")
    assert done.out == "tags: new\n", done.err
    shown = desk("show", ADA, "--json").json()
    assert (shown["tags"], shown["fields"], shown["opted_out"]) == (["new"], {"city": "Lagos"}, True)
    assert ADA not in desk("show", "ada").out
    assert desk("segments").out.split() == ["vips", "0", "tags:", '["vip"]', "all", "2", "everybody"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("list", "--workspace", "none"), "there is no workspace 'none'"),
        (("list", "--segment", "none"), "acme has no segment 'none'; there are: vips, all"),
        (("show", "nobody"), "nobody is found by that"),
        (("show", "+2348"), "nobody is found by that"),
        (("tag", ADA), "say which tags"),
        (("import", "no/such.csv"), "No such file or directory"),
        (("export", "no/such/place.csv"), "No such file or directory"),
        (("erase",), "--phone or --id, one of them"),
        (("erase", "--phone", "abc"), "that is not a phone number"),
    ],
)
def test_a_mistake_is_one_clear_line(desk: Desk, arguments: tuple[str, ...], said: str) -> None:
    done = desk(*arguments)
    assert done.code == 1
    assert said in done.err
    assert len(done.err.splitlines()) == 1


FILE = """\
Name;Phone;Tags;Opted Out;Qualified;City
;0803 123 4567;old;no;yes;
Chi;08031111111;a;;;Abuja
Chi Obi;+234 803 111 1111;b;yes;;
Bad;0803;;;;
Dee;;;;;
"""


def test_an_import_merges_refuses_and_is_done_once(desk: Desk) -> None:
    file = desk.file(FILE)
    dry = desk("import", str(file), "--dry-run")
    assert dry.out.startswith("1 would be new, 1 known, 0 unchanged, 2 lines refused"), dry.err
    assert len(desk.documents()) == 2
    first = desk("import", str(file))
    assert first.out.startswith("1 new, 1 changed, 0 unchanged, 2 lines refused"), first.err
    assert first.code == 1
    rejects = list(csv.reader(file.with_name("customers.rejects.csv").read_text().splitlines()))
    assert rejects[0] == ["Line", "Reason", "Name", "Phone", "Tags", "Opted Out", "Qualified", "City"]
    assert [row[:4] for row in rejects[1:]] == [
        ["5", "phone: it is too short for its country", "Bad", "0803"],
        ["6", "it has neither a phone number nor a bsuid", "Dee", ""],
    ]
    ada, chi = (desk("show", who, "--json").json() for who in (ADA, "08031111111"))
    assert (ada["name"], ada["tags"], ada["fields"]) == ("Ada Lovelace", ["old", "vip"], {"city": "Lagos"})
    assert (ada["opted_out"], ada["qualified"], ada["created_by"]) == (True, True, "message")
    assert (chi["name"], chi["tags"], chi["opted_out"], chi["created_by"]) == ("Chi Obi", ["a", "b"], True, "import")
    before = desk.documents()
    assert desk("import", str(file)).out.startswith("0 new, 0 changed, 2 unchanged, 2 lines refused")
    assert desk.documents() == before


def test_an_import_does_not_undo_what_happened_since(desk: Desk) -> None:
    """The same row again is not carried out again, even where the customer has changed meanwhile."""
    file = desk.file("phone,name,tags,opted_out\n08031111111,Chi,new,yes\n")
    assert desk("import", str(file)).code == 0
    chi = ids.customer_id("acme", "+2348031111111")
    change = CustomerChange(name="Chi Obi", remove_tags=("new",), opted_out=False)
    after = desk("show", chi, "--json").json()["opted_out_at"]
    assert after

    async def start(mongo: Mongo) -> None:
        from shared.clock import SystemClock

        await Customers(mongo, "acme").apply(chi, change, "start", SystemClock().now())

    desk.store(start)
    before = desk.documents()
    assert desk("import", str(file)).out.startswith("0 new, 0 changed, 1 unchanged")
    assert desk.documents() == before


def test_who_was_erased_is_not_imported_until_he_writes_again(desk: Desk) -> None:
    chi = ids.customer_id("acme", "+2348031111111")
    desk.store(lambda mongo: Tombstones(mongo, "acme").mark([chi], NOW))
    file = desk.file("phone,name\n08031111111,Chi\n")
    done = desk("import", str(file))
    assert "line 2: this person was erased on 2026-03-14 and has not written since" in done.out
    assert len(desk.documents()) == 2


def test_rejects_that_were_mended_can_be_imported(desk: Desk) -> None:
    file = desk.file("phone,name,note\n0803,=Chi,a\n")
    desk("import", str(file))
    rejects = file.with_name("customers.rejects.csv")
    assert "'=Chi" in rejects.read_text()
    rejects.write_text(rejects.read_text().replace("0803", "08031111111"))
    assert desk("import", str(rejects)).out.startswith("1 new")
    found = desk("show", "08031111111", "--json").json()
    assert (found["name"], found["fields"]) == ("=Chi", {"note": "a"})


def by_phone(place: Path) -> dict[str, dict[str, str]]:
    """The rows of an exported file."""
    return {row["Phone"]: row for row in csv.DictReader(place.read_text(encoding="utf-8-sig").splitlines())}


def test_an_export_is_read_by_a_crm_and_by_us(desk: Desk) -> None:
    place = desk.place / "out.csv"
    assert desk("export", str(place)).out == f"2 customers are in {place}\n"
    assert place.stat().st_mode & 0o777 == 0o600
    each = by_phone(place)
    assert (each[ADA]["First Name"], each[ADA]["Last Name"], each[ADA]["city"]) == ("Ada", "Lovelace", "Lagos")
    assert (each[ADA]["Opted Out"], each[ADA]["Lead Source"], each[BO]["First Name"]) == ("yes", "ad:77", "'=Bo")
    assert desk("import", str(place)).code == 0
    desk("export", str(place))
    assert by_phone(place) == each
    (line,) = desk("export", "-", "--format", "jsonl", "--segment", "vips").lines()
    assert (line["Phone"], line["Tags"], line["Orders"], line["Opted Out"]) == (ADA, ["vip"], 0, True)


def test_erasing_is_tried_first_and_then_done(desk: Desk) -> None:
    dry = desk("erase", "--phone", "0803 123 4567")
    assert "customers              1  would be removed" in dry.out
    assert len(desk.documents()) == 2
    done = desk("erase", "--phone", "0803 123 4567", "--yes")
    assert "customers              1  removed" in done.out, done.err
    assert [one["phone"] for one in desk.documents()] == [BO]
    assert ADA[1:] not in json.dumps(desk.documents(), default=str)
    assert desk.store(lambda mongo: Tombstones(mongo, "acme").since(ids.customer_id("acme", ADA)))
