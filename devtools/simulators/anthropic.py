"""Anthropic: `POST /v1/messages`, with or without streaming, answered by `assistant`.

Sources: Anthropic "Messages", "Streaming messages" and "Errors"; the types of the anthropic SDK 2.10.0.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from aiohttp import web

from devtools.simulators import assistant, tokens
from devtools.simulators.anthropic_rules import check_request
from devtools.simulators.errors import RequestRefused, anthropic_error, json_response
from devtools.simulators.script import ProviderCall, ScriptedFault
from devtools.simulators.state import STATE, SimulatorState, as_json, bearer, decode, send_fault
from devtools.simulators.webhooks import twilio_sid

Json = dict[str, Any]

# Both come with HTTP 400 and `invalid_request_error`.
_BILLING_ERRORS = {
    "no_credit": "Your credit balance is too low to access the Anthropic API. "
    "Please go to Plans & Billing to upgrade or purchase credits.",
    "spend_limit": "You have reached your specified API usage limits. "
    "You will regain access on 2026-12-01 at 00:00 UTC.",
}


def routes() -> list[web.RouteDef]:
    return [web.post("/anthropic/v1/messages", messages)]


async def messages(request: web.Request) -> web.StreamResponse:
    """Answer a conversation."""
    with request.app[STATE].count_model_call("anthropic"):
        return await _respond(request, time.monotonic())


async def _respond(request: web.Request, began: float) -> web.StreamResponse:
    state = request.app[STATE]
    raw = await request.read()
    body: Json | None = decode(raw)
    call = ProviderCall(
        provider="anthropic",
        kind="completion",
        text=last_text(body or {}),
        model=str((body or {}).get("model", "")),
        token=request.headers.get("x-api-key", "") or bearer(request),
    )
    plan = await state.plan(call)
    fault, payload = plan.fault, as_json(raw, body)
    if fault is not None and not fault.changes_answer:
        state.record_request(call, payload, error={"fault": fault.kind})
        return await send_fault(request, fault, fault_response)
    try:
        _authorize(request, call)
        message = _message(state, call, check_request(body), fault)
    except RequestRefused as e:
        state.record_request(call, payload, error={"code": e.code, "details": e.details})
        return anthropic_error(e.code, e.details)
    state.record_request(call, payload, message_id=message["id"], began=began)
    if body is not None and body.get("stream"):
        return await _stream(request, message, fault)
    return json_response(message, headers={"request-id": "req_" + message["id"][4:]})


def _authorize(request: web.Request, call: ProviderCall) -> None:
    if not call.token:
        raise RequestRefused(401, "x-api-key header is required")
    if not request.headers.get("anthropic-version"):
        raise RequestRefused(400, "anthropic-version: header is required")


def last_text(body: Json) -> str:
    """Return the text of the last user message with text; the body may be invalid."""
    conversation = body.get("messages")
    for message in reversed(conversation if isinstance(conversation, list) else []):
        if isinstance(message, dict) and message.get("role") == "user" and (text := text_of(message.get("content"))):
            return text
    return ""


def text_of(content: object) -> str:
    """Return the text of a string or of content blocks."""
    if isinstance(content, str):
        return content
    blocks = [b for b in content if isinstance(b, dict)] if isinstance(content, list) else []
    return "\n".join(str(b.get("text", "")) for b in blocks if b.get("type") == "text")


def _model_message(message: Json) -> assistant.ModelMessage:
    content = message["content"]
    results = [b.get("content") for b in content if b["type"] == "tool_result"] if isinstance(content, list) else []
    return assistant.ModelMessage(message["role"], text_of(content), "\n".join(text_of(r) for r in results))


def _message(state: SimulatorState, call: ProviderCall, body: Json, fault: ScriptedFault | None) -> Json:
    n = state.next_number()
    kind = fault.kind if fault is not None else ""
    content, stop = _content(body, fault, n)
    if kind == "cut_off" and content[0]["type"] == "text":
        content, stop = [{"type": "text", "text": truncate_text(content[0]["text"], fault)}], "max_tokens"
    output = sum(tokens.count_tokens(b["text"] if b["type"] == "text" else msgspec.json.encode(b)) for b in content)
    if output > body["max_tokens"] and content[0]["type"] == "text":
        content = [{"type": "text", "text": content[0]["text"][: body["max_tokens"] * 4]}]
        output, stop = body["max_tokens"], "max_tokens"
    usage = state.cache.usage(call.token, body)
    details = {"type": "refusal", "category": "general_harms", "explanation": "Simulated."}
    return {
        "id": twilio_sid(n, seed=state.seed, prefix="msg_"),
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": content,
        "stop_reason": stop,
        "stop_sequence": None,
        "stop_details": details if stop == "refusal" else None,
        "usage": usage | {"output_tokens": output, "service_tier": "standard"} if kind != "no_usage" else None,
    }


def truncate_text(text: str, fault: ScriptedFault | None) -> str:
    """Return the text cut off as by a token limit: the scripted text, or without its last third."""
    return text if fault is not None and fault.text is not None else text[: max(1, len(text) * 2 // 3)]


def _content(body: Json, fault: ScriptedFault | None, n: int) -> tuple[list[Json], str]:
    if fault is not None and fault.kind == "refusal":
        return ([{"type": "text", "text": fault.text}] if fault.text else []), "refusal"
    if fault is not None and (fault.kind == "answer" or (fault.text is not None and fault.changes_answer)):
        content = scripted_content(fault, n)
        called = any(block.get("type") == "tool_use" for block in content)
        return content, fault.stop_reason or ("tool_use" if called else "end_turn")
    tools = [assistant.ModelTool(t["name"], t.get("input_schema") or {}) for t in body.get("tools") or []]
    if (body.get("tool_choice") or {}).get("type") == "none":
        tools = []
    reply = assistant.reply(text_of(body.get("system")), [_model_message(m) for m in body["messages"]], tools)
    if reply.tool:
        block_id = twilio_sid(n, prefix="toolu_")
        return [{"type": "tool_use", "id": block_id, "name": reply.tool, "input": reply.arguments}], "tool_use"
    return [{"type": "text", "text": reply.text}], "end_turn"


def scripted_content(fault: ScriptedFault, n: int) -> list[Json]:
    """Return the blocks of a scripted answer; tool calls without an id get a new one at each use of the rule."""
    given = fault.content if fault.content is not None else [{"type": "text", "text": fault.text or ""}]
    return [
        {"id": twilio_sid(n * 100 + i, prefix="toolu_"), **block} if block.get("type") == "tool_use" else block
        for i, block in enumerate(given)
    ]


async def _stream(request: web.Request, message: Json, fault: ScriptedFault | None) -> web.StreamResponse:
    response = web.StreamResponse(headers={"content-type": "text/event-stream", "cache-control": "no-cache"})
    await response.prepare(request)
    kind = fault.kind if fault is not None else ""
    async for name, data in _events(message):
        if name == "message_delta" and kind == "stream_overloaded":
            error = {"type": "overloaded_error", "message": "Overloaded"}
            name, data = "error", {"type": "error", "error": error}
        if name == "message_delta" and kind == "stream_cut":
            await asyncio.sleep(0.01)  # flush what was written before
            if request.transport is not None:
                request.transport.abort()
            return response
        await response.write(f"event: {name}\ndata: ".encode() + msgspec.json.encode(data) + b"\n\n")
        if name == "error":
            break
    await response.write_eof()
    return response


async def _events(message: Json) -> AsyncIterator[tuple[str, Json]]:
    empty = message | {"content": [], "stop_reason": None, "usage": (message["usage"] or {}) | {"output_tokens": 1}}
    yield "message_start", {"type": "message_start", "message": empty}
    for i, block in enumerate(message["content"]):
        blank: Json = {"text": ""} if block["type"] == "text" else {"input": {}}
        yield "content_block_start", {"type": "content_block_start", "index": i, "content_block": block | blank}
        for delta in _deltas(block):
            yield "content_block_delta", {"type": "content_block_delta", "index": i, "delta": delta}
        yield "content_block_stop", {"type": "content_block_stop", "index": i}
    delta = {"stop_reason": message["stop_reason"], "stop_sequence": None, "stop_details": message["stop_details"]}
    usage = {"output_tokens": (message["usage"] or {}).get("output_tokens", 0)}
    yield "message_delta", {"type": "message_delta", "delta": delta, "usage": usage}
    yield "message_stop", {"type": "message_stop"}


def _deltas(block: Json) -> list[Json]:
    if block["type"] != "text":
        return [{"type": "input_json_delta", "partial_json": msgspec.json.encode(block.get("input", {})).decode()}]
    text = block["text"]
    return [{"type": "text_delta", "text": text[i : i + 20]} for i in range(0, len(text), 20)]


def fault_response(fault: ScriptedFault, headers: dict[str, str]) -> web.Response:
    """Return a scripted fault as Anthropic's error response."""
    if fault.kind == "empty_error":
        return json_response({"error": {"type": fault.type or "api_error", "message": fault.message or ""}})
    if fault.kind in _BILLING_ERRORS:
        return anthropic_error(fault.status or 400, fault.message or _BILLING_ERRORS[fault.kind], kind=fault.type or "")
    status = {"throttle": 429, "overloaded": 529, "expired_token": 401, "error": 400}.get(fault.kind, 500)
    return anthropic_error(fault.status or status, fault.message or "", kind=fault.type or "", headers=headers)
