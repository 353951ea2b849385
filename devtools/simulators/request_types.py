"""Types of the model vendors' requests, for the fields that the simulators read; other fields are ignored.

Sources: Anthropic "Messages"; OpenRouter "API reference: chat completion".
"""

from typing import Any

import msgspec

from devtools.simulators.errors import RequestRefused


class CacheControl(msgspec.Struct):
    type: str
    ttl: str = "5m"


class AnthropicBlock(msgspec.Struct):
    type: str
    text: str = ""
    id: str = ""
    name: str = ""
    tool_use_id: str = ""
    input: dict[str, Any] = {}
    is_error: bool = False
    signature: str = ""
    content: "str | list[AnthropicBlock]" = ""
    cache_control: CacheControl | None = None


class AnthropicMessage(msgspec.Struct):
    role: str
    content: str | list[AnthropicBlock]


class ToolSchema(msgspec.Struct):
    type: str = ""
    properties: dict[str, dict[str, Any]] = {}
    required: list[str] = []


class AnthropicTool(msgspec.Struct):
    name: str
    type: str = "custom"
    description: str = ""
    input_schema: ToolSchema | None = None
    cache_control: CacheControl | None = None


class AnthropicToolChoice(msgspec.Struct):
    type: str


class AnthropicRequest(msgspec.Struct):
    model: str
    max_tokens: int
    messages: list[AnthropicMessage]
    system: str | list[AnthropicBlock] = ""
    tools: list[AnthropicTool] = []
    tool_choice: AnthropicToolChoice | None = None
    stream: bool = False
    cache_control: CacheControl | None = None


class OpenAIContentPart(msgspec.Struct):
    type: str
    text: str = ""


class OpenAIFunctionCall(msgspec.Struct):
    name: str
    arguments: str


class OpenAIToolCall(msgspec.Struct):
    id: str
    type: str
    function: OpenAIFunctionCall


class OpenAIMessage(msgspec.Struct):
    role: str
    content: str | list[OpenAIContentPart] | None = None
    tool_calls: list[OpenAIToolCall] = []
    tool_call_id: str = ""


class OpenAIFunction(msgspec.Struct):
    name: str
    description: str = ""
    parameters: ToolSchema | None = None


class OpenAITool(msgspec.Struct):
    type: str
    function: OpenAIFunction


class OpenRouterRequest(msgspec.Struct):
    model: str
    messages: list[OpenAIMessage]
    tools: list[OpenAITool] | None = None
    tool_choice: str | dict[str, Any] | None = None
    max_tokens: int | None = None
    stream: bool | None = None


def check_types(body: object, shape: type[msgspec.Struct]) -> None:
    """Raise RequestRefused (400) if a field has the wrong type or is missing."""
    try:
        msgspec.convert(body, shape)
    except msgspec.ValidationError as e:
        raise RequestRefused(400, str(e)) from None
