"""Gets an answer within the deadline: tries the models in turn, and says so when none could.

A try is one model, called again as long as it wants tools, within caps that hold for the whole answer. Each call passes
the gate. What one model has said and looked up is nothing to another one: a further try begins from the prompt.

An answer that may not be sent (the guard, or cut off with no whole sentence) is asked for once more, of the same model
with what it has looked up, and with the reason. If that one may not be sent either, no other model is paid for it.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from services.ai.calls.call import call_model
from services.ai.calls.schedule import MIN_CALL_SECONDS, ModelSchedule
from services.ai.gate.port import OPEN_GATE, CallEnd, CallGate
from services.ai.pricing.prices import Tokens
from services.ai.prompt.prompt import Prompt
from services.ai.tools.port import ToolRound, Tools
from services.ai.vendors.failures import ModelFailed
from services.ai.vendors.port import LanguageModel, ModelAnswer
from shared.kafka.runtime.external_wait import external_wait
from shared.repositories.ai_calls import ToolUse
from shared.telemetry import logging, tracing

log = logging.get(__name__)

MAX_TOOL_ROUNDS = 4  # in which models call tools, in all tries of an answer
MAX_TOOL_CALLS = 8  # of tools, likewise
_TOOL_SECONDS = 2.0  # for the tools of a round, all at once


@dataclass(frozen=True, slots=True, kw_only=True)
class AskResult:
    """answer: None when no model could. error: the last reason then. attempts: calls that were made.

    timed_out: the last reason was that the time was up. poor: a call was not made because it was too dear for the day's
    budget; over_share: because it was too dear for the customer's share of it. spent: the
    model and tokens of each call that took some, the failed ones too. unknown: the models of calls that may have taken
    some, and nobody says how many. tools: of the try that gave the answer; uses: of tools, in all tries.
    """

    answer: ModelAnswer | None
    attempts: int
    error: str = ""
    timed_out: bool = False
    poor: bool = False
    over_share: bool = False
    spent: tuple[tuple[str, Tokens], ...] = ()
    unknown: tuple[str, ...] = ()
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
    """Ask `models` in turn until one answers, for at most `deadline` seconds in all.

    A model that is to be left alone for a while is, and the others are asked meanwhile; one that the gate does not let
    through is not waited for. tools: makes those of a try; needed when the prompt has any. Raises nothing but
    cancellation and what the gate does.
    """
    loop = asyncio.get_running_loop()
    asking = ModelSchedule(models, loop.time(), deadline)
    made = _Asking(model, prompt, asking, max_tokens, gate, tools)
    while (name := asking.next(loop.time())) is not None:
        with external_wait():
            await asyncio.sleep(asking.wait(name, loop.time()))
        answer = await made.one_try(name)
        if answer is not None:
            return made.outcome(answer)
    return made.outcome(None)


class _Asking:
    """One answer on its way."""

    def __init__(
        self,
        model: LanguageModel,
        prompt: Prompt,
        asking: ModelSchedule,
        max_tokens: int,
        gate: CallGate,
        make_tools: Callable[[], Tools] | None,
    ) -> None:
        self._model = model
        self._prompt = prompt
        self._asking = asking
        self._max_tokens = max_tokens
        self._gate = gate
        self._make_tools = make_tools
        self._tools: Tools | None = None
        self._uses: tuple[ToolUse, ...] = ()  # of the tries before
        self._rounds = MAX_TOOL_ROUNDS
        self._calls = MAX_TOOL_CALLS
        self._tries = tracing.AttemptLinks()  # since the last call that was answered
        self._correction = ""  # what a model is told of the answer that could not be sent
        self._corrected = False

    async def one_try(self, name: str) -> ModelAnswer | None:
        """One model, with the tools that it calls; None: it gave no answer."""
        self._uses += self._tools.uses if self._tools else ()
        self._tools = self._make_tools() if self._make_tools else None
        prompt = self._prompt.after(None, may_call=self._tools is not None and self._may_call)
        answer, prompt = await self._talk(name, prompt)
        if answer is None and self._correction and not self._corrected:
            self._corrected = True
            self._prompt = self._prompt.corrected(self._correction)  # also for a model that is asked in its place
            answer, _ = await self._talk(name, prompt.corrected(self._correction))
        return answer

    async def _talk(self, name: str, prompt: Prompt) -> tuple[ModelAnswer | None, Prompt]:
        """Calls until the model wants no tool any more; its answer, and the prompt with what was looked up."""
        answer = await self._call(name, prompt)
        while answer is not None and answer.calls and self._tools is not None:
            prompt = prompt.after(await self._round(answer, self._tools), may_call=self._may_call)
            answer = await self._call(name, prompt)
        return answer, prompt

    @property
    def _may_call(self) -> bool:
        return self._rounds > 0 and self._calls > 0

    async def _round(self, answer: ModelAnswer, tools: Tools) -> ToolRound:
        left = max(0.0, self._asking.left(_now()) - MIN_CALL_SECONDS)
        results = await tools.run(answer.calls, allowed=self._calls, seconds=min(_TOOL_SECONDS, left))
        self._rounds -= 1
        self._calls -= min(self._calls, len(answer.calls))
        return ToolRound(answer.said, results)

    async def _call(self, name: str, prompt: Prompt) -> ModelAnswer | None:
        asking, number = self._asking, self._asking.attempts + 1
        if why := await self._gate.enter(name, number, prompt):
            asking.shut(name, why)
            return None
        left = asking.time_for(began := _now())
        if left < MIN_CALL_SECONDS:  # the gate, or a tool, took its time
            await self._gate.leave(name, number, None)
            return None
        asking.begin(again=bool(prompt.rounds or self._corrected))
        amounts = self._tools.amounts if self._tools else frozenset()
        try:
            answer = await call_model(self._model, prompt, name, self._max_tokens, left, amounts, self._tries)
        except ModelFailed as failure:
            await self._failed(name, number, failure, began, left)
            return None
        self._tries.last = None
        asking.answered(name, answer.tokens)
        await self._gate.leave(name, number, CallEnd(began=began, allowed=left, tokens=answer.tokens))
        return answer

    async def _failed(self, name: str, number: int, failure: ModelFailed, began: float, allowed: float) -> None:
        self._asking.failed(name, failure, _now())
        if failure.again:
            self._correction = failure.again
            if self._corrected:
                self._asking.end()
        log.warning("A model gave no answer", model=name, reason=failure.reason, attempt=number)
        ended = CallEnd(began=began, allowed=allowed, failure=failure, tokens=failure.tokens)
        if not await self._gate.leave(name, number, ended):
            self._asking.drop(name)

    def outcome(self, answer: ModelAnswer | None) -> AskResult:
        """What all of it came to."""
        asking = self._asking
        return AskResult(
            answer=answer,
            attempts=asking.attempts,
            error="" if answer else asking.error,
            timed_out=asking.timed_out and answer is None,
            poor=asking.poor,
            over_share=asking.over_share,
            spent=tuple(asking.spent),
            unknown=tuple(asking.unknown),
            tools=self._tools if answer else None,
            uses=(*self._uses, *(self._tools.uses if self._tools else ())),
        )


def _now() -> float:
    return asyncio.get_running_loop().time()
