"""Gets an answer within the deadline: tries the models in turn, and says so when none could."""

import asyncio
from dataclasses import dataclass

from services.ai.asking import LEAST, TIME_OUT, Asking
from services.ai.context import Prompt
from services.ai.failures import Fault
from services.ai.gate import OPEN, Ended, Gate
from services.ai.guard import for_customer
from services.ai.models import Answer, Model, ModelFailed
from services.ai.prices import Tokens
from services.ai.vendors import vendor_of
from shared.kafka import elsewhere
from shared.telemetry import logging, metrics, tracing

log = logging.get(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """answer: None when no model could. error: the last reason then. attempts: calls that were made.

    timed_out: the last reason was that the time was up. poor: a call was not made because it was too dear. spent: the
    model and tokens of each call that took some, the failed ones too. unknown: the models of calls that may have taken
    some, and nobody says how many.
    """

    answer: Answer | None
    attempts: int
    error: str = ""
    timed_out: bool = False
    poor: bool = False
    spent: tuple[tuple[str, Tokens], ...] = ()
    unknown: tuple[str, ...] = ()


async def get_answer(
    model: Model, prompt: Prompt, *, models: tuple[str, ...], max_tokens: int, deadline: float, gate: Gate = OPEN
) -> Outcome:
    """Ask `models` in turn until one answers, for at most `deadline` seconds in all.

    A model that is to be left alone for a while is, and the others are asked meanwhile; one that the gate does not let
    through is not waited for. Raises nothing but cancellation and what the gate does.
    """
    loop = asyncio.get_running_loop()
    asking = Asking(models, loop.time(), deadline)
    while (name := asking.next(loop.time())) is not None:
        with elsewhere.waiting():
            await asyncio.sleep(asking.wait(name, loop.time()))
        number = asking.attempts + 1
        if why := await gate.enter(name, number):
            asking.shut(name, why)
            continue
        left = asking.time_for(began := loop.time())
        if left < LEAST:  # the gate took its time
            await gate.leave(name, number, None)
            break
        asking.begin()
        try:
            answer = await _one_call(model, prompt, name, max_tokens, left)
        except ModelFailed as failure:
            asking.failed(name, failure, loop.time())
            log.warning("A model gave no answer", model=name, reason=failure.reason, attempt=number)
            ended = Ended(began=began, allowed=left, failure=failure, tokens=failure.tokens)
            if not await gate.leave(name, number, ended):
                asking.drop(name)
        else:
            asking.answered(name, answer.tokens)
            await gate.leave(name, number, Ended(began=began, allowed=left, tokens=answer.tokens))
            return _outcome(asking, answer)
    return _outcome(asking, None)


def _outcome(asking: Asking, answer: Answer | None) -> Outcome:
    return Outcome(
        answer=answer,
        attempts=asking.attempts,
        error="" if answer else asking.error,
        timed_out=asking.timed_out and answer is None,
        poor=asking.poor,
        spent=tuple(asking.spent),
        unknown=tuple(asking.unknown),
    )


async def _one_call(model: Model, prompt: Prompt, name: str, max_tokens: int, left: float) -> Answer:
    outcome = "cancelled"
    try:
        with (
            metrics.MODEL_SECONDS.labels(name).time(),
            metrics.MODEL_CALLS_UNDER_WAY.labels(name).track_inprogress(),
            tracing.span(
                f"chat {name}",
                tracing.SpanKind.CLIENT,
                gen_ai__operation__name="chat",
                gen_ai__provider__name=vendor_of(name),
                gen_ai__request__model=name,
            ),
            elsewhere.waiting(),
        ):
            async with asyncio.timeout(left):  # the SDK's time-out is per read: a slow drip would never end
                answer = await model.answer(prompt, model=name, max_tokens=max_tokens, timeout=left)
        if not for_customer(answer.text):
            raise ModelFailed("nothing that may be sent", retryable=True, tokens=answer.tokens, fault=Fault.REQUEST)
        if why := prompt.check(answer.text):
            raise ModelFailed(f"guard: {why}", retryable=False, tokens=answer.tokens, fault=Fault.REQUEST)
        outcome = "answered"
    except TimeoutError:
        outcome = TIME_OUT
        raise ModelFailed(TIME_OUT, retryable=True, unknown=True) from None
    except ModelFailed as failure:
        outcome = failure.reason.partition(":")[0]
        if failure.tokens is not None:
            _count_tokens(name, failure.tokens)
        raise
    finally:
        metrics.MODEL_CALLS.labels(name, outcome).inc()
    _count_tokens(name, answer.tokens)
    return answer


def _count_tokens(model: str, tokens: Tokens) -> None:
    for kind, count in (
        ("input", tokens.input),
        ("output", tokens.output),
        ("cache_read", tokens.cache_read),
        ("cache_write", tokens.cache_write),
    ):
        metrics.MODEL_TOKENS.labels(model, kind).inc(count)
