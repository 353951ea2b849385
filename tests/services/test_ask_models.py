"""Asking models in turn within a deadline."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from services.ai.calls.ask import AskResult, ask_models
from services.ai.gate.port import OPEN_GATE, CallEnd, CallGate, CallRefused
from services.ai.prompt.prompt import Prompt, PromptTurn
from services.ai.vendors.failures import ModelFailed
from services.ai.vendors.port import ModelAnswer
from shared.domain.model_prices import Tokens

TOKENS = Tokens(input=5, output=2)
PROMPT = Prompt(("Be brief.",), (PromptTurn("user", "hello"),))
Step = Callable[[], "ModelAnswer | ModelFailed | float"]


def _answer(text: str = "Hello.", model: str = "fast") -> ModelAnswer:
    return ModelAnswer(text=text, model=model, tokens=TOKENS)


@dataclass
class Scripted:
    """Implements `Model`: each call takes the next step (the last one repeats): an answer, a failure or silence."""

    steps: list[ModelAnswer | ModelFailed | float]
    asked: list[str] = field(default_factory=list)
    at: list[float] = field(default_factory=list)

    async def answer(self, prompt: Prompt, *, model: str, max_tokens: int, timeout: float) -> ModelAnswer:
        self.asked.append(model)
        self.at.append(asyncio.get_running_loop().time())
        step = self.steps[min(len(self.asked), len(self.steps)) - 1]
        if isinstance(step, float):
            await asyncio.sleep(step)
            return _answer(model=model)
        if isinstance(step, ModelFailed):
            raise step
        return step


def _failure(reason: str = "HTTP 500", *, retryable: bool = True, after: float | None = 0.0) -> ModelFailed:
    return ModelFailed(reason, retryable=retryable, retry_after=after)


async def _get(
    model: Scripted, *, models: tuple[str, ...] = ("fast", "smart"), deadline: float = 5.0, gate: CallGate = OPEN_GATE
) -> AskResult:
    return await ask_models(model, PROMPT, models=models, max_tokens=100, deadline=deadline, gate=gate)


async def _seconds(model: Scripted, *, models: tuple[str, ...] = ("fast", "smart"), deadline: float) -> float:
    loop = asyncio.get_running_loop()
    began = loop.time()
    assert (await _get(model, models=models, deadline=deadline)).answer is None
    return loop.time() - began


async def test_first_model_answers_and_no_other_is_called() -> None:
    model = Scripted([_answer()])
    assert await _get(model) == AskResult(answer=_answer(), attempts=1, spent=(("fast", TOKENS),))
    assert model.asked == ["fast"]


async def test_next_model_is_called_after_a_failure() -> None:
    model = Scripted([_failure(), _answer("Hi.")])
    assert (await _get(model)).attempts == 2
    assert model.asked == ["fast", "smart"]


async def test_usage_of_failed_calls_is_counted() -> None:
    refused = Tokens(input=9, output=1)
    model = Scripted([ModelFailed("refusal", retryable=False, tokens=refused), _answer("Hi.")])
    assert (await _get(model)).spent == (("fast", refused), ("smart", TOKENS))


async def test_next_model_is_called_after_a_refusal() -> None:
    model = Scripted([_failure("refusal", retryable=False), _answer("Hi.")])
    assert (await _get(model)).answer == _answer("Hi.")
    assert model.asked == ["fast", "smart"]


async def test_refusal_by_the_only_model_ends_without_answer() -> None:
    model = Scripted([_failure("refusal", retryable=False)])
    assert await _get(model, models=("fast", "fast")) == AskResult(answer=None, attempts=1, error="fast: refusal")


async def test_model_that_rejects_the_request_is_not_called_again() -> None:
    model = Scripted([_failure("HTTP 400", retryable=False)])
    assert (await _get(model)).answer is None
    assert model.asked == ["fast", "smart"]


async def test_tries_are_bounded() -> None:
    model = Scripted([_failure()])
    outcome = await _get(model)
    assert (outcome.answer, outcome.attempts, outcome.error) == (None, 4, "smart: HTTP 500")


async def test_other_model_is_called_during_retry_after() -> None:
    model = Scripted([_failure("HTTP 429", after=60.0), _answer("Hi.", "smart")])
    assert (await _get(model, deadline=3.0)).answer == _answer("Hi.", "smart")
    assert model.asked == ["fast", "smart"]
    assert model.at[1] - model.at[0] < 1.0


async def test_retry_after_is_honoured_without_another_model() -> None:
    model = Scripted([_failure("HTTP 429", after=0.3), _answer()])
    assert (await _get(model, models=("fast",))).attempts == 2
    assert model.at[1] - model.at[0] >= 0.3


async def test_retry_after_beyond_the_deadline_is_not_awaited() -> None:
    model = Scripted([_failure("HTTP 429", after=60.0)])
    assert await _seconds(model, deadline=3.0) < 1.0
    assert model.asked == ["fast", "smart"]


async def test_call_without_response_ends_at_the_deadline() -> None:
    assert await _seconds(Scripted([30.0]), deadline=0.8) < 1.5


async def test_no_call_is_made_with_too_little_time_left() -> None:
    model = Scripted([_answer()])
    assert await _get(model, deadline=0.3) == AskResult(answer=None, attempts=0, error="no time", timed_out=True)


async def test_blank_answer_counts_as_failure() -> None:
    model = Scripted([_answer(" \n"), _answer("Hi.")])
    assert (await _get(model)).answer == _answer("Hi.")


async def test_cancellation_ends_at_once() -> None:
    asking = asyncio.create_task(_get(Scripted([30.0])))
    await asyncio.sleep(0)
    asking.cancel()
    done, _ = await asyncio.wait([asking], timeout=20)
    assert done
    assert asking.cancelled()


@dataclass
class RecordingGate:
    """Implements `CallGate`: refuses some models, and records its calls. seconds: that a call waits; counts: in the
    answer's time.
    """

    shut: dict[str, CallRefused] = field(default_factory=dict)
    seconds: float = 0.0
    again: bool = True
    counts: bool = True
    waited: float = 0.0
    told: list[tuple[str, int, str | None]] = field(default_factory=list)

    async def enter(self, model: str, number: int, prompt: Prompt) -> CallRefused | None:
        await asyncio.sleep(self.seconds)
        if not self.counts:
            self.waited += self.seconds
        return self.shut.get(model)

    async def leave(self, model: str, number: int, ended: CallEnd | None) -> bool:
        reason = None if ended is None else ended.failure.reason if ended.failure else "answered"
        self.told.append((model, number, reason))
        return self.again

    def note_answer(self, model: str, number: int, ended: CallEnd) -> None:
        self.told.append((model, number, "answered"))


BREAKER = CallRefused(reason="breaker open")
POOR = CallRefused(reason="too dear", day_budget=True)


async def test_refused_model_is_skipped_without_waiting() -> None:
    model, gate = Scripted([_answer("Hi.", "smart")]), RecordingGate({"fast": BREAKER})
    assert (await _get(model, gate=gate)).attempts == 1
    assert (model.asked, gate.told) == (["smart"], [("smart", 1, "answered")])


async def test_all_models_refused_ends_at_once() -> None:
    model, gate = Scripted([_answer()]), RecordingGate({"fast": BREAKER, "smart": BREAKER})
    async with asyncio.timeout(30):
        outcome = await _get(model, deadline=120, gate=gate)
    assert outcome == AskResult(answer=None, attempts=0, error="smart: breaker open")
    assert model.asked == []


async def test_model_whose_breaker_opens_is_not_awaited() -> None:
    model, gate = Scripted([_failure("HTTP 503", after=60.0)]), RecordingGate(again=False)
    async with asyncio.timeout(30):
        outcome = await _get(model, deadline=120, gate=gate)
    assert (outcome.attempts, outcome.error) == (2, "smart: HTTP 503")


async def test_result_reports_an_exhausted_budget() -> None:
    gate = RecordingGate({"fast": POOR, "smart": BREAKER})
    assert (await _get(Scripted([_answer()]), gate=gate)).day_budget_spent
    assert not (
        await _get(Scripted([_answer()]), gate=RecordingGate({"fast": BREAKER, "smart": BREAKER}))
    ).day_budget_spent


async def test_wait_that_does_not_count_leaves_an_answer_its_time() -> None:
    model, gate = Scripted([_answer()]), RecordingGate(seconds=1.1)
    assert (await _get(model, deadline=1.5, gate=gate)).error == "no time"
    assert model.asked == []
    gate = RecordingGate(seconds=1.1, counts=False)
    assert (await _get(model, deadline=1.5, gate=gate)).answer is not None


async def test_gate_gets_the_end_of_every_call() -> None:
    gate = RecordingGate()
    await _get(Scripted([_failure(), _failure("refusal", retryable=False), _answer()]), gate=gate)
    assert gate.told == [("fast", 1, "HTTP 500"), ("smart", 2, "refusal"), ("fast", 3, "answered")]


async def test_no_call_after_a_gate_used_up_the_time() -> None:
    model, gate = Scripted([_answer()]), RecordingGate(seconds=0.4)
    outcome = await _get(model, models=("fast",), deadline=0.8, gate=gate)
    assert (outcome.attempts, outcome.error, model.asked) == (0, "no time", [])
    assert gate.told == [("fast", 1, None)]


async def test_call_that_broke_off_has_no_usage() -> None:
    model = Scripted([ModelFailed("unreadable", retryable=True, unknown=True), _answer()])
    outcome = await _get(model)
    assert (outcome.attempts, outcome.spent) == (2, (("smart", TOKENS),))


async def test_every_model_is_tried_before_one_is_tried_twice() -> None:
    model = Scripted([_failure(after=None)] * 9)
    await _get(model, models=("a", "b", "c", "d", "e"))
    assert model.asked == ["a", "b", "c", "d", "e"]


async def test_no_models_ends_at_once_with_a_reason() -> None:
    assert await _get(Scripted([_answer()]), models=()) == AskResult(
        answer=None, attempts=0, error="no key for any model"
    )
