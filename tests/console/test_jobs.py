"""Imports, exports and erasures of customers through the API, and the worker that does them."""

import asyncio
import csv
import io
from typing import Any

import pytest

from services.console.parts import Parts
from shared.domain import ids
from shared.domain.conversation import CustomerChange
from shared.domain.jobs import MAX_UNFINISHED, Job, JobLane, JobState
from shared.operations.jobs import file_windows
from shared.operations.jobs.worker import JobWorker
from shared.repositories.customers import Customers
from shared.repositories.jobs import LEASE, Jobs
from shared.repositories.tombstones import Tombstones
from shared.storage.mongo import Mongo
from tests.console.console import Client, Console, problem
from tests.console.imports import HEADER, job, many, started, upload, worker_of
from tests.console.routed import WORKSPACE
from tests.repositories.test_customers_erased import live

ADA, BO = "+2348031234567", "+2348031234568"


class Crash(BaseException):
    """The end of a process: nothing is given back."""


@pytest.fixture(autouse=True)
async def acme(mongo: Mongo) -> None:
    """A workspace."""
    await mongo.collection("workspaces").insert({**WORKSPACE, "segments": []})


@pytest.fixture
def worker(parts: Parts) -> JobWorker:
    return worker_of(parts)


async def table(client: Client, path: str) -> list[list[str]]:
    response = await client.get(path)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert response.headers["content-disposition"].startswith("attachment; ")
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))


async def customer(mongo: Mongo, number: str) -> dict[str, Any]:
    found = await Customers(mongo, "acme").get(ids.customer_id("acme", number))
    assert found is not None
    return found


async def test_checked_import_shows_a_preview_and_is_then_run(
    console: Console, worker: JobWorker, mongo: Mongo
) -> None:
    admin = console.client("admin")
    id_ = await started(admin, f"{HEADER}{ADA},Ada,\nnonsense,=1+1,\n{BO},Bo,yes\n", "?dry_run=true")
    assert (await job(admin, id_))["state"] == "queued"
    assert problem(await admin.get(f"jobs/{id_}/preview")) == "not-found"
    await worker.run_all()
    checked = await job(admin, id_)
    assert (checked["state"], checked["write"], checked["checked"]) == ("checked", False, True)
    assert checked["expected"] == {"rows": 3, "created": 2, "changed": 0, "unchanged": 0, "refused": 1}
    preview = (await admin.get(f"jobs/{id_}/preview")).json()
    assert [one["meaning"] for one in preview["columns"]] == ["phone", "name", "opted_out"]
    assert [(one["line"], bool(one["reason"])) for one in preview["lines"]] == [(2, False), (3, True), (4, False)]
    assert await Customers(mongo, "acme").count(None, console.clock.now()) == 0
    assert (await admin.post(f"jobs/{id_}/run")).status_code == 202
    await worker.run_all()
    done = await job(admin, id_)
    assert (done["state"], done["counts"]) == ("done", checked["expected"])
    assert (await customer(mongo, BO))["opted_out"]
    assert problem(await admin.post(f"jobs/{id_}/run")) == "conflict"
    refused = await table(admin, f"jobs/{id_}/refused")
    assert refused[0] == ["Line", "Reason", "phone", "name", "opted out"]
    assert refused[1][0] == "3"
    assert refused[1][2:] == ["nonsense", "'=1+1", ""]


