"""Validate tools and tool calls as OpenRouter and OpenAI do: 400.

Source: OpenRouter "Tool calling"; OpenAI "Function calling".
"""

import re
from typing import Any

import msgspec

from devtools.simulators.errors import RequestRefused

Json = dict[str, Any]

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def check_tools(body: Json) -> None:
    """Raise RequestRefused for an invalid tool."""
    tools = body.get("tools") or []
    for i, tool in enumerate(tools):
        function = tool["function"]
        if tool["type"] != "function":
            raise RequestRefused(400, f"tools.{i}.type: Input should be 'function'")
        if _NAME.fullmatch(function["name"]) is None:
            raise RequestRefused(400, f"tools.{i}.function.name: String should match pattern '^[a-zA-Z0-9_-]+$'")
        if (function.get("parameters") or {}).get("type") != "object":
            raise RequestRefused(400, f"tools.{i}.function.parameters: schema must be of type object")
    if body.get("tool_choice") is not None and not tools:
        raise RequestRefused(400, "tool_choice is only allowed when tools are specified")


def check_calls(messages: list[Json]) -> None:
    """Raise RequestRefused unless each tool call has one result directly after its message, and each result a call."""
    open_calls: list[str] = []
    for i, message in enumerate(messages):
        if message["role"] == "tool":
            if message.get("tool_call_id") not in open_calls:
                raise RequestRefused(
                    400, f"messages.{i}: `tool` must be a response to a preceding message with `tool_calls`"
                )
            open_calls.remove(message["tool_call_id"])
            continue
        if open_calls:
            raise RequestRefused(400, f"messages.{i}: `tool_calls` must be followed by tool messages for {open_calls}")
        calls = message.get("tool_calls") or []
        if message.get("content") is None and not calls:
            raise RequestRefused(400, f"messages.{i}.content: expected a string or a list")
        for call in calls:
            _check_arguments(i, call["function"]["arguments"])
        open_calls = [call["id"] for call in calls]
    if open_calls:
        raise RequestRefused(400, f"`tool_calls` must be followed by tool messages for {open_calls}")


def _check_arguments(i: int, arguments: str) -> None:
    try:
        msgspec.json.decode(arguments, type=dict[str, Any])
    except msgspec.DecodeError:
        raise RequestRefused(400, f"messages.{i}.tool_calls: arguments must be a JSON object") from None
