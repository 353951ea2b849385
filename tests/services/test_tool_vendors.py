"""Tools through both vendors' real shapes: strict simulators refuse what the vendors refuse."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from devtools.simulators.app import run_simulators
from devtools.simulators.config import Environment
from devtools.simulators.request_log import RecordFilter
from devtools.simulators.script import FaultRule, RuleMatch, ScriptedFault
from devtools.simulators.state import SimulatorState
from services.ai.calls.ask import MAX_TOOL_ROUNDS, AskResult, ask_models
from services.ai.prompt.prompt import Prompt, PromptTurn
from services.ai.tools.kit import ToolKit
from services.ai.tools.specs import offered
from services.ai.vendors.anthropic import AnthropicModel
from services.ai.vendors.by_model import ANTHROPIC, OPENROUTER, ModelVendors
from services.ai.vendors.openrouter import OpenRouterModel
from shared.clock import FixedClock
from shared.storage.mongo import Mongo
from tests.services.shop_builders import a_shop
from tests.services.test_tools import request as ai_request

HAIKU, SONNET, ROUTED = "claude-haiku-5-5", "claude-sonnet-5-5", "anthropic/claude-haiku-5.5"
OF = a_shop()
PROMPT = Prompt(("We sell coasters.",), (PromptTurn("user", "anything of oak?"),), tools=offered(OF))
SEARCH = {"type": "tool_use", "name": "search_catalogue", "input": {"query": "oak"}}
BOTH = pytest.mark.parametrize("name", [HAIKU, ROUTED])


class Asked:
    """Both vendors' clients, and what their simulators were sent."""

    def __init__(self, model: ModelVendors, state: SimulatorState, kit: ToolKit) -> None:
        self._model = model
        self._state = state
        self._kit = kit

    def script(self, *contents: list[dict[str, Any]], times: int | None = 1, **match: str) -> None:
        for content in contents:
            fault = ScriptedFault(kind="answer", content=content)
            self._state.script.add(FaultRule(fault=fault, times=times, match=RuleMatch(**match)))

    def fail(self, status: int, **match: str) -> None:
        self._state.script.add(
            FaultRule(fault=ScriptedFault(kind="status", status=status), times=1, match=RuleMatch(**match))
        )

    async def ask(self, *models: str, prompt: Prompt = PROMPT) -> AskResult:
        return await ask_models(
            self._model,
            prompt,
            models=models,
            max_tokens=200,
            deadline=10,
            tools=lambda: self._kit.tools_for(OF, ai_request(), None),
        )

    def sent(self) -> list[dict[str, Any]]:
        records, _ = self._state.records.after(0, RecordFilter(), 99)
        return [json.loads(bytes(record.payload)) for record in records]

    def refused(self) -> list[dict[str, Any]]:
        records, _ = self._state.records.after(0, RecordFilter(accepted="false"), 99)
        return [json.loads(bytes(record.error)) for record in records]


@pytest.fixture
async def asked(mongo: Mongo, clock: FixedClock) -> AsyncIterator[Asked]:
    async with run_simulators(Environment()) as (url, state):
        anthropic = AnthropicModel("key", f"{url}/anthropic")
        openrouter = OpenRouterModel("key", f"{url}/openrouter")
        yield Asked(ModelVendors({ANTHROPIC: anthropic, OPENROUTER: openrouter}), state, ToolKit(mongo, clock))
        await openrouter.close()
        await anthropic.close()


@BOTH
async def test_tool_is_called_and_its_result_used(asked: Asked, name: str) -> None:
    """By the simulated model itself, which finds no product in the prompt."""
    outcome = await asked.ask(
        name, prompt=Prompt(("Shop.",), (PromptTurn("user", "do you have oak?"),), tools=offered(OF))
    )
    assert outcome.answer is not None
    assert "Oak coaster – 4.50 USD" in outcome.answer.text
    assert [(use.name, use.outcome) for use in outcome.uses] == [("search_catalogue", "ok")]
    assert (outcome.attempts, len(outcome.spent), asked.refused()) == (2, 2, [])


@BOTH
async def test_each_of_several_calls_gets_a_result(asked: Asked, name: str) -> None:
    asked.script(
        [
            {"type": "text", "text": "Let me see."},
            SEARCH,
            {"type": "tool_use", "name": "place_order", "input": {"sku": "C1"}},
            {"type": "tool_use", "name": "order_status", "input": {"customer": "bob"}},
        ]
    )
    outcome = await asked.ask(name)
    assert outcome.answer is not None
    assert "Let me see" not in outcome.answer.text
    assert [use.outcome for use in outcome.uses] == ["ok", "unknown", "invalid"]
    assert asked.refused() == []