async def test_files_of_imports_are_of_those_who_see_all_customers(
    console: Console, worker: JobWorker, mongo: Mongo
) -> None:
    """The lines have full numbers; reading them is in the audit log."""
    writer, other = console.key("customers:write"), console.key("customers:read", "customers:write")
    restricted = console.client("admin", person="max", channels=frozenset({"main"}))
    id_ = await started(writer, f"{HEADER}{ADA},Ada,\nnonsense,x,\n")
    await worker.run_all()
    theirs = await started(other, f"{HEADER}{BO},Bo,\nnonsense,x,\n")
    await worker.run_all()
    for file in ("preview", "refused"):
        assert (await writer.get(f"jobs/{id_}/{file}")).status_code == 200
        assert (await other.get(f"jobs/{id_}/{file}")).status_code == 200
        assert problem(await writer.get(f"jobs/{theirs}/{file}")) == "not-allowed"
        assert problem(await restricted.get(f"jobs/{id_}/{file}")) == "not-allowed"
    assert problem(await upload(restricted, f"{HEADER}{ADA},Ada,\n")) == "not-allowed"
    for refused in (restricted.post(f"jobs/{id_}/run"), restricted.delete(f"jobs/{id_}")):
        assert problem(await refused) == "not-allowed"
    actions = [entry["action"] for entry in await mongo.collection("audit").find({})]
    assert {actions.count("jobs.get_preview"), actions.count("jobs.get_refused_lines")} == {2}


async def test_import_goes_on_from_the_last_confirmed_window_after_a_crash(
    console: Console, worker: JobWorker, mongo: Mongo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_windows, "WINDOW_ROWS", 10)
    admin, written, import_rows = console.client("admin"), [], Customers.import_rows

    async def crashing(self: Customers, rows: Any) -> tuple[int, int]:
        written.append(len(rows))
        result = await import_rows(self, rows)
        if len(written) == 3:
            raise Crash  # before the window is confirmed
        return result

    monkeypatch.setattr(Customers, "import_rows", crashing)
    id_ = await started(admin, many(50))
    with pytest.raises(Crash):
        await worker.run_all()
    half = await job(admin, id_)
    assert (half["state"], half["rows"], half["counts"]["created"]) == ("running", 20, 20)
    await worker.run_all()
    assert (await job(admin, id_))["state"] == "running", "the lease has not ended"
    console.clock.advance(LEASE.total_seconds() + 1)
    await worker.run_all()
    done = await job(admin, id_)
    assert done["state"] == "done"
    assert done["counts"] == {"rows": 50, "created": 40, "changed": 0, "unchanged": 10, "refused": 0}
    assert written == [10] * 6, "only the window of the crash is done again"
    assert await Customers(mongo, "acme").count(None, console.clock.now()) == 50


