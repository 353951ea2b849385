"""OpenRouter's models through our client: what an answer is, and every way in which there is none."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from devtools.simulators.app import run_simulators
from devtools.simulators.config import Environment
from devtools.simulators.request_log import RecordFilter
from devtools.simulators.script import FaultRule, RuleMatch, ScriptedFault
from devtools.simulators.state import SimulatorState
from services.ai.calls.ask import AskResult, ask_models
from services.ai.prompt.prompt import Prompt, PromptTurn
from services.ai.vendors.anthropic import AnthropicModel
from services.ai.vendors.by_model import OPENROUTER, ModelVendors, vendor_of
from services.ai.vendors.failures import Fault as Whose
from services.ai.vendors.failures import ModelFailed, read_retry_after
from services.ai.vendors.openrouter import OpenRouterModel, read_answer
from services.ai.vendors.port import LanguageModel
from shared.domain.model_prices import Tokens

MODEL = "anthropic/claude-haiku-5.5"
HAIKU = "claude-haiku-5-5"
PROMPT = Prompt(
    ("Be brief.", "We sell coasters."),
    (PromptTurn("user", "Hello"), PromptTurn("assistant", "Hi!"), PromptTurn("user", "x")),
)


@pytest.fixture
async def sim() -> AsyncIterator[tuple[str, SimulatorState]]:
    async with run_simulators(Environment()) as started:
        yield started


@pytest.fixture
async def model(sim: tuple[str, SimulatorState]) -> AsyncIterator[OpenRouterModel]:
    model = OpenRouterModel("key", f"{sim[0]}/openrouter")
    yield model
    await model.close()


async def _fail(model: OpenRouterModel, *, timeout: float = 5.0, name: str = MODEL) -> ModelFailed:
    with pytest.raises(ModelFailed) as caught:
        await model.answer(PROMPT, model=name, max_tokens=50, timeout=timeout)
    return caught.value


async def test_request_and_answer_have_openais_shape(model: OpenRouterModel, sim: tuple[str, SimulatorState]) -> None:
    answer = await model.answer(PROMPT, model=MODEL, max_tokens=50, timeout=5)
    assert "x" in answer.text
    assert answer.model == MODEL
    assert answer.tokens.input > 0 < answer.tokens.output
    ((record,), _) = sim[1].records.after(0, RecordFilter(), 9)
    sent = json.loads(bytes(record.payload))
    assert sent == {
        "model": MODEL,
        "max_tokens": 50,
        "messages": [
            {
                "role": "system",
                "content": [
                    {"type": "text", "text": "Be brief."},
                    {"type": "text", "text": "We sell coasters.", "cache_control": {"type": "ephemeral"}},
                ],
            },
            {"role": "user", "content": "Hello"},
            {"role": "assistant", "content": "Hi!"},
            {"role": "user", "content": "x"},
        ],
    }


# A fault, and the expected reason, cause, retryable, unknown (it may have cost something).
FAULTS: dict[str, tuple[dict[str, Any], tuple[str, Whose, bool, bool]]] = {
    "an error with HTTP 200": ({"kind": "empty_error", "status": 502}, ("HTTP 502", Whose.MODEL, True, False)),
    "no credit, in the vendor's words": ({"kind": "no_credit"}, ("HTTP 402", Whose.ACCESS, False, False)),
    "a spend limit, in the vendor's words": ({"kind": "spend_limit"}, ("HTTP 403", Whose.ACCESS, False, False)),
    "a proxy's budget": (
        {"kind": "error", "status": 400, "message": "Budget has been exceeded! Current cost: 1.2, Max budget: 1.0"},
        ("HTTP 400", Whose.ACCESS, False, False),
    ),
    "no credit": ({"kind": "error", "status": 402}, ("HTTP 402", Whose.ACCESS, False, False)),
    "a wrong key": ({"kind": "expired_token"}, ("HTTP 401", Whose.ACCESS, False, False)),
    "a bad request": ({"kind": "error", "status": 400}, ("HTTP 400", Whose.REQUEST, False, False)),
    "too many requests": ({"kind": "throttle", "retry_after": 7}, ("HTTP 429", Whose.MODEL, True, False)),
    "no provider has the model": ({"kind": "overloaded"}, ("HTTP 503", Whose.MODEL, True, False)),
    "HTML": ({"kind": "malformed"}, ("unreadable: no JSON object", Whose.MODEL, True, True)),
    "truncated JSON": ({"kind": "malformed_json"}, ("unreadable: no JSON object", Whose.MODEL, True, True)),
    "a refusal": ({"kind": "refusal"}, ("refusal", Whose.REQUEST, False, False)),
    "an empty text": ({"kind": "answer", "text": " "}, ("no text", Whose.REQUEST, True, False)),
    "a connection cut": ({"kind": "reset"}, ("unreadable: connection lost", Whose.MODEL, True, True)),
    "silence": ({"kind": "timeout", "seconds": 5}, ("time-out", Whose.MODEL, True, True)),
}


@pytest.mark.parametrize(("fault", "expected"), FAULTS.values(), ids=FAULTS)
async def test_each_failure_is_classified(
    model: OpenRouterModel,
    sim: tuple[str, SimulatorState],
    fault: dict[str, Any],
    expected: tuple[str, Whose, bool, bool],
) -> None:
    sim[1].script.add(FaultRule(fault=ScriptedFault(**fault), provider="openrouter", match=RuleMatch(model=MODEL)))
    failure = await _fail(model, timeout=0.5 if fault["kind"] == "timeout" else 5)
    lost = ("unreadable: ServerDisconnectedError", "unreadable: ClientOSError")  # which of them is up to the system
    found = "unreadable: connection lost" if failure.reason in lost else failure.reason
    assert (found, failure.fault, failure.retryable, failure.unknown) == expected
    assert failure.retry_after == fault.get("retry_after")


async def test_unreachable_vendor_costs_nothing() -> None:
    model = OpenRouterModel("key", "http://127.0.0.1:9")
    failure = await _fail(model)
    assert (failure.reason, failure.retryable, failure.unknown) == ("unreachable: ConnectError", True, False)
    await model.close()


async def test_unreachable_anthropic_costs_nothing() -> None:
    anthropic = AnthropicModel("key", "http://127.0.0.1:9")
    with pytest.raises(ModelFailed) as caught:
        await anthropic.answer(PROMPT, model="claude-haiku-5-5", max_tokens=50, timeout=5)
    await anthropic.close()
    assert (caught.value.reason, caught.value.unknown) == ("unreadable: APIConnectionError", False)


async def test_lone_surrogate_is_a_fault_of_the_request(model: OpenRouterModel) -> None:
    prompt = Prompt(("Be brief.",), (PromptTurn("user", "\ud83d"),))
    with pytest.raises(ModelFailed) as caught:
        await model.answer(prompt, model=MODEL, max_tokens=50, timeout=5)
    assert caught.value.fault is Whose.REQUEST


def _body(**values: Any) -> bytes:
    choice = {"message": {"role": "assistant", "content": "Hi."}, "finish_reason": "stop"}
    return json.dumps({"choices": [choice], "usage": {"prompt_tokens": 9, "completion_tokens": 2}, **values}).encode()


def test_cached_tokens_are_not_counted_as_input() -> None:
    usage = {
        "prompt_tokens": 1000,
        "completion_tokens": 20,
        "prompt_tokens_details": {"cached_tokens": 700, "cache_write_tokens": 200},
    }
    answer = read_answer(200, {}, _body(usage=usage), MODEL)
    assert answer.tokens == Tokens(input=100, output=20, cache_read=700, cache_write=200)


ODD: dict[str, tuple[int, bytes, str]] = {
    "an error within a choice": (
        200,
        _body(choices=[{"message": {"content": "Hi"}, "error": {"code": 502, "message": "Provider disconnected"}}]),
        "HTTP 502",
    ),
    "an error that is a string": (200, b'{"error": "oops"}', "HTTP 200"),
    "an invalid code": (200, b'{"error": {"code": "x", "message": 5}}', "HTTP 200"),
    "a moderator's refusal": (
        403,
        b'{"error": {"code": 403, "message": "flagged", "metadata": {"reasons": ["x"], "flagged_input": "y"}}}',
        "refusal",
    ),
    "a key without permission": (403, b'{"error": {"code": 403, "message": "no"}}', "HTTP 403"),
    "a filter's refusal": (
        200,
        _body(choices=[{"message": {"content": ""}, "finish_reason": "content_filter"}]),
        "refusal",
    ),
    "no choices": (200, _body(choices=[]), "not a message"),
    "choices of another kind": (200, _body(choices=["x"]), "not a message"),
    "no message": (200, _body(choices=[{"message": None}]), "not a message"),
    "a list": (200, b"[]", "unreadable: no JSON object"),
    "nothing": (502, b"", "HTTP 502"),
    "invalid UTF-8": (200, b"\xff\xfe", "unreadable: no JSON object"),
    "content that is no text": (200, _body(choices=[{"message": {"content": [{"type": "text"}]}}]), "no text"),
}


@pytest.mark.parametrize(("status", "raw", "reason"), ODD.values(), ids=ODD)
def test_each_malformed_answer_is_classified(status: int, raw: bytes, reason: str) -> None:
    with pytest.raises(ModelFailed) as caught:
        read_answer(status, {}, raw, MODEL)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), ("0.5", 0.5), ("-3", 0.0), ("nan", 0.0), ("inf", 3600.0), ("soon", None), (None, None), ("", None)],
)
def test_retry_after_is_parsed_and_bounded(header: str | None, seconds: float | None) -> None:
    assert read_retry_after(header) == seconds


async def test_vendor_is_derived_from_the_models_name(sim: tuple[str, SimulatorState], model: OpenRouterModel) -> None:
    anthropic = AnthropicModel("key", f"{sim[0]}/anthropic")
    vendors = ModelVendors({"anthropic": anthropic, OPENROUTER: model})
    for name in ("claude-haiku-5-5", MODEL):
        assert (await vendors.answer(PROMPT, model=name, max_tokens=50, timeout=5)).model == name
    await anthropic.close()
    asked = [(record.provider, record.model) for record in sim[1].records.after(0, RecordFilter(), 9)[0]]
    assert asked == [("anthropic", "claude-haiku-5-5"), ("openrouter", MODEL)]
    assert [vendor_of(name) for name in ("claude-haiku-5-5", MODEL)] == ["anthropic", "openrouter"]


async def test_models_without_a_key_are_left_out(model: OpenRouterModel) -> None:
    vendors = ModelVendors({OPENROUTER: model})
    assert vendors.usable(("claude-haiku-5-5", MODEL, MODEL)) == (MODEL,)
    with pytest.raises(ModelFailed, match="no key"):
        await vendors.answer(PROMPT, model="claude-haiku-5-5", max_tokens=50, timeout=5)


SPEND = {"kind": "error", "status": 429, "message": "You have reached your specified API usage limits."}


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (SPEND, ("HTTP 429", Whose.ACCESS, False, False)),
        ({"kind": "error", "status": 402}, ("HTTP 402", Whose.ACCESS, False, False)),
        ({"kind": "no_credit"}, ("HTTP 400", Whose.ACCESS, False, False)),
        ({"kind": "spend_limit"}, ("HTTP 400", Whose.ACCESS, False, False)),
        ({"kind": "error", "status": 400, "type": "billing_error"}, ("HTTP 400", Whose.ACCESS, False, False)),
        ({"kind": "error", "status": 400}, ("HTTP 400", Whose.REQUEST, False, False)),
        ({"kind": "throttle", "retry_after": 7}, ("HTTP 429", Whose.MODEL, True, False)),
        ({"kind": "refusal"}, ("refusal", Whose.REQUEST, False, False)),
        ({"kind": "reset"}, ("unreadable: APIConnectionError", Whose.MODEL, True, True)),
    ],
    ids=[
        "a spend limit",
        "no credit",
        "no credit, 400",
        "a spend limit, 400",
        "billing, 400",
        "a bad request",
        "too many requests",
        "a refusal",
        "a connection cut",
    ],
)
async def test_anthropic_failures_are_classified_alike(
    sim: tuple[str, SimulatorState], fault: dict[str, Any], expected: tuple[str, Whose, bool, bool]
) -> None:
    anthropic = AnthropicModel("key", f"{sim[0]}/anthropic")
    sim[1].script.add(FaultRule(fault=ScriptedFault(**fault), provider="anthropic"))
    with pytest.raises(ModelFailed) as caught:
        await anthropic.answer(PROMPT, model="claude-haiku-5-5", max_tokens=50, timeout=5)
    await anthropic.close()
    failure = caught.value
    assert (failure.reason, failure.fault, failure.retryable, failure.unknown) == expected


@pytest.fixture
async def models(sim: tuple[str, SimulatorState], model: OpenRouterModel) -> AsyncIterator[dict[str, LanguageModel]]:
    anthropic = AnthropicModel("key", f"{sim[0]}/anthropic")
    yield {MODEL: model, HAIKU: anthropic}
    await anthropic.close()


async def _asked(model: LanguageModel, name: str) -> AskResult:
    return await ask_models(model, PROMPT, models=(name,), max_tokens=50, deadline=10)


@pytest.mark.parametrize("name", [MODEL, HAIKU])
async def test_cut_off_answer_ends_at_a_sentence(
    sim: tuple[str, SimulatorState], models: dict[str, LanguageModel], name: str
) -> None:
    sim[1].script.add(FaultRule(fault=ScriptedFault(kind="cut_off", text="We open at 9. We close at 5. On Saturd")))
    outcome = await _asked(models[name], name)
    assert outcome.answer is not None
    assert (outcome.answer.text, outcome.attempts) == ("We open at 9. We close at 5.", 1)


@pytest.mark.parametrize("name", [MODEL, HAIKU])
async def test_shorter_answer_is_requested_once_without_a_whole_sentence(
    sim: tuple[str, SimulatorState], models: dict[str, LanguageModel], name: str
) -> None:
    sim[1].script.add(FaultRule(fault=ScriptedFault(kind="cut_off", text="We have many kinds of"), times=1))
    outcome = await _asked(models[name], name)
    assert outcome.answer is not None
    assert outcome.attempts == 2
    records, _ = sim[1].records.after(0, RecordFilter(), 9)
    assert [b"was cut off" in bytes(record.payload) for record in records] == [False, True]


@pytest.mark.parametrize("name", [MODEL, HAIKU])
async def test_answer_cut_off_twice_is_not_sent(
    sim: tuple[str, SimulatorState], models: dict[str, LanguageModel], name: str
) -> None:
    sim[1].script.add(FaultRule(fault=ScriptedFault(kind="cut_off", text="We have many kinds of")))
    outcome = await ask_models(models[name], PROMPT, models=(name, "other"), max_tokens=50, deadline=10)
    assert (outcome.answer, outcome.attempts, outcome.error) == (None, 2, f"{name}: cut off")
    assert len(outcome.spent) == 2, "both are paid for"


@pytest.mark.parametrize("name", [MODEL, HAIKU])
async def test_answer_without_usage_is_estimated(
    sim: tuple[str, SimulatorState], models: dict[str, LanguageModel], name: str
) -> None:
    reported = await _asked(models[name], name)
    sim[1].script.add(FaultRule(fault=ScriptedFault(kind="no_usage")))
    estimated = await _asked(models[name], name)
    assert reported.answer is not None
    assert estimated.answer is not None
    assert estimated.answer.text == reported.answer.text
    assert estimated.answer.tokens.input >= reported.answer.tokens.input > 0
    assert estimated.answer.tokens.output >= reported.answer.tokens.output > 0
