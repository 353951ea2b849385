"""Calls OpenRouter's chat completions, in OpenAI's shape; failures become ModelFailed.

Sources: OpenRouter "API reference: chat completion", "Errors and debugging", "Prompt caching". It answers HTTP 200
with an error in the body, or in a choice, when the vendor behind it fails after it began; 402 when the credit is
spent; 403 for a text that a moderator flags, which is the fault of the text and not of the key.
"""

from collections.abc import Mapping
from typing import Any

import aiohttp
import httpx2
import msgspec

from services.ai.prompt.prompt import Prompt
from services.ai.tools.port import MAX_CALLS_AT_ONCE, ToolCall, ToolRound, ToolSpec
from services.ai.vendors.failures import Fault, ModelFailed, cut_off, failure_of_status, read_retry_after
from services.ai.vendors.http_client import http_client, was_sent
from services.ai.vendors.port import ModelAnswer
from shared.domain.model_prices import Tokens

_MAX_BODY = 1024 * 1024  # bytes; an answer has a few thousand

Json = dict[str, Any]


class OpenRouterModel:
    """Implements `LanguageModel`."""

    def __init__(self, api_key: str, base_url: str) -> None:
        self._url = f"{base_url}/chat/completions"
        self._http = http_client({"Authorization": f"Bearer {api_key}", "Content-Type": "application/json"})

    async def answer(self, prompt: Prompt, *, model: str, max_tokens: int, timeout: float) -> ModelAnswer:
        """See the port."""
        try:
            body = msgspec.json.encode(_request(prompt, model, max_tokens))
        except UnicodeEncodeError:  # a lone surrogate
            raise ModelFailed("not to be written", retryable=False, fault=Fault.REQUEST) from None
        try:
            async with self._http.stream("POST", self._url, content=body, timeout=timeout) as response:
                status, headers, raw = response.status_code, response.headers, await _read_body(response)
        except (httpx2.HTTPError, aiohttp.ClientError, OSError, ValueError) as error:
            raise _failure(error) from None
        return read_answer(status, headers, raw, model)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()


def _failure(error: Exception) -> ModelFailed:
    if not was_sent(error):
        return ModelFailed(f"unreachable: {type(error).__name__}", retryable=True)
    if isinstance(error, httpx2.TimeoutException | TimeoutError):
        return ModelFailed("time-out", retryable=True, unknown=True)
    cause = error.__cause__ or error  # aiohttp's error says more
    return ModelFailed(f"unreadable: {type(cause).__name__}", retryable=True, unknown=True)


async def _read_body(response: httpx2.Response) -> bytes:
    body = bytearray()
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) > _MAX_BODY:
            raise ModelFailed("unreadable: too long", retryable=True, unknown=True)
    return bytes(body)


def _request(prompt: Prompt, model: str, max_tokens: int) -> Json:
    parts: list[Json] = [{"type": "text", "text": text} for text in prompt.system]
    if parts and model.startswith("anthropic/"):
        parts[-1]["cache_control"] = {"type": "ephemeral"}
    if prompt.about:
        parts.append({"type": "text", "text": prompt.about})
    system = [{"role": "system", "content": parts}] if parts else []
    turns = [{"role": turn.role, "content": turn.text} for turn in prompt.messages]
    rounds = [message for done in prompt.rounds for message in _round(done)]
    return {"model": model, "max_tokens": max_tokens, "messages": [*system, *turns, *rounds], **_tools(prompt)}


def _tools(prompt: Prompt) -> Json:
    if not prompt.tools:
        return {}
    chosen = {} if prompt.may_call else {"tool_choice": "none"}
    return {"tools": [_tool(tool) for tool in prompt.tools], **chosen}


def _tool(tool: ToolSpec) -> Json:
    function = {"name": tool.name, "description": tool.description, "parameters": tool.schema}
    return {"type": "function", "function": function}


def _round(done: ToolRound) -> list[Json]:
    """Return the model's message, and a tool message for each of its calls; OpenAI's shape has no flag for failed
    ones."""
    results = [{"role": "tool", "tool_call_id": result.call_id, "content": result.text} for result in done.results]
    return [done.message, *results]


