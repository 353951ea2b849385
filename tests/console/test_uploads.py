"""Uploads of customers' files: their limits, and repetitions with the same key."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx2
import pytest

from services.console.parts import Parts
from shared.domain import ids
from shared.domain.jobs import MAX_UPLOAD
from shared.operations.jobs.requests import JobRequests, Requester, UploadTooLarge
from shared.operations.jobs.worker import JobWorker
from shared.storage.mongo import Mongo
from tests.console.console import Client, Console, problem
from tests.console.imports import HEADER, job, many, started, upload, worker_of
from tests.console.routed import WORKSPACE

PRESS = f"parley:once:acme:{ids.derived_id('command', 'acme', 'user:admin-acme', 'press-0001')}"


@pytest.fixture(autouse=True)
async def acme(mongo: Mongo) -> None:
    """A workspace."""
    await mongo.collection("workspaces").insert({**WORKSPACE, "segments": []})


@pytest.fixture
def worker(parts: Parts) -> JobWorker:
    return worker_of(parts)


@dataclass
class Gate:
    """Holds an upload back in the middle."""

    reached: asyncio.Event = field(default_factory=asyncio.Event)
    open: asyncio.Event = field(default_factory=asyncio.Event)


async def slow_upload(client: Client, text: str, gate: Gate | None = None, *, fails: bool = False) -> httpx2.Response:
    """Upload with the key `press-0001`; fails: the form has no end."""
    head = b'--bound\r\nContent-Disposition: form-data; name="file"; filename="c.csv"\r\n\r\n'
    tail = b"x" * 11 if fails else b"\r\n--bound--"
    body = head + text.encode() + tail

    async def pieces() -> AsyncIterator[bytes]:
        yield body[:100]
        if gate is not None:
            gate.reached.set()
            await gate.open.wait()
        yield body[100:]

    headers = {
        "content-type": "multipart/form-data; boundary=bound",
        "content-length": str(len(body)),
        "idempotency-key": "press-0001",
    }
    return await client.http.post(client.path("customers/imports"), content=pieces(), headers=headers)


async def test_upload_is_bounded_and_leaves_nothing(console: Console, mongo: Mongo) -> None:
    admin = console.client("admin")
    announced = {"content-length": str(MAX_UPLOAD + 100_000), "content-type": "multipart/form-data; boundary=b"}
    headers = {**announced, "idempotency-key": "too-large-1"}
    response = await admin.http.post(admin.path("customers/imports"), content=b"--b", headers=headers)
    assert problem(response) == "too-large"
    assert problem(await upload(admin, "")) == "invalid"
    assert problem(await admin.post("customers/imports", {})) == "unsupported-media-type"

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 4_000_000

    requests = JobRequests(mongo, "acme", console.clock)
    with pytest.raises(UploadTooLarge):
        await requests.upload("j", Requester("user:a", "A"), endless(), dry_run=True)
    assert await mongo.collection("job_files").find({}) == []
    assert await mongo.collection("jobs").find({}) == []


async def test_large_upload_is_stored_in_parts(console: Console, mongo: Mongo) -> None:
    text = HEADER + "x" * 2_500_000
    id_ = await started(console.client("admin"), text, "?dry_run=true")
    parts = await mongo.collection("job_files").find({"job": id_, "workspace": "acme"}, sort=[("number", 1)])
    assert [len(part["data"]) for part in parts] == [1024 * 1024, 1024 * 1024, len(text) - 2 * 1024 * 1024]
    assert b"".join(part["data"] for part in parts) == text.encode()


async def test_repeated_upload_is_one_job_also_without_redis(console: Console, mongo: Mongo, parts: Parts) -> None:
    admin = console.client("admin")
    first = await upload(admin, many(2), key="press-0001")
    again = await upload(admin, many(2), key="press-0001")
    assert "idempotent-replayed" in again.headers, again.text
    await parts.redis.delete(PRESS)
    third = await upload(admin, many(2), key="press-0001")
    assert first.json()["id"] == again.json()["id"] == third.json()["id"]
    assert len(await mongo.collection("jobs").find({})) == 1


async def test_upload_that_is_repeated_while_it_arrives_is_told_so(console: Console, mongo: Mongo) -> None:
    admin, arrives = console.client("admin"), Gate()
    first = asyncio.create_task(slow_upload(admin, many(2), arrives))
    await arrives.reached.wait()
    again = await slow_upload(admin, many(2))
    assert (problem(again), again.headers["retry-after"]) == ("conflict", "1")
    assert "still running" in again.json()["detail"]
    arrives.open.set()
    assert (await first).status_code == 202
    last = await slow_upload(admin, many(2))
    assert (last.status_code, last.json()["id"]) == (202, (await first).json()["id"])
    assert len(await mongo.collection("jobs").find({})) == 1


async def test_upload_keeps_its_key_for_as_long_as_it_arrives(
    console: Console, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.console.idempotency._RENEW_EVERY", 0.01)
    admin, arrives = console.client("admin"), Gate()
    first = asyncio.create_task(slow_upload(admin, many(2), arrives))
    await arrives.reached.wait()
    await parts.redis._driver.expire(PRESS, 20)
    async with asyncio.timeout(20):
        while await parts.redis._driver.ttl(PRESS) <= 20:  # noqa: ASYNC110 - the request renews it in Redis
            await asyncio.sleep(0.01)
    arrives.open.set()
    assert (await first).status_code == 202


@pytest.mark.parametrize("ends", ["well", "broken off"])
async def test_uploads_at_the_same_time_with_one_key_are_one_complete_import(
    console: Console, worker: JobWorker, mongo: Mongo, parts: Parts, ends: str
) -> None:
    """As after a claim that was lost with Redis: neither takes the other's file or key away."""
    admin, arrives = console.client("admin"), Gate()
    first = asyncio.create_task(slow_upload(admin, many(2), arrives, fails=ends == "broken off"))
    await arrives.reached.wait()
    await parts.redis.delete(PRESS)
    second = await slow_upload(admin, many(2))
    arrives.open.set()
    assert (await first).status_code == (202 if ends == "well" else 400)
    again = await slow_upload(admin, many(2))
    assert "idempotent-replayed" in again.headers, again.text
    assert len(await mongo.collection("job_files").find({})) == 1
    await worker.run_all()
    assert (await job(admin, second.json()["id"]))["counts"]["created"] == 2
    assert len(await mongo.collection("jobs").find({})) == 1
