"""Makes one call of a model: with a time-out, checks of the answer, metrics and a span."""

import asyncio
from dataclasses import replace
from decimal import Decimal

from services.ai.calls.schedule import TIME_OUT
from services.ai.checks import correction_for
from services.ai.pricing.estimate import with_estimates
from services.ai.prompt.prompt import Prompt
from services.ai.text.truncation import whole_part
from services.ai.vendors.by_model import vendor_of
from services.ai.vendors.failures import Fault, ModelFailed, cut_off
from services.ai.vendors.port import LanguageModel, ModelAnswer
from shared.domain.model_prices import Tokens
from shared.kafka.runtime.external_wait import external_wait
from shared.telemetry import logging, metrics, tracing

log = logging.get(__name__)


async def call_model(
    model: LanguageModel,
    prompt: Prompt,
    name: str,
    max_tokens: int,
    left: float,
    amounts: frozenset[Decimal],
    tries: tracing.AttemptLinks,
) -> ModelAnswer:
    """Return an answer that may be sent, or the tools that the model wants. left: seconds. tries: its span links to the
    previous try. Raises ModelFailed.
    """
    outcome = "cancelled"
    try:
        with (
            metrics.MODEL_SECONDS.labels(name).time(),
            metrics.MODEL_CALLS_UNDER_WAY.labels(name).track_inprogress(),
            tracing.span(
                f"chat {name}",
                tracing.SpanKind.CLIENT,
                attempts=tries,
                gen_ai__operation__name="chat",
                gen_ai__provider__name=vendor_of(name),
                gen_ai__request__model=name,
                gen_ai__request__max_tokens=max_tokens,
            ) as span,
            external_wait(),
        ):
            answer = _checked(await _answer(model, prompt, name, max_tokens, left, span), prompt, amounts)
        outcome = "called tools" if answer.calls else "answered"
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


async def _answer(
    model: LanguageModel, prompt: Prompt, name: str, max_tokens: int, left: float, span: tracing.Span
) -> ModelAnswer:
    """Return the model's answer with its usage. Raises ModelFailed, TimeoutError."""
    try:
        async with asyncio.timeout(left):  # the SDK's time-out is per read: a slow stream would never end
            answer = await model.answer(prompt, model=name, max_tokens=max_tokens, timeout=left)
    except ModelFailed as failure:
        if failure.tokens is not None:
            failure.tokens = with_estimates(failure.tokens, prompt, "")
            _add_usage(span, failure.tokens)
        raise
    tokens = with_estimates(answer.tokens, prompt, _written(answer))
    if tokens != answer.tokens:
        log.warning("A vendor reported no usage: it is estimated from the lengths", model=name)
    _add_usage(span, tokens)
    return replace(answer, tokens=tokens)


def _written(answer: ModelAnswer) -> str:
    """Return all that a model wrote, for its length."""
    return answer.text + "".join(f"{call.name}{call.arguments}" for call in answer.calls)


def _add_usage(span: tracing.Span, tokens: Tokens) -> None:
    """Add the usage to the span; the conventions count cached tokens among the input."""
    span.set(
        gen_ai__usage__input_tokens=tokens.input + tokens.cache_read + tokens.cache_write,
        gen_ai__usage__output_tokens=tokens.output,
        gen_ai__usage__cache_read__input_tokens=tokens.cache_read,
        gen_ai__usage__cache_creation__input_tokens=tokens.cache_write,
    )


def _checked(answer: ModelAnswer, prompt: Prompt, amounts: frozenset[Decimal]) -> ModelAnswer:
    """Return the answer as the customer gets it, checked; text beside tool calls is dropped.

    Raises ModelFailed.
    """
    if answer.calls and prompt.callable:
        return answer
    text = prompt.clean(answer.text)
    if not text:
        reason = "calls a tool that it may not" if answer.calls else "nothing that may be sent"
        raise ModelFailed(reason, retryable=not answer.calls, tokens=answer.tokens, fault=Fault.REQUEST)
    if answer.cut and prompt.whole:
        raise ModelFailed("cut off", retryable=False, tokens=answer.tokens, fault=Fault.REQUEST)
    if answer.cut:
        text = whole_part(text)
        if not text:
            raise cut_off(answer.tokens)
    if problem := prompt.check(text, amounts):
        reason, correction = f"guard: {problem.kind}", correction_for(problem)
        raise ModelFailed(reason, retryable=False, tokens=answer.tokens, fault=Fault.REQUEST, correction=correction)
    return replace(answer, text=text, calls=())


def _count_tokens(model: str, tokens: Tokens) -> None:
    for kind, count in (
        ("input", tokens.input),
        ("output", tokens.output),
        ("cache_read", tokens.cache_read),
        ("cache_write", tokens.cache_write),
    ):
        metrics.MODEL_TOKENS.labels(model, kind).inc(count)