def read_answer(status: int, headers: Mapping[str, str], raw: bytes, model: str) -> ModelAnswer:
    """Return the answer in a response, whatever it contains. Raises ModelFailed. Pure."""
    body = _object(raw)
    retry_after = read_retry_after(headers.get("retry-after"))
    if status != 200:
        raise _refused(status, body, retry_after)
    if body is None:
        raise ModelFailed("unreadable: no JSON object", retryable=True, unknown=True)
    if body.get("error"):
        raise _refused(200, body, retry_after)
    choices = body.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(choice, dict) or not isinstance(choice.get("message"), dict):
        raise ModelFailed("not a message", retryable=True, unknown=True)
    return _answer(choice, _tokens(body.get("usage")), model, retry_after)


def _answer(choice: Json, tokens: Tokens, model: str, retry_after: float | None) -> ModelAnswer:
    if choice.get("error"):
        failure = _refused(200, choice, retry_after)
        failure.tokens = tokens
        raise failure
    message = choice["message"]
    if message.get("refusal") or choice.get("finish_reason") == "content_filter":
        raise ModelFailed("refusal", retryable=False, tokens=tokens, fault=Fault.REQUEST)
    text, calls, cut = message.get("content"), _calls(choice), choice.get("finish_reason") == "length"
    if cut and message.get("tool_calls"):
        raise cut_off(tokens)
    if len(calls) > MAX_CALLS_AT_ONCE:
        raise ModelFailed("too many calls of tools", retryable=False, tokens=tokens, fault=Fault.REQUEST)
    if not calls and (not isinstance(text, str) or not text.strip()):
        raise ModelFailed("no text", retryable=True, tokens=tokens, fault=Fault.REQUEST)
    text = text if isinstance(text, str) else ""
    raw = _resent(message, calls) if calls else None
    return ModelAnswer(text=text, model=model, tokens=tokens, calls=calls, message=raw, cut=cut)


def _calls(choice: Json) -> tuple[ToolCall, ...]:
    """Return the tool calls; a message that was cut off in a call has none."""
    given = choice["message"].get("tool_calls")
    if choice.get("finish_reason") == "length" or not isinstance(given, list):
        return ()
    return tuple(_call(call, number) for number, call in enumerate(given) if isinstance(call, dict))


def _call(call: Json, number: int) -> ToolCall:
    function = call.get("function")
    function = function if isinstance(function, dict) else {}
    written = function.get("arguments")
    arguments = _object(written.encode(errors="replace")) if isinstance(written, str) else None
    return ToolCall(str(call.get("id") or f"call-{number}"), str(function.get("name") or ""), arguments)


def _resent(message: Json, calls: tuple[ToolCall, ...]) -> Json:
    """Return the message as it is sent back: arguments that are no JSON as `{}`, which some vendors refuse
    otherwise."""
    kept = {name: message[name] for name in ("content", "reasoning_details") if message.get(name)}
    return {"role": "assistant", "content": None, **kept, "tool_calls": [_written(call) for call in calls]}


def _written(call: ToolCall) -> Json:
    arguments = msgspec.json.encode(call.arguments or {}).decode()
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": arguments}}


def _refused(status: int, body: Json | None, retry_after: float | None) -> ModelFailed:
    """Return the failure of `{"error": {code, message, metadata}}`; its code counts where HTTP said 200."""
    error = (body or {}).get("error")
    if not isinstance(error, dict):
        return failure_of_status(status, str(error or ""), retry_after)
    code = error.get("code")
    if status == 200 and isinstance(code, int) and 400 <= code < 600:
        status = code
    metadata = error.get("metadata")
    if status == 403 and isinstance(metadata, dict) and ("flagged_input" in metadata or "reasons" in metadata):
        return ModelFailed("refusal", retryable=False, fault=Fault.REQUEST)
    named = " ".join(str(error.get(name) or "") for name in ("type", "code", "message"))
    return failure_of_status(status, named, retry_after)


def _object(raw: bytes) -> Json | None:
    try:
        body = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return body if isinstance(body, dict) else None


def _tokens(usage: object) -> Tokens:
    """Return the usage without cached tokens among the input, where OpenAI counts them."""
    if not isinstance(usage, dict):
        return Tokens()
    details = usage.get("prompt_tokens_details")
    details = details if isinstance(details, dict) else {}
    read, written = _count(details, "cached_tokens"), _count(details, "cache_write_tokens")
    return Tokens(
        input=max(0, _count(usage, "prompt_tokens") - read - written),
        output=_count(usage, "completion_tokens"),
        cache_read=read,
        cache_write=written,
    )


def _count(values: Json, name: str) -> int:
    value = values.get(name)
    return value if isinstance(value, int) and value > 0 else 0
