"""Simulators answer every corrupted request as the provider would."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from tests.simulators.conftest import SimulatorClient, text
from tests.simulators.test_strictness import ACCEPTED

JUNK: list[Any] = [None, 0, -1.5, True, "", "x", "é" * 5000, [], [None], [[]], {}, {"type": []}]

CONVERSATION: dict[str, Any] = {
    "model": "claude-haiku-5-5",
    "max_tokens": 50,
    "system": [{"type": "text", "text": "Shop", "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
    "messages": [
        {"role": "user", "content": "do you have mugs?"},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "search", "input": {"q": "x"}}]},
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "t1", "content": [{"type": "text", "text": '{"name": "Mug"}'}]},
                {"type": "text", "text": "well?"},
            ],
        },
    ],
    "tools": [
        {
            "name": "search",
            "input_schema": {
                "type": "object",
                "properties": {"q": {"type": "string", "enum": ["a"]}},
                "required": ["q"],
            },
        }
    ],
    "tool_choice": {"type": "auto"},
    "cache_control": {"type": "ephemeral"},
}


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every part of a JSON value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in items:
        yield (*path, key)
        yield from paths(child, (*path, key))


def corrupted_copies(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield copies of the body with one part replaced by junk or removed."""
    for path in paths(body):
        for junk in [*JUNK, KeyError]:
            changed = copy.deepcopy(body)
            parent = changed
            for key in path[:-1]:
                parent = parent[key]
            if junk is KeyError:
                del parent[path[-1]]
            else:
                parent[path[-1]] = junk
            yield changed


@pytest.mark.parametrize(("label", "body"), ACCEPTED, ids=[row[0] for row in ACCEPTED])
async def test_meta_answers_corrupted_messages(sim: SimulatorClient, label: str, body: dict[str, Any]) -> None:
    await sim.config(meta={"statuses": []})
    for changed in corrupted_copies(body):
        status, answer = await sim.meta(changed)
        assert status in {200, 400, 404} and ("messages" in answer or "error" in answer), (label, changed)


async def test_meta_answers_bodies_that_are_no_object(sim: SimulatorClient) -> None:
    headers = {"authorization": "Bearer x"}
    for body in (b"", b"[]", b"{", b"\xff\xfe", b"null", b'"x"'):
        status, answer = await sim.call("POST", "/meta/v23.0/1001/messages", data=body, headers=headers)
        assert (status, answer["error"]["code"]) == (400, 100)
    assert len(await sim.records()) == 6
    for number, version in (("abc", "v23.0"), ("1001", "latest")):
        status, _ = await sim.call("POST", f"/meta/{version}/{number}/messages", json=text(), headers=headers)
        assert status == 400


async def test_anthropic_answers_corrupted_requests(sim: SimulatorClient) -> None:
    headers = {"x-api-key": "key", "anthropic-version": "2023-06-01"}
    for changed in corrupted_copies(CONVERSATION):
        status, answer = await sim.call("POST", "/anthropic/v1/messages", json=changed, headers=headers)
        assert status in {200, 400, 404} and answer["type"] in {"message", "error"}, changed


async def test_openrouter_answers_corrupted_requests(sim: SimulatorClient) -> None:
    function = {"name": "search", "parameters": CONVERSATION["tools"][0]["input_schema"]}
    body = {
        "model": "a/b",
        "messages": [{"role": "system", "content": "Shop"}, {"role": "user", "content": "do you have mugs?"}],
        "tools": [{"type": "function", "function": function}],
    }
    for changed in corrupted_copies(body):
        headers = {"authorization": "Bearer k"}
        status, _ = await sim.call("POST", "/openrouter/chat/completions", json=changed, headers=headers)
        assert status in {200, 400}, changed