async def test_tool_messages_have_anthropics_form(asked: Asked) -> None:
    asked.script([{"type": "thinking", "thinking": "hm", "signature": f"{HAIKU}:1"}, SEARCH])
    await asked.ask(HAIKU)
    first, second = asked.sent()
    assert [tool["name"] for tool in first["tools"]] == [tool.name for tool in PROMPT.tools]
    assert "tool_choice" not in first
    assert first["system"][-1]["cache_control"] == {"type": "ephemeral"}
    assert (second["tools"], second["system"]) == (first["tools"], first["system"])
    assistant, results = second["messages"][-2:]
    assert [block["type"] for block in assistant["content"]] == ["thinking", "tool_use"]
    (result,) = results["content"]
    assert (result["type"], result["tool_use_id"]) == ("tool_result", assistant["content"][1]["id"])
    assert result["content"].startswith("<tool_data tool=search_catalogue>")


async def test_invalid_json_arguments_are_reported_to_the_model(asked: Asked) -> None:
    asked.script([{"type": "tool_use", "name": "search_faq", "arguments": '{"query": '}])
    outcome = await asked.ask(ROUTED)
    assert outcome.answer is not None
    assert [use.outcome for use in outcome.uses] == ["invalid"]
    second = asked.sent()[1]
    assert second["messages"][-2]["tool_calls"][0]["function"]["arguments"] == "{}"
    assert second["messages"][-1]["content"] == "Not done: the arguments are no JSON object."
    assert asked.refused() == []


@BOTH
async def test_endless_tool_calls_end_with_a_call_without_tools(asked: Asked, name: str) -> None:
    asked.script([SEARCH], times=None)
    outcome = await asked.ask(name)
    assert outcome.answer is None
    assert outcome.attempts == MAX_TOOL_ROUNDS + 1
    choices = [body.get("tool_choice") for body in asked.sent()]
    none = {"type": "none"} if name == HAIKU else "none"
    assert choices == [None] * MAX_TOOL_ROUNDS + [none]
    assert asked.refused() == []


@BOTH
async def test_model_answers_after_the_last_round(asked: Asked, name: str) -> None:
    asked.script(*[[SEARCH]] * MAX_TOOL_ROUNDS)
    outcome = await asked.ask(name)
    assert outcome.answer is not None
    assert "Oak coaster" in outcome.answer.text


@pytest.mark.parametrize("second", [SONNET, ROUTED])
async def test_next_model_does_not_get_the_first_ones_messages(asked: Asked, second: str) -> None:
    """It would be refused with it: thinking is signed for its model."""
    asked.script([{"type": "thinking", "thinking": "hm", "signature": f"{HAIKU}:1"}, SEARCH], model=HAIKU)
    asked.fail(500, model=HAIKU)
    outcome = await asked.ask(HAIKU, second)
    assert outcome.answer is not None
    assert outcome.answer.model == second
    assert [body["model"] for body in asked.sent()][:3] == [HAIKU, HAIKU, second]
    assert "thinking" not in json.dumps(asked.sent()[2])
    assert len(asked.refused()) == 1, "only the one that was scripted"


async def test_message_cut_off_in_a_call_is_no_call(asked: Asked) -> None:
    asked._state.script.add(
        FaultRule(fault=ScriptedFault(kind="answer", content=[SEARCH], stop_reason="max_tokens"), times=1)
    )
    outcome = await asked.ask(HAIKU, SONNET)
    assert outcome.answer is not None
    assert outcome.uses == () or outcome.uses[0].outcome == "ok"
    assert outcome.answer.model == HAIKU, "asked once more, with the reason"


@BOTH
async def test_too_many_calls_at_once_are_a_failure(asked: Asked, name: str) -> None:
    asked.script([SEARCH] * 17)
    outcome = await asked.ask(name)
    assert (outcome.answer, outcome.uses, outcome.error) == (None, (), f"{name}: too many calls of tools")


OBEYS = [
    {"type": "tool_use", "name": "order_status", "input": {"number": "C2C2-C2C2"}},
    {"type": "tool_use", "name": "order_status", "input": {"number": "D3D3-D3D3", "workspace": "rival"}},
    {"type": "tool_use", "name": "propose_cart", "input": {"action": "add", "sku": "C1", "customer_id": "bob"}},
]


@BOTH
async def test_calls_of_an_obedient_model_return_nothing(asked: Asked, name: str) -> None:
    asked.script([*OBEYS])
    outcome = await asked.ask(name)
    assert [use.outcome for use in outcome.uses] == ["ok", "invalid", "invalid"]
    assert "this customer has no order of that number" in json.dumps(asked.sent()[1])
    assert outcome.tools is not None
    assert outcome.tools.changes == ()
