"""Gets one answer within the deadline: tries the models in turn, and returns an error when none answered.

A try is one model, called again as long as it wants tools, within caps for the whole answer. Each call passes the gate.
Messages and tool results of one model mean nothing to another, so each try begins from the prompt.

An answer that may not be sent (a check failed, or it was cut off before a whole sentence) is requested once more from
the same model, with its tool results and the reason. If the second one may not be sent either, no other model is paid.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from services.ai.calls.call import call_model
from services.ai.calls.schedule import MIN_CALL_SECONDS, ModelSchedule
from services.ai.gate.port import OPEN_GATE, CallEnd, CallGate
from services.ai.prompt.prompt import Prompt
from services.ai.tools.port import ToolRound, Tools
from services.ai.vendors.failures import ModelFailed
from services.ai.vendors.port import LanguageModel, ModelAnswer
from shared.domain.model_prices import Tokens
from shared.kafka.runtime.external_wait import external_wait
from shared.repositories.ai_calls import ToolUse
from shared.telemetry import logging, tracing

log = logging.get(__name__)

MAX_TOOL_ROUNDS = 4  # rounds of tool calls, in all tries of an answer
MAX_TOOL_CALLS = 8  # of an answer
_TOOL_SECONDS = 2.0  # for the tools of a round, which run concurrently


@dataclass(frozen=True, slots=True, kw_only=True)
class AskResult:
    """The answer to a prompt, or the reason why there is none. answer: None when no model gave one; error: the last
    reason then. attempts: calls that were made.

    timed_out: the last error was a time-out. day_budget_spent: a call was not made because the day's budget had no room
    for it; over_share: because the customer's share had none. spent: model and usage of each call that has one, failed
    calls too. tools: of the try that gave the answer; uses: of tools, in all tries.
    """

    answer: ModelAnswer | None
    attempts: int
    error: str = ""
    timed_out: bool = False
    day_budget_spent: bool = False
    over_share: bool = False
    spent: tuple[tuple[str, Tokens], ...] = ()
    tools: Tools | None = None
    uses: tuple[ToolUse, ...] = ()


async def ask_models(
    model: LanguageModel,
    prompt: Prompt,
    *,
    models: tuple[str, ...],
    max_tokens: int,
    deadline: float,
    gate: CallGate = OPEN_GATE,
    tools: Callable[[], Tools] | None = None,
) -> AskResult:
    """Call `models` in turn until one answers, for at most `deadline` seconds in all, without those that the gate's
    calls waited.

    While a model is not to be called again yet, the others are; a model that the gate refuses is skipped. tools: makes
    the tools of a try; required if the prompt has any. Raises cancellation and what the gate raises, nothing else.
    """
    loop = asyncio.get_running_loop()
    schedule = ModelSchedule(models, loop.time(), deadline)
    answering = _Answering(model, prompt, schedule, max_tokens, gate, tools)
    while (name := schedule.next_model(loop.time())) is not None:
        with external_wait():
            await asyncio.sleep(schedule.seconds_until_allowed(name, loop.time()))
        answer = await answering.one_try(name)
        if answer is not None:
            return answering.result(answer)
    return answering.result(None)


class _Answering:
    """The state of one answer until it is complete."""

    def __init__(
        self,
        model: LanguageModel,
        prompt: Prompt,
        schedule: ModelSchedule,
        max_tokens: int,
        gate: CallGate,
        make_tools: Callable[[], Tools] | None,
    ) -> None:
        self._model = model
        self._prompt = prompt
        self._schedule = schedule
        self._max_tokens = max_tokens
        self._gate = gate
        self._make_tools = make_tools
        self._tools: Tools | None = None
        self._uses: tuple[ToolUse, ...] = ()  # of earlier tries
        self._rounds = MAX_TOOL_ROUNDS
        self._calls = MAX_TOOL_CALLS
        self._tries = tracing.AttemptLinks()  # failed calls since the last answer
        self._correction = ""  # the reason why an answer may not be sent, for the model
        self._corrected = False

    async def one_try(self, name: str) -> ModelAnswer | None:
        """Call one model, with the tools that it wants; return None when it gave no answer."""
        self._uses += self._tools.uses if self._tools else ()
        self._tools = self._make_tools() if self._make_tools else None
        prompt = self._prompt.after(None, may_call=self._tools is not None and self._may_call)
        answer, prompt = await self._call_with_tools(name, prompt)
        if answer is None and self._correction and not self._corrected:
            self._corrected = True
            self._prompt = self._prompt.corrected(self._correction)  # also if another model is called instead
            answer, _ = await self._call_with_tools(name, prompt.corrected(self._correction))
        return answer

    async def _call_with_tools(self, name: str, prompt: Prompt) -> tuple[ModelAnswer | None, Prompt]:
        """Call a model until it wants no more tools; return its answer, and the prompt with the tool results."""
        answer = await self._call(name, prompt)
        while answer is not None and answer.calls and self._tools is not None:
            prompt = prompt.after(await self._round(answer, self._tools), may_call=self._may_call)
            answer = await self._call(name, prompt)
        return answer, prompt

    @property
    def _may_call(self) -> bool:
        return self._rounds > 0 and self._calls > 0

    async def _round(self, answer: ModelAnswer, tools: Tools) -> ToolRound:
        left = max(0.0, self._schedule.seconds_left(_now()) - MIN_CALL_SECONDS)
        results = await tools.run(answer.calls, allowed=self._calls, seconds=min(_TOOL_SECONDS, left))
        self._rounds -= 1
        self._calls -= min(self._calls, len(answer.calls))
        return ToolRound(answer.message, results)

    async def _call(self, name: str, prompt: Prompt) -> ModelAnswer | None:
        schedule, number = self._schedule, self._schedule.attempts + 1
        waited = self._gate.waited
        refused = await self._gate.enter(name, number, prompt)
        schedule.extend(self._gate.waited - waited)
        if refused:
            schedule.refuse(name, refused)
            return None
        left = schedule.seconds_for_call(began := _now())
        if left < MIN_CALL_SECONDS:  # the gate or a tool took the time
            await self._gate.leave(name, number, None)
            return None
        schedule.count_call(continued=bool(prompt.rounds or self._corrected))
        amounts = self._tools.amounts if self._tools else frozenset()
        try:
            answer = await call_model(self._model, prompt, name, self._max_tokens, left, amounts, self._tries)
        except ModelFailed as failure:
            await self._failed(name, number, failure, began, left)
            return None
        self._tries.last = None
        schedule.count_answer(name, answer.tokens)
        ended = CallEnd(started_at=began, seconds_allowed=left, tokens=answer.tokens)
        if answer.calls and self._tools is not None:
            await self._gate.leave(name, number, ended)
        else:
            self._gate.note_answer(name, number, ended)
        return answer

    async def _failed(self, name: str, number: int, failure: ModelFailed, began: float, allowed: float) -> None:
        self._schedule.count_failure(name, failure, _now())
        if failure.correction:
            self._correction = failure.correction
            if self._corrected:
                self._schedule.stop()
        log.warning("A model gave no answer", model=name, reason=failure.reason, attempt=number)
        ended = CallEnd(started_at=began, seconds_allowed=allowed, failure=failure, tokens=failure.tokens)
        if not await self._gate.leave(name, number, ended):
            self._schedule.drop(name)

    def result(self, answer: ModelAnswer | None) -> AskResult:
        """Return the result so far, with this answer."""
        schedule = self._schedule
        return AskResult(
            answer=answer,
            attempts=schedule.attempts,
            error="" if answer else schedule.error,
            timed_out=schedule.timed_out and answer is None,
            day_budget_spent=schedule.day_budget_spent,
            over_share=schedule.over_share,
            spent=tuple(schedule.spent),
            tools=self._tools if answer else None,
            uses=(*self._uses, *(self._tools.uses if self._tools else ())),
        )


def _now() -> float:
    return asyncio.get_running_loop().time()
