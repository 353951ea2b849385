"""The types of the model vendors' requests, so far as the simulators read them; other fields are left alone.

Sources: Anthropic "Messages"; OpenRouter "API reference: chat completion".
"""

from typing import Any

import msgspec

from devtools.simulators.errors import Refused


class CacheControl(msgspec.Struct):
    type: str
    ttl: str = "5m"


class Block(msgspec.Struct):
    type: str
    text: str = ""
    id: str = ""
    name: str = ""
    tool_use_id: str = ""
    input: dict[str, Any] = {}
    is_error: bool = False
    signature: str = ""
    content: "str | list[Block]" = ""
    cache_control: CacheControl | None = None


class Message(msgspec.Struct):
    role: str
    content: str | list[Block]


class Schema(msgspec.Struct):
    type: str = ""
    properties: dict[str, dict[str, Any]] = {}
    required: list[str] = []


class Tool(msgspec.Struct):
    name: str
    type: str = "custom"
    description: str = ""
    input_schema: Schema | None = None
    cache_control: CacheControl | None = None


class ToolChoice(msgspec.Struct):
    type: str


class AnthropicRequest(msgspec.Struct):
    model: str
    max_tokens: int
    messages: list[Message]
    system: str | list[Block] = ""
    tools: list[Tool] = []
    tool_choice: ToolChoice | None = None
    stream: bool = False
    cache_control: CacheControl | None = None


class OpenAIPart(msgspec.Struct):
    type: str
    text: str = ""


class Called(msgspec.Struct):
    name: str
    arguments: str


class OpenAICall(msgspec.Struct):
    id: str
    type: str
    function: Called


class OpenAIMessage(msgspec.Struct):
    role: str
    content: str | list[OpenAIPart] | None = None
    tool_calls: list[OpenAICall] = []
    tool_call_id: str = ""


class Function(msgspec.Struct):
    name: str
    description: str = ""
    parameters: Schema | None = None


class OpenAITool(msgspec.Struct):
    type: str
    function: Function


class OpenRouterRequest(msgspec.Struct):
    model: str
    messages: list[OpenAIMessage]
    tools: list[OpenAITool] | None = None
    tool_choice: str | dict[str, Any] | None = None
    max_tokens: int | None = None
    stream: bool | None = None


def check_shape(body: object, shape: type[msgspec.Struct]) -> None:
    """Raises Refused (400) if a field has the wrong type or is missing."""
    try:
        msgspec.convert(body, shape)
    except msgspec.ValidationError as e:
        raise Refused(400, str(e)) from None
