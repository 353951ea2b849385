"""Gets an answer within the deadline: tries the models in turn, and says so when none could."""

import asyncio
from dataclasses import dataclass

from services.ai.context import Prompt
from services.ai.guard import for_customer
from services.ai.models import Answer, Model, ModelFailed
from services.ai.prices import Tokens
from shared.kafka import elsewhere
from shared.kafka.retry import Backoff
from shared.telemetry import logging, metrics, tracing

log = logging.get(__name__)

_TRIES = 4
_TIME_OUT = "time-out"
_BACKOFF = Backoff(first=0.5, most=4.0)
_SHARE = 0.6  # of the time left for a call, while there is another model: one that hangs leaves time for it
_LEAST = 0.5  # seconds; with less time left no call is begun: it would be paid for and thrown away


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """answer: None when no model could. error: the last reason then. attempts: calls that were made.

    timed_out: the last reason was that the time was up. spent: the model and tokens of each call that took some, the
    failed ones too.
    """

    answer: Answer | None
    attempts: int
    error: str = ""
    timed_out: bool = False
    spent: tuple[tuple[str, Tokens], ...] = ()


async def get_answer(
    model: Model, prompt: Prompt, *, models: tuple[str, ...], max_tokens: int, deadline: float
) -> Outcome:
    """Ask `models` in turn until one answers, for at most `deadline` seconds in all. Never raises but cancellation.

    A model that is to be left alone for a while is, and the others are asked meanwhile.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + deadline
    may_ask = dict.fromkeys(models, loop.time())  # when, by model, in their order
    error = "no time"
    attempts = 0
    spent: list[tuple[str, Tokens]] = []
    timed_out = True  # until a model gave another reason
    while may_ask and attempts < _TRIES:
        name = min(may_ask, key=lambda model: may_ask[model])
        if max(may_ask[name], loop.time()) + _LEAST > end:
            break
        with elsewhere.waiting():
            await asyncio.sleep(may_ask[name] - loop.time())
        attempts += 1
        try:
            left = end - loop.time()
            answer = await _one_call(model, prompt, name, max_tokens, left * _SHARE if len(may_ask) > 1 else left)
        except ModelFailed as failure:
            if failure.tokens is not None:
                spent.append((name, failure.tokens))
            error = f"{name}: {failure.reason}"
            timed_out = failure.reason == _TIME_OUT
            log.warning("A model gave no answer", model=name, reason=failure.reason, attempt=attempts)
            if failure.retryable:
                wait = failure.retry_after if failure.retry_after is not None else _BACKOFF.wait(attempts - 1)
                may_ask[name] = loop.time() + wait
            else:
                del may_ask[name]
        else:
            spent.append((name, answer.tokens))
            return Outcome(answer=answer, attempts=attempts, spent=tuple(spent))
    return Outcome(answer=None, attempts=attempts, error=error, timed_out=timed_out, spent=tuple(spent))


async def _one_call(model: Model, prompt: Prompt, name: str, max_tokens: int, left: float) -> Answer:
    outcome = "cancelled"
    try:
        with (
            metrics.MODEL_SECONDS.labels(name).time(),
            tracing.span(
                f"chat {name}",
                tracing.SpanKind.CLIENT,
                gen_ai__operation__name="chat",
                gen_ai__provider__name="anthropic",
                gen_ai__request__model=name,
            ),
            elsewhere.waiting(),
        ):
            async with asyncio.timeout(left):  # the SDK's time-out is per read: a slow drip would never end
                answer = await model.answer(prompt, model=name, max_tokens=max_tokens, timeout=left)
        if not for_customer(answer.text):
            raise ModelFailed("nothing that may be sent", retryable=True, tokens=answer.tokens)
        if why := prompt.check(answer.text):
            raise ModelFailed(f"guard: {why}", retryable=False, tokens=answer.tokens)
        outcome = "answered"
    except TimeoutError:
        outcome = _TIME_OUT
        raise ModelFailed(_TIME_OUT, retryable=True) from None
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
