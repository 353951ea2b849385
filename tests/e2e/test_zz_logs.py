"""What the services have logged during all the tests before: for machines to read, and nothing private in it.

The file's name puts it last, so that it sees the logs of a whole run.
"""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from devtools.stack.environment import DEMO_META_APP_SECRET, DEMO_META_VERIFY_TOKEN
from devtools.stack.supervisor import Stack
from tests.e2e.conftest import world_of
from tests.e2e.world import Said, World, logged, phone, word

# Lines about one message; each says whose it is and to which exchange it belongs.
OF_WORK = ("Decided", "Answered", "Apologised", "A model gave no answer", "Sending failed", "In doubt, sending again")


@pytest.fixture
async def world(stack: Stack, said: Said) -> AsyncIterator[World]:
    """The shared stack, after one exchange of each kind: the logs are not empty if only this file is run."""
    async with world_of(stack, said) as world:
        shop, ada, bo = await world.shop(), phone(), phone()
        failing, unknown = word(), phone()
        await world.script("anthropic", {"kind": "status", "status": 500}, times=1, text_contains=failing)
        await world.script("meta", {"kind": "status", "status": 500}, times=1, to=ada, kind="message")
        await world.script("meta", {"kind": "error", "code": 131026, "details": f"to={bo}"}, to=bo, kind="message")
        await world.write(shop, ada, f"remark {failing} my number is +{unknown}")
        await world.write(shop, bo, "Where are you?")
        said.phones.add(unknown)
        await world.answers(ada)
        await world.outbound_when(shop, lambda it: it["state"] == "failed")
        yield world


@pytest.fixture
def lines(world: World) -> list[tuple[str, str]]:
    """Of all stacks that have run: the log's name and the line."""
    return [entry for folder in world.said.logs for entry in logged(folder)]


async def test_no_log_holds_a_number_a_token_or_a_text_of_a_customer(lines: list[tuple[str, str]], said: Said) -> None:
    texts = {text for text in said.texts if len(text) > 5}  # a shorter one is part of any timestamp
    private = said.phones | said.tokens | texts | {DEMO_META_APP_SECRET, DEMO_META_VERIFY_TOKEN, "demo-key"}
    everything = "\n".join(line for _, line in lines)
    found = {secret for secret in private if secret in everything}
    assert not found, [line for _, line in lines if any(secret in line for secret in found)][:5]


async def test_every_line_is_json_and_names_its_service(lines: list[tuple[str, str]]) -> None:
    assert len(lines) > 20
    for log, line in lines:
        try:
            entry: dict[str, Any] = json.loads(line)
        except ValueError:
            pytest.fail(f"{log}: {line!r} is not JSON")
        assert entry["service"] == log.split("-")[0], line
        assert {"level", "time", "message"} <= entry.keys(), line


async def test_lines_about_a_message_say_whose_it_is_and_which_exchange_it_belongs_to(
    lines: list[tuple[str, str]],
) -> None:
    entries = [json.loads(line) for _, line in lines]
    work = [entry for entry in entries if entry["message"] in OF_WORK]
    assert {entry["service"] for entry in work} >= {"router", "ai", "delivery"}
    for entry in work:
        assert entry.get("workspace_id"), entry
        assert len(entry.get("correlation_id", "")) == 32, entry


async def test_no_handler_failed_and_no_process_ended_by_an_unexpected_error(lines: list[tuple[str, str]]) -> None:
    bad = ("A handler failed", "Ended by an unexpected error", "Task exception was never retrieved")
    assert [line for _, line in lines if any(words in line for words in bad)][:5] == []
