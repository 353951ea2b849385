"""Faults that need a disk, a clock, certificates or an older version of its own. With OPERATORS_YEAR=1 only."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from devtools.deploy.check_result import ToolUnavailable
from devtools.deploy.engine.versions import check_out_before
from devtools.stack.java import find_java
from devtools.stack.kafka_jars import kafka_libs
from devtools.stack.ports import Ports
from devtools.stack.supervisor import Stack
from tests.e2e.shop import PrivateData
from tests.e2e.small_disk import fill, small_disk
from tests.e2e.stacks import started, world_of
from tests.e2e.waiting import in_thread, until
from tests.operations.documented import Operator
from tests.operations.load import PATIENCE, PATIENT_DELIVERY, customers_writing
from tests.operations.turned_clock import turnable
from tests.runtime.secured import PASSWORD, USER, SecuredKafka, make_authority

pytestmark = [pytest.mark.usefixtures("on_demand"), pytest.mark.stack, pytest.mark.e2e, pytest.mark.timeout(600)]
SERVICES = ("ingress", "router", "ai", "delivery")
_DISK = 700  # MB
_ENOUGH = 8  # customers


async def _wrote(some: list[str], count: int) -> bool:
    return len(some) >= count


async def _some_more(wrote: list[str]) -> None:
    """Wait until more customers have written."""
    wanted = len(wrote) + _ENOUGH
    await until(lambda: _wrote(wrote, wanted), "more have written", within=PATIENCE)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", _DISK) as place:
        yield place


async def test_full_disk_that_is_freed_needs_nothing_else(disk: Path) -> None:
    with started(disk / "stack", None, PATIENT_DELIVERY, restart=True) as stack:
        async with world_of(stack, PrivateData()) as world:
            shop = await world.shop()
            async with customers_writing(world, shop) as wrote:
                await _some_more(wrote)
                ballast = disk / "ballast"
                await in_thread(fill, ballast)
                await until(lambda: _has_ended(stack), "a server has ended for want of room", within=PATIENCE)
                assert stack.failure is None, "the supervisor goes on"
                ballast.unlink()
                await _some_more(wrote)
            await world.wait_ready(*SERVICES, within=PATIENCE)
            assert stack.failure is None
            assert Path(stack.info["logs"]).parent.joinpath("run.json").stat().st_size > 0


async def _has_ended(stack: Stack) -> bool:
    return bool(stack.unexpected_exits)


async def test_clock_that_is_wrong_and_set_again(tmp_path: Path) -> None:
    """The clock of ingress is two hours ahead, which Kafka refuses; providers repeat until it is set."""
    clock = tmp_path / "clock"
    clock.write_text("+0")
    with started(tmp_path / "stack", None, PATIENT_DELIVERY, restart=True) as stack:
        stack.server("ingress").env.update(turnable(clock))
        await in_thread(stack.restart, "ingress")
        async with world_of(stack, PrivateData()) as world:
            shop = await world.shop()
            async with customers_writing(world, shop) as wrote:
                await _some_more(wrote)
                clock.write_text("+2h")
                await world.wait_ready("ingress", status=503, within=PATIENCE)
                assert "clock" in str((await world.ops("ingress", "/health/ready"))[1])
                clock.write_text("+0")
                await world.wait_ready("ingress", within=PATIENCE)
                await _some_more(wrote)


async def test_certificates_of_kafka_are_renewed_by_another_authority(tmp_path: Path) -> None:
    ports, old, new = (
        Ports(tmp_path / "ports.json"),
        make_authority(tmp_path / "old"),
        make_authority(tmp_path / "new", "new ca"),
    )
    trusted = tmp_path / "ca.crt"
    shutil.copyfile(old.ca, trusted)
    kafka = SecuredKafka(old, ports, java=find_java(), libs=kafka_libs(), at=tmp_path, env=dict(os.environ))
    kafka.start()
    try:
        kafka.wait_ready()
        kafka.add_user()
        env = {
            "KAFKA_BOOTSTRAP_SERVERS": kafka.named,
            "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "KAFKA_SSL_CA_FILE": str(trusted),
            "KAFKA_SASL_USERNAME": USER,
            "KAFKA_SASL_PASSWORD": PASSWORD,
        }
        with started(tmp_path / "stack", None, {**PATIENT_DELIVERY, **env}, restart=True) as stack:
            async with world_of(stack, PrivateData()) as world:
                shop = await world.shop()
                async with customers_writing(world, shop) as wrote:
                    await in_thread(_join, trusted, old.ca, new.ca)
                    await _restart_all(stack)
                    kafka.authority = replace(old, ca=new.ca, server=new.server)
                    await in_thread(kafka.restart)
                    await _some_more(wrote)
                    await in_thread(_join, trusted, new.ca)
                    await _restart_all(stack)
                    await _some_more(wrote)
    finally:
        kafka.stop(5.0)
        ports.close()


def _join(target: Path, *files: str) -> None:
    target.write_text("".join(Path(one).read_text() for one in files))


async def _restart_all(stack: Stack) -> None:
    for service in SERVICES:
        await in_thread(stack.restart, service)


async def test_upgrade_from_the_version_before_with_migration_and_back(tmp_path: Path) -> None:
    """The version before is the last release, or the commit of a day before, with the packages of today."""
    before = tmp_path / "before"
    before.mkdir()
    try:
        name = check_out_before(before)
    except ToolUnavailable as reason:
        pytest.skip(f"NOT CHECKED: there is no version before: {reason}")
    with started(tmp_path / "stack", None, PATIENT_DELIVERY, restart=True) as stack:
        now = stack.server("router").cwd
        operator = Operator(tmp_path / "stack")
        async with world_of(stack, PrivateData()) as world:
            shop = await world.shop()
            await _replace(stack, before)
            async with customers_writing(world, shop) as wrote:
                await _some_more(wrote)
                await operator.does("parley migrate")
                await _replace(stack, now)
                await _some_more(wrote)
                await operator.does("parley migrate --check")
                await _replace(stack, before)  # and back
                await _some_more(wrote)
            assert await in_thread(_folders, stack) == {str(before)}, f"all are of {name}"


def _folders(stack: Stack) -> set[str]:
    """Return the folders in which the services run."""
    return {os.readlink(f"/proc/{stack.info['pids'][one][0]}/cwd") for one in SERVICES}  # noqa: PTH115 - of the kernel


async def _replace(stack: Stack, checkout: Path) -> None:
    """Replace the services one after another by those of another checkout."""
    for service in SERVICES:
        stack.server(service).cwd = checkout
        stack.server(service).env["SECRETS_KEY"] = stack.env["SECRETS_KEY"]  # some versions want it everywhere
        await in_thread(stack.restart, service)
