"""Models that call tools: their limits, costs, and the hand-over to the next model."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from services.ai.calls.ask import MAX_TOOL_CALLS, MAX_TOOL_ROUNDS, AskResult, ask_models
from services.ai.checks import AnswerProblem
from services.ai.gate.port import OPEN_GATE, CallEnd, CallGate, CallRefused
from services.ai.prompt.prompt import Prompt, PromptTurn
from services.ai.tools.port import ToolCall, ToolResult, ToolSpec
from services.ai.vendors.failures import ModelFailed
from services.ai.vendors.port import ModelAnswer
from shared.domain.model_prices import Tokens
from shared.messages.cart import CartAction, CartChange
from shared.repositories.ai_calls import ToolUse

TOOK = Tokens(input=5, output=2)
LOOK = ToolSpec("look", "Looks.", {"type": "object"})
PROMPT = Prompt(("Be brief.",), (PromptTurn("user", "hello"),), tools=(LOOK,))
OAK = CartChange(action=CartAction.ADD, sku="C1", quantity=1)


def answer_of(text: str = "Hello.") -> ModelAnswer:
    return ModelAnswer(text=text, model="", tokens=TOOK)


def tool_calls(count: int = 1, text: str = "") -> ModelAnswer:
    """Return an answer that calls tools."""
    calls = tuple(ToolCall(f"call-{n}", "look", {}) for n in range(count))
    return ModelAnswer(text=text, model="", tokens=TOOK, calls=calls, message=["thinking", count])


@dataclass
class Scripted:
    """Implements `Model`: each call takes the next step; the last one repeats."""

    steps: Sequence[ModelAnswer | ModelFailed]
    asked: list[tuple[str, Prompt]] = field(default_factory=list)

    async def answer(self, prompt: Prompt, *, model: str, max_tokens: int, timeout: float) -> ModelAnswer:
        self.asked.append((model, prompt))
        step = self.steps[min(len(self.asked), len(self.steps)) - 1]
        if isinstance(step, ModelFailed):
            raise step
        return step

    @property
    def models(self) -> list[str]:
        return [model for model, _ in self.asked]


@dataclass
class ProposingTools:
    """Implements `Tools`: each call proposes a cart change."""

    seconds: float = 0.0
    amounts: frozenset[Decimal] = frozenset()
    handed_off: str = ""
    changes: tuple[CartChange, ...] = ()
    uses: tuple[ToolUse, ...] = ()

    async def run(self, calls: Sequence[ToolCall], *, allowed: int, seconds: float) -> tuple[ToolResult, ...]:
        await asyncio.sleep(min(self.seconds, seconds))
        made = calls[:allowed]
        self.changes += (OAK,) * len(made)
        self.uses += tuple(ToolUse(name="look", outcome="ok" if call in made else "over_cap") for call in calls)
        return tuple(ToolResult(call.id, "found", call not in made) for call in calls)


@dataclass
class RecordingGate:
    """Implements `CallGate`: admits `lets` calls and records them."""

    waited = 0.0

    lets: int = 99
    entered: list[tuple[str, int, int]] = field(default_factory=list)
    left: list[int] = field(default_factory=list)

    async def enter(self, model: str, number: int, prompt: Prompt) -> CallRefused | None:
        self.entered.append((model, number, len(prompt.rounds)))
        return None if len(self.entered) <= self.lets else CallRefused(reason="too dear", day_budget=True)

    async def leave(self, model: str, number: int, ended: CallEnd | None) -> bool:
        self.left.append(number)
        return True

    def note_answer(self, model: str, number: int, ended: CallEnd) -> None:
        self.left.append(number)


async def ask(
    model: Scripted, *, deadline: float = 5.0, gate: CallGate = OPEN_GATE, prompt: Prompt = PROMPT, **tools: Any
) -> AskResult:
    return await ask_models(
        model,
        prompt,
        models=("fast", "smart"),
        max_tokens=100,
        deadline=deadline,
        gate=gate,
        tools=lambda: ProposingTools(**tools),
    )


async def test_model_gets_the_tool_result_and_answers() -> None:
    model, gate = Scripted([tool_calls(2, "Let me look."), answer_of("Found.")]), RecordingGate()
    outcome = await ask(model, gate=gate)
    assert outcome.answer is not None
    assert outcome.answer.text == "Found.", "text beside a tool call is not sent"
    (first, second) = [prompt for _, prompt in model.asked]
    assert (first.rounds, first.callable) == ((), True)
    (done,) = second.rounds
    assert done.message == ["thinking", 2], "its own words come back to it as they were"
    assert [result.call_id for result in done.results] == ["call-0", "call-1"]
    assert outcome.attempts == 2
    assert outcome.spent == (("fast", TOOK), ("fast", TOOK)), "both calls are paid for"
    assert gate.entered == [("fast", 1, 0), ("fast", 2, 1)], "both pass the gate, with what they are about to send"
    assert gate.left == [1, 2]
    assert [use.outcome for use in outcome.uses] == ["ok", "ok"]


async def test_endless_tool_calls_end_without_an_answer() -> None:
    model = Scripted([tool_calls()])
    outcome = await ask(model)
    assert outcome.answer is None
    assert model.models == ["fast"] * (MAX_TOOL_ROUNDS + 1) + ["smart"], "the next model has no rounds left"
    assert [prompt.callable for _, prompt in model.asked] == [True] * MAX_TOOL_ROUNDS + [False, False]
    assert outcome.error == "smart: calls a tool that it may not"
    assert len(outcome.uses) == MAX_TOOL_ROUNDS


async def test_model_answers_without_tools_after_the_last_round() -> None:
    outcome = await ask(Scripted([tool_calls()] * MAX_TOOL_ROUNDS + [answer_of("That is all I found.")]))
    assert outcome.answer is not None
    assert outcome.answer.text == "That is all I found."


async def test_tool_calls_are_capped_over_all_rounds() -> None:
    model = Scripted([tool_calls(5), tool_calls(5), answer_of()])
    outcome = await ask(model)
    assert [use.outcome for use in outcome.uses].count("ok") == MAX_TOOL_CALLS
    assert not model.asked[2][1].callable
    assert [result.failed for result in model.asked[2][1].rounds[1].results] == [False, False, False, True, True]


async def test_text_beside_a_forbidden_call_is_the_answer() -> None:
    outcome = await ask(Scripted([tool_calls()] * MAX_TOOL_ROUNDS + [tool_calls(1, "Here you are.")]))
    assert outcome.answer is not None
    assert (outcome.answer.text, outcome.answer.calls) == ("Here you are.", ())


async def test_next_model_begins_from_the_prompt() -> None:
    model = Scripted([tool_calls(), ModelFailed("HTTP 500", retryable=True), tool_calls(), answer_of("Hi.")])
    outcome = await ask(model)
    assert model.models == ["fast", "fast", "smart", "smart"]
    assert model.asked[2][1].rounds == (), "messages of the first model are not passed on"
    assert outcome.tools is not None
    assert outcome.tools.changes == (OAK,), "nor are its proposals"
    assert len(outcome.uses) == 2, "both uses are reported"
    assert len(outcome.spent) == 3


async def test_blocked_answer_is_requested_once_more_with_reason_and_tool_results() -> None:
    def check(text: str, amounts: frozenset[Decimal]) -> AnswerProblem | None:
        return AnswerProblem("price", "NGN 1") if text == "bad" else None

    prompt = Prompt((), PROMPT.turns, about="Now.", tools=(LOOK,), check=check)
    model = Scripted([tool_calls(), answer_of("bad"), answer_of("good")])
    outcome = await ask(model, prompt=prompt)
    assert outcome.answer is not None
    assert outcome.tools is not None
    assert (outcome.answer.text, outcome.tools.changes) == ("good", (OAK,))
    assert (model.models, outcome.attempts, len(outcome.spent)) == (["fast"] * 3, 3, 3)
    again = model.asked[2][1]
    assert len(again.rounds) == 1
    assert again.about.startswith("Now.\nYour last answer was not sent: it has an amount of money")
    assert '("NGN 1")' in again.about


async def test_answer_blocked_twice_is_not_requested_from_another_model() -> None:
    prompt = Prompt((), PROMPT.turns, check=lambda text, amounts: AnswerProblem("leak"))
    model = Scripted([answer_of("bad"), answer_of("bad"), answer_of("good")])
    outcome = await ask(model, prompt=prompt)
    assert (outcome.answer, outcome.error, model.models) == (None, "fast: guard: leak", ["fast", "fast"])


async def test_next_model_gets_the_correction_when_the_first_fails() -> None:
    prompt = Prompt((), PROMPT.turns, check=lambda text, amounts: AnswerProblem("leak") if text == "bad" else None)
    model = Scripted([answer_of("bad"), ModelFailed("HTTP 500", retryable=False), answer_of("good")])
    outcome = await ask(model, prompt=prompt)
    assert outcome.answer is not None
    assert model.models == ["fast", "fast", "smart"]
    assert "was not sent" in model.asked[2][1].about


async def test_answer_may_name_an_amount_of_a_tool_result() -> None:
    def check(text: str, amounts: frozenset[Decimal]) -> AnswerProblem | None:
        return None if Decimal("31.5") in amounts else AnswerProblem("price")

    prompt = Prompt((), PROMPT.turns, tools=(LOOK,), check=check)
    outcome = await ask(
        Scripted([tool_calls(), answer_of("It was 31.50.")]), prompt=prompt, amounts=frozenset({Decimal("31.50")})
    )
    assert outcome.answer is not None


async def test_no_further_call_without_budget() -> None:
    model, gate = Scripted([tool_calls(), answer_of()]), RecordingGate(lets=1)
    outcome = await ask(model, gate=gate)
    assert (outcome.answer, outcome.day_budget_spent, model.models) == (None, True, ["fast"])
    assert outcome.spent == (("fast", TOOK),)


async def test_no_call_is_made_after_the_deadline() -> None:
    model = Scripted([tool_calls(), answer_of()])
    loop = asyncio.get_running_loop()
    began = loop.time()
    outcome = await ask(model, deadline=1.2, seconds=30.0)
    assert loop.time() - began < 1.2
    assert (outcome.answer, model.models) == (None, ["fast"])
    assert outcome.timed_out


async def test_tool_call_without_tools_is_a_failure() -> None:
    bare = Prompt(("Be brief.",), (PromptTurn("user", "hello"),))
    model = Scripted([tool_calls(), answer_of("Hi.")])
    outcome = await ask_models(model, bare, models=("fast", "smart"), max_tokens=9, deadline=5)
    assert outcome.answer is not None
    assert (outcome.answer.text, model.models) == ("Hi.", ["fast", "smart"])


async def test_tries_are_counted_apart_from_rounds() -> None:
    """Four tool rounds of one model use none of the attempts of the others."""
    steps: list[ModelAnswer | ModelFailed] = [
        *[tool_calls()] * 4,
        ModelFailed("HTTP 400", retryable=False),
        answer_of("Hi."),
    ]
    outcome = await ask(Scripted(steps))
    assert outcome.answer is not None
    assert outcome.attempts == 6
