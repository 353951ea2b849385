"""Flows are stored in all their versions, which never change."""

import pytest

from shared.flows import load
from shared.repositories.flows import Flows
from shared.storage.mongo import Mongo
from tests.repositories.builders import NOW, later

SOURCE = "flow: hello\nsteps: {hi: Hello!}\n"


@pytest.fixture
def flows(mongo: Mongo) -> Flows:
    return Flows(mongo, "acme")


async def test_stored_flow_reads_back_as_the_same_version(flows: Flows) -> None:
    flow = load.read_flow(SOURCE)
    assert await flows.put(flow.name, flow.version, SOURCE, NOW)
    source = await flows.get("hello", flow.version)
    assert source == SOURCE
    assert load.read_flow(source).version == flow.version


async def test_version_is_stored_once_and_never_changes(flows: Flows) -> None:
    assert await flows.put("hello", "v1", SOURCE, NOW)
    assert not await flows.put("hello", "v1", "something else", later(9))
    assert await flows.get("hello", "v1") == SOURCE
    assert await flows.versions("hello") == ("v1",)


async def test_versions_come_newest_first(flows: Flows) -> None:
    for number in (1, 2, 3):
        await flows.put("hello", f"v{number}", SOURCE, later(number))
    await flows.put("other", "v9", SOURCE, later(9))
    assert await flows.versions("hello") == ("v3", "v2", "v1")
    assert await flows.versions("none") == ()


async def test_missing_version_is_none(flows: Flows) -> None:
    assert await flows.get("hello", "v1") is None


async def test_flows_belong_to_one_workspace(flows: Flows, mongo: Mongo) -> None:
    theirs = Flows(mongo, "rival")
    assert await flows.put("hello", "v1", SOURCE, NOW)
    assert await theirs.get("hello", "v1") is None
    assert await theirs.put("hello", "v1", "theirs", NOW)
    assert await flows.get("hello", "v1") == SOURCE
    assert await theirs.versions("hello") == ("v1",)
