"""Outages of the trace receiver: customers are answered and processes stop gracefully."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from devtools.stack.supervisor import Stack
from tests.e2e.shop import FAQS, PrivateData, phone
from tests.e2e.stacks import CurrentStack, started
from tests.e2e.waiting import in_thread
from tests.e2e.world import World, service_logs

KINDS = ("no receiver", "receiver accepts connections and never answers")


@contextmanager
def _receiver(kind: str) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0), backlog=128) as hanging:
        url = f"http://127.0.0.1:{hanging.getsockname()[1]}"
        if kind == KINDS[0]:
            hanging.close()
        yield url


@pytest.fixture(scope="module", params=KINDS)
def stack(
    request: pytest.FixtureRequest,
    current_stack: CurrentStack,
    tmp_path_factory: pytest.TempPathFactory,
    private: PrivateData,
) -> Iterator[Stack]:
    """Export each span at once in its own request, the worst case for a failing receiver."""
    with _receiver(request.param) as url:
        env = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": url,
            "OTEL_BSP_SCHEDULE_DELAY": "10",
            "OTEL_BSP_MAX_QUEUE_SIZE": "20",
            "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "1",
        }
        current_stack.close()
        with started(tmp_path_factory.mktemp("away"), private, env) as stack:
            yield stack


async def test_customers_are_answered_and_processes_stop_gracefully(world: World) -> None:
    shop, (question, answer) = await world.shop(), next(iter(FAQS.items()))
    customers = [phone() for _ in range(20)]
    for customer in customers:
        await world.write(shop, customer, question)
    for customer in customers:
        assert [answer in record["text"] for record in await world.answers(customer)] == [True]
    for service in ("ingress", "router", "delivery"):
        assert (await world.ops(service, "/health/ready"))[0] == 200
        assert await in_thread(world.stack.stop_one, service), f"{service} did not end by itself"
    complaints = [line for _, line in service_logs(Path(world.stack.info["logs"])) if '"logger":"opentelemetry' in line]
    assert complaints, "the loss is logged"
    assert not any(shop.access_token in line or customer in line for line in complaints for customer in customers)
