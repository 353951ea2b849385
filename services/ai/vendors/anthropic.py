"""Calls the Anthropic Messages API through its SDK (2.10.0, pinned); failures become ModelFailed.

The SDK's own retries are off: with them a 429 may sleep for minutes and a hang lasts three time-outs. Its time-out is
per read, so the caller sets a deadline for the whole call. Bad answers that it lets through: HTTP 200 with HTML (a
`str`), with an error object (a message of `None`s), with broken JSON (`JSONDecodeError`), a connection that breaks in
mid-answer (an error of httpx2, not of the SDK), a refusal (`stop_reason`). Its OpenTelemetry support would send our
trace ids to the vendor.
"""

import anthropic
from anthropic import Omit, omit
from anthropic.types import MessageParam, TextBlockParam, ToolChoiceNoneParam, ToolParam, ToolUseBlock, Usage

from services.ai.pricing.prices import Tokens
from services.ai.prompt.prompt import Prompt, PromptTurn
from services.ai.tools.port import MAX_CALLS_AT_ONCE, ToolCall, ToolRound, ToolSpec
from services.ai.vendors.failures import Fault, ModelFailed, cut_off, failure_of_status, read_retry_after
from services.ai.vendors.http_client import http_client, was_sent
from services.ai.vendors.port import ModelAnswer

_CUT = frozenset({"max_tokens", "model_context_window_exceeded"})


class AnthropicModel:
    """Implements `LanguageModel`."""

    def __init__(self, api_key: str, base_url: str) -> None:
        self._client = anthropic.AsyncAnthropic(
            api_key=api_key or "missing",
            base_url=base_url,
            max_retries=0,
            open_telemetry=False,
            http_client=http_client(),
        )

    async def answer(self, prompt: Prompt, *, model: str, max_tokens: int, timeout: float) -> ModelAnswer:
        """See the port."""
        try:
            message = await self._client.messages.create(
                model=model,
                max_tokens=max_tokens,
                system=_system(prompt),
                messages=_messages(prompt),
                tools=[_tool(tool) for tool in prompt.tools] if prompt.tools else omit,
                tool_choice=_choice(prompt),
                timeout=timeout,
            )
        except anthropic.APIStatusError as error:
            raise _status_failure(error) from None
        except anthropic.APITimeoutError as error:
            raise ModelFailed("time-out", retryable=True, unknown=was_sent(error)) from None
        except Exception as error:  # the SDK lets errors of its HTTP layer and of JSON through
            raise ModelFailed(f"unreadable: {type(error).__name__}", retryable=True, unknown=was_sent(error)) from None
        return _read(message, model)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


def _messages(prompt: Prompt) -> list[MessageParam]:
    turns = [_message(turn) for turn in prompt.messages]
    return [*turns, *(message for done in prompt.rounds for message in _round(done))]


def _message(turn: PromptTurn) -> MessageParam:
    if turn.role == "assistant":
        return {"role": "assistant", "content": turn.text}
    return {"role": "user", "content": turn.text}


def _round(done: ToolRound) -> tuple[MessageParam, MessageParam]:
    """Return the model's message and the results: each tool_use needs one tool_result in the next message."""
    results: MessageParam = {
        "role": "user",
        "content": [
            {"type": "tool_result", "tool_use_id": result.call_id, "content": result.text, "is_error": result.failed}
            for result in done.results
        ],
    }
    return {"role": "assistant", "content": done.message}, results


def _tool(tool: ToolSpec) -> ToolParam:
    return {"name": tool.name, "description": tool.description, "input_schema": tool.schema}


def _choice(prompt: Prompt) -> ToolChoiceNoneParam | Omit:
    """Return the tool choice: the tools stay when no more may be called, because the earlier calls refer to them."""
    return {"type": "none"} if prompt.tools and not prompt.may_call else omit


def _system(prompt: Prompt) -> list[TextBlockParam]:
    blocks: list[TextBlockParam] = [{"type": "text", "text": text} for text in prompt.system]
    if blocks:
        blocks[-1]["cache_control"] = {"type": "ephemeral"}
    if prompt.about:
        blocks.append({"type": "text", "text": prompt.about})
    return blocks


def _status_failure(error: anthropic.APIStatusError) -> ModelFailed:
    body = error.body if isinstance(error.body, dict) else {}
    error_body = body.get("error")
    message = (
        f"{error_body.get('type') or ''} {error_body.get('message') or ''}" if isinstance(error_body, dict) else ""
    )
    return failure_of_status(error.status_code, message, read_retry_after(error.response.headers.get("retry-after")))


def _read(message: object, model: str) -> ModelAnswer:
    if not isinstance(message, anthropic.types.Message) or not isinstance(message.content, list):
        raise ModelFailed("not a message", retryable=True, unknown=True)
    tokens = _tokens(message.usage)
    if message.stop_reason == "refusal":
        raise ModelFailed("refusal", retryable=False, tokens=tokens, fault=Fault.REQUEST)
    text = "".join(block.text for block in message.content if block.type == "text" and block.text)
    calls = _calls(message)
    cut = message.stop_reason in _CUT
    if cut and any(block.type == "tool_use" for block in message.content):
        raise cut_off(tokens)
    if len(calls) > MAX_CALLS_AT_ONCE:
        raise ModelFailed("too many calls of tools", retryable=False, tokens=tokens, fault=Fault.REQUEST)
    if not text.strip() and not calls:
        raise ModelFailed("no text", retryable=True, tokens=tokens, fault=Fault.REQUEST)
    raw = [block.to_dict() for block in message.content] if calls else None
    return ModelAnswer(text=text, model=model, tokens=tokens, calls=calls, message=raw, cut=cut)


def _calls(message: anthropic.types.Message) -> tuple[ToolCall, ...]:
    """Return the tool calls; a message that was cut off in a call has none."""
    if message.stop_reason != "tool_use":
        return ()
    return tuple(_call(block) for block in message.content if block.type == "tool_use")


def _call(block: ToolUseBlock) -> ToolCall:
    given: object = block.input  # whatever the type says
    return ToolCall(block.id, block.name, given if isinstance(given, dict) else None)


def _tokens(usage: Usage | None) -> Tokens:
    if usage is None:  # in a half-empty answer, whatever the type says
        return Tokens()
    return Tokens(
        input=usage.input_tokens or 0,
        output=usage.output_tokens or 0,
        cache_read=usage.cache_read_input_tokens or 0,
        cache_write=usage.cache_creation_input_tokens or 0,
    )
