"""Uploads of customers' files, and the jobs that they start."""

from typing import Any

import httpx2

from services.console.customer_jobs import customer_job_worker
from services.console.parts import Parts
from shared.operations.jobs.worker import JobWorker
from tests.console.console import Client

HEADER = "phone,name,opted out\n"


async def upload(client: Client, text: str, query: str = "", **options: Any) -> httpx2.Response:
    files = {"file": ("customers.csv", text.encode(), "text/csv")}
    client.posts += 1
    headers = {"idempotency-key": options.pop("key", f"upload-{client.posts:04}")}
    return await client.http.post(client.path(f"customers/imports{query}"), files=files, headers=headers, **options)


async def started(client: Client, text: str, query: str = "") -> str:
    response = await upload(client, text, query)
    assert response.status_code == 202, response.text
    assert response.headers["location"].endswith(f"/jobs/{response.json()['id']}")
    return str(response.json()["id"])


async def job(client: Client, id_: str) -> Any:
    response = await client.get(f"jobs/{id_}")
    assert response.status_code == 200, response.text
    return response.json()


def many(count: int) -> str:
    return HEADER + "".join(f"+23480312345{n:02},C{n},\n" for n in range(count))


def worker_of(parts: Parts) -> JobWorker:
    """Return a worker that waits for nothing."""
    return customer_job_worker(parts.mongo, parts.workspaces, parts.clock, _no_sleep)


async def _no_sleep(seconds: float) -> None:
    """Nobody else is at work here."""
