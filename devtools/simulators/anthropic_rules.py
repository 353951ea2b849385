"""Validate requests as Anthropic's Messages API does: 400 or 404.

Source: Anthropic "Messages", "Tool use" and "Prompt caching". `temperature`, `top_p` and `top_k` are no longer
parameters; claude-sonnet-5-5 refuses a prefilled assistant turn and forced tool choice.
"""

import re
from typing import Any

from devtools.simulators.errors import RequestRefused
from devtools.simulators.request_types import AnthropicRequest, check_types

Json = dict[str, Any]

MODELS = frozenset({"claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5"})
_FIELDS = frozenset(
    {
        "cache_control",
        "container",
        "diagnostics",
        "inference_geo",
        "max_tokens",
        "messages",
        "metadata",
        "model",
        "output_config",
        "service_tier",
        "speed",
        "stop_sequences",
        "stream",
        "system",
        "thinking",
        "tool_choice",
        "tools",
        "user_profile_id",
        "workspace_id",
    }
)
_BLOCKS = frozenset(
    {"text", "image", "document", "tool_use", "tool_result", "thinking", "redacted_thinking", "search_result"}
)
_TOOL = re.compile(r"[a-zA-Z0-9_-]{1,128}")
_CALL = re.compile(r"[a-zA-Z0-9_-]+")
_CHOICES = frozenset({"auto", "any", "tool", "none"})


def check_request(body: Json | None) -> Json:
    """Return the body if the API would accept it. Raises RequestRefused."""
    if body is None:
        raise RequestRefused(400, "The request body is not valid JSON")
    _check_fields(body)
    check_types(body, AnthropicRequest)
    if body["model"] not in MODELS:
        raise RequestRefused(404, f"model: {body['model']}")
    if not 1 <= body["max_tokens"] <= 128_000:
        raise RequestRefused(400, "max_tokens: Input should be greater than or equal to 1 and at most 128000")
    _check_tools(body)
    _check_system(body.get("system", ""))
    _check_messages(body["messages"], body["model"])
    _check_blocks(body)
    _check_cache(body)
    return body


def _check_fields(body: Json) -> None:
    for name in ("model", "max_tokens", "messages"):
        if name not in body:
            raise RequestRefused(400, f"{name}: Field required")
    for name in body:
        if name in {"temperature", "top_p", "top_k"}:
            raise RequestRefused(400, f"{name}: sampling parameters are not supported by this model")
        if name not in _FIELDS:
            raise RequestRefused(400, f"{name}: Extra inputs are not permitted")


def _check_tools(body: Json) -> None:
    tools = body.get("tools") or []
    names: set[str] = set()
    for i, tool in enumerate(tools):
        if _TOOL.fullmatch(tool["name"]) is None:
            raise RequestRefused(400, f"tools.{i}.custom.name: String should match pattern '^[a-zA-Z0-9_-]{{1,128}}$'")
        if tool.get("type", "custom") == "custom" and (tool.get("input_schema") or {}).get("type") != "object":
            raise RequestRefused(400, f"tools.{i}.custom.input_schema.type: Field required")
        if tool["name"] in names:
            raise RequestRefused(400, "tools: Tool names must be unique.")
        names.add(tool["name"])
    choice = body.get("tool_choice") or {}
    if choice and choice.get("type") not in _CHOICES:
        raise RequestRefused(400, "tool_choice: Input tag does not match any of the expected tags")
    if choice and not tools:
        raise RequestRefused(400, "tool_choice: may only be specified while providing tools")
    if choice.get("type") in {"any", "tool"} and body["model"] == "claude-sonnet-5-5":
        raise RequestRefused(400, "tool_choice: forced tool use is not supported by this model")


def _check_system(system: str | list[Json]) -> None:
    for i, block in enumerate(system if isinstance(system, list) else []):
        if block["type"] != "text" or not block.get("text"):
            raise RequestRefused(400, f"system.{i}: text content blocks must be non-empty")


def _check_messages(messages: list[Json], model: str) -> None:
    if not messages:
        raise RequestRefused(400, "messages: at least one message is required")
    open_calls: set[str] = set()
    for i, message in enumerate(messages):
        if message["role"] not in {"user", "assistant", "system"}:
            raise RequestRefused(400, f"messages.{i}.role: Input should be 'user' or 'assistant'")
        if i == 0 and message["role"] != "user":
            raise RequestRefused(400, 'messages: first message must use the "user" role')
        blocks = _blocks(i, message, last=i == len(messages) - 1)
        open_calls = _check_calls(i, message["role"], blocks, open_calls)
    if messages[-1]["role"] == "assistant":
        if model == "claude-sonnet-5-5":
            raise RequestRefused(400, "This model does not support assistant message prefill. End with a user message.")
        if open_calls:
            raise RequestRefused(400, f"messages.{len(messages) - 1}: `tool_use` ids without `tool_result` blocks")


