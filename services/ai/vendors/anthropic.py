"""Calls the Anthropic Messages API through its SDK (2.10.0, pinned); failures become ModelFailed.

The SDK builds the request's headers and raises its errors; we write and read the JSON, as its checks of the request and
its models of the answer cost as much as all the rest of a call.

The SDK's own retries are off: with them a 429 may sleep for minutes and a hang lasts three time-outs. Its time-out is
per read, so the caller sets a deadline for the whole call. A connection that breaks in mid-answer is an error of
httpx2, not of the SDK. Its OpenTelemetry support would send our trace ids to the vendor.
"""

from typing import Any

import anthropic
import httpx2
import msgspec
from anthropic.types import MessageParam, TextBlockParam, ToolParam

from services.ai.prompt.prompt import Prompt, PromptTurn
from services.ai.tools.port import MAX_CALLS_AT_ONCE, ToolCall, ToolRound, ToolSpec
from services.ai.vendors.failures import Fault, ModelFailed, cut_off, failure_of_status, read_retry_after
from services.ai.vendors.http_client import http_client, was_sent
from services.ai.vendors.port import ModelAnswer
from shared.domain.model_prices import Tokens

Json = dict[str, Any]
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
            response = await self._client.post(
                "/v1/messages",
                content=msgspec.json.encode(_request(prompt, model, max_tokens)),
                cast_to=httpx2.Response,
                options={"timeout": timeout},
            )
            message = msgspec.json.decode(response.content)
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


def _request(prompt: Prompt, model: str, max_tokens: int) -> Json:
    request: Json = {"model": model, "max_tokens": max_tokens, "messages": _messages(prompt)}
    if system := _system(prompt):
        request["system"] = system
    if prompt.tools:
        request["tools"] = [_tool(tool) for tool in prompt.tools]
        if not prompt.may_call:  # the tools stay, because the earlier calls refer to them
            request["tool_choice"] = {"type": "none"}
    return request


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
    if not isinstance(message, dict) or not isinstance(message.get("content"), list):
        raise ModelFailed("not a message", retryable=True, unknown=True)
    tokens, stop_reason = _tokens(message.get("usage")), message.get("stop_reason")
    if stop_reason == "refusal":
        raise ModelFailed("refusal", retryable=False, tokens=tokens, fault=Fault.REQUEST)
    blocks = [block for block in message["content"] if isinstance(block, dict)]
    text = "".join(_text(block) for block in blocks)
    wanted = [block for block in blocks if block.get("type") == "tool_use"]
    calls = tuple(map(_call, wanted)) if stop_reason == "tool_use" else ()
    cut = stop_reason in _CUT
    if cut and wanted:
        raise cut_off(tokens)
    if len(calls) > MAX_CALLS_AT_ONCE:
        raise ModelFailed("too many calls of tools", retryable=False, tokens=tokens, fault=Fault.REQUEST)
    if not text.strip() and not calls:
        raise ModelFailed("no text", retryable=True, tokens=tokens, fault=Fault.REQUEST)
    return ModelAnswer(text=text, model=model, tokens=tokens, calls=calls, message=blocks if calls else None, cut=cut)


def _text(block: Json) -> str:
    text = block.get("text") if block.get("type") == "text" else ""
    return text if isinstance(text, str) else ""


def _call(block: Json) -> ToolCall:
    given = block.get("input")
    return ToolCall(str(block.get("id")), str(block.get("name")), given if isinstance(given, dict) else None)


def _tokens(usage: object) -> Tokens:
    """Return the usage, as far as it is there."""
    if not isinstance(usage, dict):
        return Tokens()
    names = ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
    counts = (usage.get(name) for name in names)
    given = [count if isinstance(count, int) else 0 for count in counts]
    return Tokens(input=given[0], output=given[1], cache_read=given[2], cache_write=given[3])
