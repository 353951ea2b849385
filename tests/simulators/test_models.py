"""Anthropic through its SDK, OpenRouter in OpenAI's format, and the assistant's answers."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import anthropic
import httpx2
import pytest
from anthropic import AsyncAnthropic

from devtools.simulators.assistant import ModelMessage, ModelTool, find_products, reply
from tests.simulators.conftest import SimulatorClient

SHOP = """You are the assistant of Acme. Only answer questions about the shop.
- C1: Oak coaster, 4.50 USD
- C2 | Walnut coaster | USD 5.00
{"sku": "T1", "name": "Oak tray", "price": "15.00", "currency": "USD"}
Q: What are your opening hours?
A: 9 to 5, Monday to Saturday.
"""
HAIKU, SONNET = "claude-haiku-5-5", "claude-sonnet-5-5"
MESSAGES: list[Any] = [{"role": "user", "content": "do you have coasters?"}]


@pytest.fixture
async def client(sim: SimulatorClient) -> AsyncIterator[AsyncAnthropic]:
    async with AsyncAnthropic(api_key="key", base_url=f"{sim.url}/anthropic", max_retries=0, timeout=5) as client:
        yield client


def first_text(message: anthropic.types.Message) -> str:
    block = message.content[0]
    assert block.type == "text"
    return block.text


async def test_sdk_gets_answers_that_remember_the_conversation(sim: SimulatorClient, client: AsyncAnthropic) -> None:
    first = await client.messages.create(model=HAIKU, max_tokens=300, system=SHOP, messages=MESSAGES)
    assert first_text(first).startswith("Yes, we have:\n1) Oak coaster – 4.50 USD\n2) Walnut coaster – USD 5.00")
    assert (first.stop_reason, first.model) == ("end_turn", HAIKU)
    assert first.usage.input_tokens > 50
    assert first.usage.output_tokens > 5
    turns: list[Any] = [
        *MESSAGES,
        {"role": "assistant", "content": first_text(first)},
        {"role": "user", "content": "2"},
    ]
    second = await client.messages.create(model=HAIKU, max_tokens=300, system=SHOP, messages=turns)
    assert "Walnut coaster" in first_text(second)
    (record, _) = await sim.records(provider="anthropic", kind="completion")
    assert (record["model"], record["text"]) == (HAIKU, "do you have coasters?")


async def test_concurrent_calls_and_durations_are_reported(sim: SimulatorClient, client: AsyncAnthropic) -> None:
    sim.state.config.update({"anthropic": {"latency": 0.3}})
    calls = (client.messages.create(model=HAIKU, max_tokens=300, system=SHOP, messages=MESSAGES) for _ in range(3))
    await asyncio.gather(*calls)
    assert (await sim.call("GET", "/_sim/counts"))[1]["models"] == {"anthropic": {"under_way": 0, "most": 3}}
    assert all(record["took"] >= 0.3 for record in await sim.records(kind="completion"))
    await sim.call("DELETE", "/_sim/records")
    assert (await sim.call("GET", "/_sim/counts"))[1]["models"] == {"anthropic": {"under_way": 0, "most": 0}}


async def test_sdk_streams_an_answer(client: AsyncAnthropic) -> None:
    async with client.messages.stream(model=SONNET, max_tokens=300, system=SHOP, messages=MESSAGES) as stream:
        text = "".join([part async for part in stream.text_stream])
        final = await stream.get_final_message()
    assert text == first_text(final)
    assert final.stop_reason == "end_turn"
    assert final.usage.output_tokens > 5


async def test_prompt_is_cached_from_512_tokens(client: AsyncAnthropic) -> None:
    async def ask(prompt: str) -> tuple[int | None, int | None]:
        system: list[Any] = [{"type": "text", "text": prompt, "cache_control": {"type": "ephemeral"}}]
        usage = (await client.messages.create(model=HAIKU, max_tokens=9, system=system, messages=MESSAGES)).usage
        assert usage.input_tokens < 60 or len(prompt) < 2000
        return usage.cache_creation_input_tokens, usage.cache_read_input_tokens

    assert await ask("short") == (0, 0)
    created, read = await ask("x" * 4000)
    assert (created, read) == (1001, 0)
    assert await ask("x" * 4000) == (0, 1001)


async def test_tool_is_called_and_its_result_used(client: AsyncAnthropic) -> None:
    schema = {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]}
    tools: list[Any] = [{"name": "search_catalog", "description": "x", "input_schema": schema}]
    asked: list[Any] = [{"role": "user", "content": "do you have mugs?"}]
    first = await client.messages.create(model=SONNET, max_tokens=300, messages=asked, tools=tools)
    block = first.content[0]
    assert block.type == "tool_use"
    assert (first.stop_reason, block.name, block.input) == ("tool_use", "search_catalog", {"query": "mug"})
    result = {"type": "tool_result", "tool_use_id": block.id, "content": '[{"name": "Blue mug", "price": 3.5}]'}
    asked += [{"role": "assistant", "content": [block.model_dump()]}, {"role": "user", "content": [result]}]
    second = await client.messages.create(model=SONNET, max_tokens=300, messages=asked, tools=tools)
    assert "1) Blue mug – 3.5" in first_text(second)


USER = {"role": "user", "content": "hi"}
REFUSED: list[tuple[str, dict[str, Any], int]] = [
    ("an unknown model", {"model": "gpt"}, 404),
    ("no messages", {"messages": []}, 400),
    ("the assistant first", {"messages": [{"role": "assistant", "content": "hi"}, USER]}, 400),
    ("empty content", {"messages": [{"role": "user", "content": ""}]}, 400),
    ("blank text", {"messages": [{"role": "user", "content": [{"type": "text", "text": " "}]}]}, 400),
    ("prefill with sonnet", {"model": SONNET, "messages": [USER, {"role": "assistant", "content": "{"}]}, 400),
    ("temperature", {"temperature": 1.0}, 400),
    ("top_k", {"top_k": 5}, 400),
    ("an unknown field", {"colour": "red"}, 400),
    ("max_tokens of 0", {"max_tokens": 0}, 400),
    ("a tool without schema", {"tools": [{"name": "a"}]}, 400),
    (
        "a result without a call",
        {"messages": [{"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": "x"}]}]},
        400,
    ),
    ("five breakpoints", {"system": [{"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}] * 5}, 400),
]


TOOLS: list[Any] = [{"name": "look", "input_schema": {"type": "object"}}]
CALL = {"type": "tool_use", "id": "t1", "name": "look", "input": {}}
RESULT = {"type": "tool_result", "tool_use_id": "t1", "content": "x"}


def _tool_round(calls: list[Any], results: list[Any], **change: Any) -> dict[str, Any]:
    messages = [USER, {"role": "assistant", "content": calls}, {"role": "user", "content": results}]
    return {"messages": messages, "tools": TOOLS, **change}


REFUSED += [
    ("a call without a result", _tool_round([CALL], [{"type": "text", "text": "x"}]), 400),
    ("two results of one call", _tool_round([CALL], [RESULT, RESULT]), 400),
    ("a result of another call", _tool_round([CALL], [RESULT | {"tool_use_id": "t2"}]), 400),
    ("a result after text", _tool_round([CALL], [{"type": "text", "text": "x"}, RESULT]), 400),
    ("calls without tools", _tool_round([CALL], [RESULT], tools=[]), 400),
    ("one id for two calls", _tool_round([CALL, CALL], [RESULT]), 400),
    ("a call without a name", _tool_round([CALL | {"name": ""}], [RESULT]), 400),
    ("an invalid id", _tool_round([CALL | {"id": "t 1"}], [RESULT | {"tool_use_id": "t 1"}]), 400),
    (
        "another model's thinking",
        _tool_round([{"type": "thinking", "thinking": "hm", "signature": f"{SONNET}:1"}, CALL], [RESULT]),
        400,
    ),
    ("a choice without tools", {"tool_choice": {"type": "none"}}, 400),
    ("an unknown choice", {"tools": TOOLS, "tool_choice": {"type": "maybe"}}, 400),
    ("a forced choice with sonnet", {"model": SONNET, "tools": TOOLS, "tool_choice": {"type": "any"}}, 400),
]


@pytest.mark.parametrize(("label", "change", "status"), REFUSED, ids=[row[0] for row in REFUSED])
async def test_anthropic_refuses_invalid_requests(
    sim: SimulatorClient, label: str, change: dict[str, Any], status: int
) -> None:
    body = {"model": HAIKU, "max_tokens": 100, "messages": [USER]} | change
    headers = {"x-api-key": "key", "anthropic-version": "2023-06-01"}
    got, answer = await sim.call("POST", "/anthropic/v1/messages", json=body, headers=headers)
    assert (got, answer["type"]) == (status, "error"), label
    assert answer["error"]["type"] == ("not_found_error" if status == 404 else "invalid_request_error")


async def test_anthropic_accepts_calls_with_their_results(sim: SimulatorClient) -> None:
    headers = {"x-api-key": "key", "anthropic-version": "2023-06-01"}
    thinking = {"type": "thinking", "thinking": "hm", "signature": f"{HAIKU}:1"}
    for choice in ({}, {"tool_choice": {"type": "none"}}):
        body = {"model": HAIKU, "max_tokens": 100} | _tool_round([thinking, CALL], [RESULT]) | choice
        assert (await sim.call("POST", "/anthropic/v1/messages", json=body, headers=headers))[0] == 200


TOOL_CALL = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
TOOL_RESULT = {"role": "tool", "tool_call_id": "c1", "content": "x"}
FUNCTION = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}


def _tool_messages(*calls: Any, answers: tuple[Any, ...] = (TOOL_RESULT,)) -> list[Any]:
    return [USER, {"role": "assistant", "content": None, "tool_calls": list(calls)}, *answers]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"messages": _tool_messages(TOOL_CALL)}, 200),
        ({"messages": _tool_messages(TOOL_CALL, answers=())}, 400),
        ({"messages": _tool_messages(TOOL_CALL, answers=(TOOL_RESULT, TOOL_RESULT))}, 400),
        ({"messages": _tool_messages(TOOL_CALL, answers=(USER, TOOL_RESULT))}, 400),
        ({"messages": _tool_messages(TOOL_CALL | {"function": {"name": "look", "arguments": "{"}})}, 400),
        ({"messages": [USER, TOOL_RESULT]}, 400),
        ({"tools": [{**FUNCTION, "type": "tool"}]}, 400),
        ({"tools": [{"type": "function", "function": {"name": "look"}}]}, 400),
        ({"tools": [], "tool_choice": "none"}, 400),
    ],
    ids=[
        "a call and its result",
        "a call without one",
        "two results of one call",
        "a message between them",
        "arguments that are no JSON",
        "a result without a call",
        "a tool of another type",
        "a tool without schema",
        "a choice without tools",
    ],
)
async def test_openrouter_validates_tools(sim: SimulatorClient, change: dict[str, Any], status: int) -> None:
    body = {"model": "vendor/model", "messages": [USER], "tools": [FUNCTION]} | change
    got, _ = await sim.call("POST", "/openrouter/chat/completions", json=body, headers={"authorization": "Bearer key"})
    assert got == status


async def test_anthropic_requires_key_and_version(sim: SimulatorClient) -> None:
    body = {"model": HAIKU, "max_tokens": 100, "messages": [USER]}
    path = "/anthropic/v1/messages"
    assert (await sim.call("POST", path, json=body, headers={"anthropic-version": "2023-06-01"}))[0] == 401
    assert (await sim.call("POST", path, json=body, headers={"authorization": "Bearer k"}))[0] == 400


ERRORS: list[tuple[str, dict[str, Any], type[Exception]]] = [
    ("overloaded", {"kind": "overloaded"}, anthropic.APIStatusError),
    ("throttled", {"kind": "throttle", "retry_after": 3}, anthropic.RateLimitError),
    ("an expired key", {"kind": "expired_token"}, anthropic.AuthenticationError),
    ("a server error", {"kind": "status", "status": 500}, anthropic.InternalServerError),
    ("a dropped connection", {"kind": "reset"}, anthropic.APIConnectionError),
    ("bad JSON", {"kind": "malformed_json"}, json.JSONDecodeError),
]


@pytest.mark.parametrize(("label", "fault", "error"), ERRORS, ids=[row[0] for row in ERRORS])
async def test_sdk_raises_for_a_scripted_fault(
    sim: SimulatorClient, client: AsyncAnthropic, label: str, fault: dict[str, Any], error: type[Exception]
) -> None:
    await sim.script(provider="anthropic", match={"model": HAIKU}, fault=fault, times=1)
    with pytest.raises(error):
        await client.messages.create(model=HAIKU, max_tokens=100, messages=[USER])  # type: ignore[list-item]  # a plain dict
    assert (await client.messages.create(model=HAIKU, max_tokens=100, messages=MESSAGES)).role == "assistant", label


async def test_sdk_times_out_without_a_response(sim: SimulatorClient, client: AsyncAnthropic) -> None:
    await sim.script(provider="anthropic", fault={"kind": "timeout"})
    with pytest.raises(anthropic.APITimeoutError):
        await client.with_options(timeout=0.2).messages.create(model=HAIKU, max_tokens=9, messages=MESSAGES)


async def test_sdk_returns_malformed_and_scripted_answers(sim: SimulatorClient, client: AsyncAnthropic) -> None:
    await sim.script(provider="anthropic", fault={"kind": "malformed"}, times=1)
    html: object = await client.messages.create(model=HAIKU, max_tokens=9, messages=MESSAGES)
    assert isinstance(html, str)
    await sim.script(provider="anthropic", fault={"kind": "empty_error"}, times=1)
    empty = await client.messages.create(model=HAIKU, max_tokens=9, messages=MESSAGES)
    assert not getattr(empty, "content", None)
    await sim.script(provider="anthropic", fault={"kind": "refusal"}, times=1)
    refused = await client.messages.create(model=HAIKU, max_tokens=9, messages=MESSAGES)
    assert (refused.stop_reason, refused.content) == ("refusal", [])
    await sim.script(fault={"kind": "answer", "text": "exactly this"}, match={"text_contains": "COASTER"}, times=1)
    exact = await client.messages.create(model=HAIKU, max_tokens=9, messages=MESSAGES)
    assert first_text(exact) == "exactly this"


async def test_stream_ends_with_an_error_or_a_dropped_connection(sim: SimulatorClient, client: AsyncAnthropic) -> None:
    async def read() -> None:
        async with client.messages.stream(model=HAIKU, max_tokens=99, messages=MESSAGES) as stream:
            async for _ in stream.text_stream:
                pass

    await sim.script(fault={"kind": "stream_overloaded"}, times=1)
    with pytest.raises(anthropic.APIStatusError) as overloaded:
        await read()
    assert overloaded.value.status_code == 200
    await sim.script(fault={"kind": "stream_cut"}, times=1)
    with pytest.raises(httpx2.TransportError):
        await read()
    await read()


async def test_openrouter_answers_in_openais_format(sim: SimulatorClient) -> None:
    body = {"model": "vendor/model", "messages": [{"role": "system", "content": SHOP}, *MESSAGES]}
    headers = {"authorization": "Bearer key"}
    path = "/openrouter/chat/completions"
    status, answer = await sim.call("POST", path, json=body, headers=headers)
    assert status == 200
    assert "1) Oak coaster" in answer["choices"][0]["message"]["content"]
    assert answer["choices"][0]["finish_reason"] == "stop"
    assert answer["usage"]["total_tokens"] > 50
    assert (await sim.call("POST", path, json=body))[0] == 401
    assert (await sim.call("POST", path, json=body | {"model": "model"}, headers=headers))[0] == 400
    assert (await sim.call("POST", path, json=body | {"max_tokens": 0}, headers=headers))[0] == 400
    _, short = await sim.call("POST", path, json=body | {"max_tokens": 2}, headers=headers)
    assert len(short["choices"][0]["message"]["content"]) == 8
    assert short["choices"][0]["finish_reason"] == "length"
    await sim.script(provider="openrouter", fault={"kind": "empty_error", "status": 502}, times=1)
    status, answer = await sim.call("POST", path, json=body, headers=headers)
    assert (status, answer["error"]["code"]) == (200, 502)
    await sim.script(provider="openrouter", fault={"kind": "error", "status": 402}, times=1)
    assert (await sim.call("POST", path, json=body, headers=headers))[0] == 402


def answers_to(system: str, *texts: str) -> list[str]:
    """Return the assistant's answers to the customer's messages."""
    turns: list[ModelMessage] = []
    for text in texts:
        turns.append(ModelMessage("user", text))
        turns.append(ModelMessage("assistant", reply(system, turns).text))
    return [turn.text for turn in turns if turn.role == "assistant"]


def test_order_is_taken_step_by_step() -> None:
    answers = answers_to(SHOP, "Do you have coasters?", "2", "4", "yes")
    assert answers[1] == "You chose 2) Walnut coaster – USD 5.00. How many would you like?"
    assert answers[2] == "Great: 4 × Walnut coaster – USD 5.00. Shall I place the order?"
    assert "4 × Walnut coaster" in answers[3]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("hello", "Hello!"),
        ("when are your opening hours?", "9 to 5"),
        ("do you sell trays", "1) Oak tray – 15.00 USD"),
        ("do you have chairs?", "we do not have that"),
        ("write me a poem", "only help with questions about our shop"),
        ("can I speak to a human?", "colleague"),
        ("<customer_message>zzz 77</customer_message>", '"zzz 77"'),
    ],
)
def test_answer_fits_the_question(text: str, part: str) -> None:
    assert part in answers_to(SHOP, text)[0]


def test_question_without_a_catalogue_is_answered() -> None:
    answers = answers_to("", "do you have coasters?", "the second one")
    assert "2) Walnut coaster" in answers[0]
    assert "Walnut coaster" in answers[1]


def test_customers_name_is_remembered() -> None:
    assert answers_to("", "my name is Ada", "what's my name?")[1] == "Your name is Ada."


def test_products_are_found_in_several_formats() -> None:
    assert find_products("1) Cup: $3\nCup, 3 USD\nSKU A1 | Pot | 4.00\nno price here") == [
        "Cup – $3",
        "Cup – 3 USD",
        "Pot – 4.00",
    ]


def test_request_for_a_human_calls_the_hand_off_tool() -> None:
    tool = ModelTool("hand_off", {"properties": {"reason": {"type": "string"}}, "required": ["reason"]})
    assert reply("", [ModelMessage("user", "a human please")], [tool]).arguments == {"reason": "a human please"}