async def test_job_without_progress_fails_in_the_end(
    console: Console, worker: JobWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def crash(self: Customers, identities: Any) -> dict[str, str]:
        raise Crash

    monkeypatch.setattr(Customers, "ids_by_identity", crash)
    admin = console.client("admin")
    id_ = await started(admin, many(1))
    for _ in range(10):
        with pytest.raises(Crash):
            await worker.run_all()
        console.clock.advance(LEASE.total_seconds() + 1)
    await worker.run_all()
    assert "no progress" in (await job(admin, id_))["error"]


async def test_fault_of_ours_fails_the_job_without_its_text(
    console: Console, worker: JobWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(self: Customers, identities: Any) -> dict[str, str]:
        raise RuntimeError("Ada")

    monkeypatch.setattr(Customers, "ids_by_identity", fail)
    id_ = await started(console.client("admin"), many(1))
    await worker.run_all()
    found = await job(console.client("admin"), id_)
    assert found["state"] == "failed"
    assert "Ada" not in found["error"]


async def test_import_undoes_no_opt_out_and_no_later_change(console: Console, worker: JobWorker, mongo: Mongo) -> None:
    admin = console.client("admin")
    await started(admin, f"{HEADER}{ADA},Ada,yes\n{BO},Bo,\n")
    await worker.run_all()
    await started(admin, f"{HEADER}{ADA},Ada L,no\n{BO},Bob,no\n")
    console.clock.advance(5)
    bo = ids.customer_id("acme", BO)
    await Customers(mongo, "acme").apply(bo, CustomerChange(name="Robert"), "by an agent", console.clock.now())
    await worker.run_all()
    ada = await customer(mongo, ADA)
    assert (ada["name"], ada["opted_out"]) == ("Ada L", True)
    assert (await customer(mongo, BO))["name"] == "Robert"


async def test_import_of_an_erased_person_is_refused(console: Console, worker: JobWorker, mongo: Mongo) -> None:
    await Tombstones(mongo, "acme").mark([ids.customer_id("acme", ADA)], console.clock.now())
    admin = console.client("admin")
    id_ = await started(admin, f"{HEADER}{ADA},Ada,\n{BO},Bo,\n")
    await worker.run_all()
    assert (await job(admin, id_))["counts"]["created"] == 1
    assert "was erased on" in (await table(admin, f"jobs/{id_}/refused"))[1][1]


@pytest.mark.parametrize(
    ("text", "error"), [("name\nAda\n", "no column is called"), ("phone\n" * 3, ""), ("phone,phone\n", "two columns")]
)
async def test_file_without_a_usable_header_fails(console: Console, worker: JobWorker, text: str, error: str) -> None:
    id_ = await started(console.client("admin"), text)
    await worker.run_all()
    found = await job(console.client("admin"), id_)
    assert found["state"] == ("failed" if error else "done")
    assert error in found["error"]


async def test_workspace_has_few_unfinished_jobs_and_checked_imports_can_be_removed(
    console: Console, worker: JobWorker, mongo: Mongo
) -> None:
    admin = console.client("admin")
    all_ids = [await started(admin, many(1), "?dry_run=true") for _ in range(MAX_UNFINISHED[JobLane.CUSTOMERS])]
    assert problem(await upload(admin, many(1))) == "conflict"
    await worker.run_all()
    listed = (await admin.get("jobs", params={"limit": "3"})).json()
    rest = (await admin.get("jobs", params={"limit": "3", "cursor": listed["next"]})).json()
    assert sorted(one["id"] for one in listed["items"] + rest["items"]) == sorted(all_ids)
    assert (await admin.delete(f"jobs/{all_ids[0]}")).status_code == 204
    assert problem(await admin.get(f"jobs/{all_ids[0]}")) == "not-found"
    assert await mongo.collection("job_files").find({"job": all_ids[0]}) == []
    assert (await upload(admin, many(1))).status_code == 202


async def test_export_is_a_file_without_formulas(console: Console, worker: JobWorker, mongo: Mongo) -> None:
    admin = console.client("admin")
    await started(admin, f"phone,name,note\n{ADA},=cmd|calc,@SUM(A1)\n{BO},Bo,-1\n")
    await worker.run_all()
    id_ = (await admin.post("customers/exports", {})).json()["id"]
    assert problem(await admin.get(f"jobs/{id_}/result")) == "not-found"
    await worker.run_all()
    done = await job(admin, id_)
    assert (done["state"], done["counts"]["customers"], done["has_result"]) == ("done", 2, True)
    header, *rows = await table(admin, f"jobs/{id_}/result")
    found = {row[header.index("Phone")]: row for row in rows}
    assert set(found) == {ADA, BO}
    assert found[ADA][0] == "'=cmd|calc"
    assert found[ADA][header.index("note")] == "'@SUM(A1)"
    assert found[BO][header.index("note")] == "'-1"
    entry = await mongo.collection("audit").find({"action": "jobs.get_result"})
    assert [one["target"] for one in entry] == [f"jobs:{id_}"]


async def test_export_of_a_segment_that_is_not_there_is_invalid(console: Console) -> None:
    response = await console.client("admin").post("customers/exports", {"segment": "none"})
    assert problem(response) == "invalid"
    assert response.json()["errors"][0]["pointer"] == "#/segment"


async def test_export_during_an_erasure_begins_anew(console: Console, worker: JobWorker, mongo: Mongo) -> None:
    admin = console.client("admin")
    await started(admin, many(3))
    await worker.run_all()
    id_ = (await admin.post("customers/exports", {})).json()["id"]
    await Tombstones(mongo, "acme").mark(["somebody"], console.clock.now())
    await worker.run_all()
    assert (await job(admin, id_))["state"] == "queued"
    assert await mongo.collection("job_files").find({"job": id_}) == []
    console.clock.advance(100)
    await worker.run_all()
    assert (await job(admin, id_))["state"] == "done"


async def test_exports_are_for_those_who_see_everything_and_proved_it(console: Console) -> None:
    some = console.client("admin", person="some", channels=frozenset({"main"}))
    assert problem(await some.post("customers/exports", {})) == "not-allowed"
    assert problem(await console.client("agent").post("customers/exports", {})) == "not-allowed"
    assert problem(await console.key("customers:write").post("customers/exports", {})) == "not-allowed"
    console.clock.advance(601)
    assert problem(await console.client("admin").post("customers/exports", {})) == "proof-needed"


async def test_erasure_removes_the_customer_and_all_files_of_jobs(
    console: Console, worker: JobWorker, mongo: Mongo
) -> None:
    ada = await live(mongo, ADA, "Ada Lovelace", 1)
    admin, owner = console.client("admin"), console.client("owner")
    export = (await admin.post("customers/exports", {})).json()["id"]
    waiting = await started(admin, f"{HEADER}{BO},Bo,\n", "?dry_run=true")
    await worker.run_all()
    assert (await job(admin, export))["state"] == "done"
    assert problem(await admin.post(f"customers/{ada}/erase")) == "not-allowed"
    response = await owner.post(f"customers/{ada}/erase")
    assert response.status_code == 202
    await worker.run_all()
    done = await job(owner, response.json()["id"])
    assert (done["state"], done["counts"]["customers"]) == ("done", 1)
    assert await Customers(mongo, "acme").get(ada) is None
    assert problem(await admin.get(f"jobs/{export}/result")) == "not-found"
    assert await mongo.collection("job_files").find({"workspace": "acme"}) == []
    await admin.post(f"jobs/{waiting}/run")
    await worker.run_all()
    assert "upload it again" in (await job(admin, waiting))["error"]
    assert problem(await owner.post(f"customers/{ada}/erase")) == "not-found"
    entries = await mongo.collection("audit").find({"action": "customers.erase_customer"})
    assert [one["target"] for one in entries] == [f"customers:{ada}"]


async def test_other_workspaces_and_agents_see_no_job(console: Console, worker: JobWorker) -> None:
    id_ = await started(console.client("admin"), many(1) + "x,y,\n")
    await worker.run_all()
    zeta = console.client("owner", "zeta")
    for path in ("", "/preview", "/refused", "/result"):
        assert problem(await zeta.get(f"jobs/{id_}{path}")) == "not-found"
        assert problem(await console.client("agent").get(f"jobs/{id_}{path}")) == "not-allowed"
    assert problem(await zeta.post(f"jobs/{id_}/run")) == "not-found"
    assert problem(await zeta.delete(f"jobs/{id_}")) == "not-found"
    assert (await zeta.get("jobs")).json()["items"] == []
    assert (await console.key("customers:write").get(f"jobs/{id_}")).status_code == 200


async def test_process_that_stops_gives_its_job_back(
    console: Console, worker: JobWorker, mongo: Mongo, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop, asked = asyncio.Event(), asyncio.Event()

    async def wait(self: Customers, identities: Any) -> dict[str, str]:
        asked.set()
        await asyncio.Event().wait()
        raise AssertionError

    id_ = await started(console.client("admin"), many(1))
    with monkeypatch.context() as patched:
        patched.setattr(Customers, "ids_by_identity", wait)
        running = asyncio.create_task(worker.run_until(stop))
        await asyncio.wait_for(asked.wait(), 30)
        stop.set()
        await asyncio.wait_for(running, 30)
    found = await Jobs(mongo, "acme").get(id_)
    assert isinstance(found, Job)
    assert found.state is JobState.QUEUED
    await worker.run_all()
    assert (await job(console.client("admin"), id_))["state"] == "done"