def _blocks(i: int, message: Json, *, last: bool) -> list[Json]:
    given = message["content"]
    content: list[Json] = given if isinstance(given, list) else [{"type": "text", "text": given}] if given else []
    if not content and not (last and message["role"] == "assistant"):
        raise RequestRefused(
            400, f"messages.{i}: all messages must have non-empty content except for the final assistant one"
        )
    for j, block in enumerate(content):
        if block["type"] not in _BLOCKS:
            raise RequestRefused(400, f"messages.{i}.content.{j}: Input tag does not match any of the expected tags")
        if block["type"] == "text" and not block.get("text", "").strip():
            raise RequestRefused(400, "messages: text content blocks must contain non-whitespace text")
    return content


def _check_calls(i: int, role: str, blocks: list[Json], open_calls: set[str]) -> set[str]:
    """Return the calls that have no result after this message.

    Raises RequestRefused unless each call has one result in the next message, and each result a call.
    """
    given = [str(b.get("tool_use_id")) for b in blocks if b["type"] == "tool_result"]
    results = set(given)
    if len(given) != len(results):
        raise RequestRefused(400, f"messages.{i}: each `tool_use` must have a single result")
    if given and [b["type"] for b in blocks[: len(given)]] != ["tool_result"] * len(given):
        raise RequestRefused(400, f"messages.{i}: `tool_result` blocks must come first in the content")
    if given and role != "user":
        raise RequestRefused(400, f"messages.{i}: `tool_result` blocks can only be in `user` messages")
    if role == "user" and open_calls - results:
        missing = ", ".join(sorted(open_calls - results))
        raise RequestRefused(400, f"messages.{i}: `tool_use` ids were found without `tool_result` blocks: {missing}")
    if results - open_calls:
        unknown = ", ".join(sorted(results - open_calls))
        raise RequestRefused(400, f"messages.{i}: unexpected `tool_use_id` found in `tool_result` blocks: {unknown}")
    return {str(b.get("id")) for b in blocks if b["type"] == "tool_use"} if role == "assistant" else set()


def _check_blocks(body: Json) -> None:
    """Refuse calls and results without tools, repeated ids, and thinking blocks of another model."""
    blocks = [
        (i, j, block)
        for i, message in enumerate(body["messages"])
        if isinstance(message["content"], list)
        for j, block in enumerate(message["content"])
    ]
    if not body.get("tools") and any(block["type"] in {"tool_use", "tool_result"} for _, _, block in blocks):
        raise RequestRefused(400, "Requests which include `tool_use` or `tool_result` blocks must define tools")
    seen: set[str] = set()
    for i, j, block in blocks:
        if block["type"] == "tool_use":
            if _CALL.fullmatch(block.get("id", "")) is None or not block.get("name"):
                raise RequestRefused(
                    400, f"messages.{i}.content.{j}.tool_use.id: String should match '^[a-zA-Z0-9_-]+$'"
                )
            if not isinstance(block.get("input"), dict):
                raise RequestRefused(400, f"messages.{i}.content.{j}.tool_use.input: Field required")
            if block["id"] in seen:
                raise RequestRefused(400, f"messages.{i}.content.{j}: `tool_use` ids must be unique")
            seen.add(block["id"])
        if block["type"] == "thinking" and not str(block.get("signature", "")).startswith(f"{body['model']}:"):
            raise RequestRefused(400, f"messages.{i}.content.{j}: Invalid `signature` in `thinking` block")


def _check_cache(body: Json) -> None:
    parts: list[Any] = [body, *(body.get("tools") or [])]
    parts += body["system"] if isinstance(body.get("system"), list) else []
    for message in body["messages"]:
        parts += message["content"] if isinstance(message["content"], list) else []
    found = [part["cache_control"] for part in parts if part.get("cache_control") is not None]
    if len(found) > 4:
        raise RequestRefused(400, f"A maximum of 4 blocks with cache_control may be provided. Found {len(found)}.")
    for control in found:
        if control["type"] != "ephemeral":
            raise RequestRefused(400, "cache_control.type: Input should be 'ephemeral'")
        if control.get("ttl", "5m") not in {"5m", "1h"}:
            raise RequestRefused(400, "cache_control.ttl: Input should be '5m' or '1h'")
