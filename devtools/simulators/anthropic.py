"""Anthropic: `POST /v1/messages`, whole or streamed, answered by `brain`.

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
from devtools.simulators.errors import Refused, answer, anthropic_error
from devtools.simulators.script import Call, Fault
from devtools.simulators.state import HUB, Hub, as_json, bearer, decode, misbehave
from devtools.simulators.webhooks import twilio_sid

Json = dict[str, Any]

# Both come with HTTP 400 and `invalid_request_error`.
_MONEY = {
    "no_credit": "Your credit balance is too low to access the Anthropic API. "
    "Please go to Plans & Billing to upgrade or purchase credits.",
    "spend_limit": "You have reached your specified API usage limits. "
    "You will regain access on 2026-12-01 at 00:00 UTC.",
}


def routes() -> list[web.RouteDef]:
    return [web.post("/anthropic/v1/messages", messages)]


async def messages(request: web.Request) -> web.StreamResponse:
    """Answer a conversation."""
    with request.app[HUB].answering("anthropic"):
        return await _answered(request, time.monotonic())


async def _answered(request: web.Request, began: float) -> web.StreamResponse:
    hub = request.app[HUB]
    raw = await request.read()
    body: Json | None = decode(raw)
    call = Call(
        provider="anthropic",
        kind="completion",
        text=last_text(body or {}),
        model=str((body or {}).get("model", "")),
        token=request.headers.get("x-api-key", "") or bearer(request),
    )
    plan = await hub.plan(call)
    fault, payload = plan.fault, as_json(raw, body)
    if fault is not None and not fault.answers:
        hub.note(call, payload, error={"fault": fault.kind})
        return await misbehave(request, fault, fault_answer)
    try:
        _authorize(request, call)
        message = _message(hub, call, check_request(body), fault)
    except Refused as e:
        hub.note(call, payload, error={"code": e.code, "details": e.details})
        return anthropic_error(e.code, e.details)
    hub.note(call, payload, message_id=message["id"], began=began)
    if body is not None and body.get("stream"):
        return await _stream(request, message, fault)
    return answer(message, headers={"request-id": "req_" + message["id"][4:]})


def _authorize(request: web.Request, call: Call) -> None:
    if not call.token:
        raise Refused(401, "x-api-key header is required")
    if not request.headers.get("anthropic-version"):
        raise Refused(400, "anthropic-version: header is required")


def last_text(body: Json) -> str:
    """The text of the last user message that has any; nothing is assumed about the body."""
    conversation = body.get("messages")
    for message in reversed(conversation if isinstance(conversation, list) else []):
        if isinstance(message, dict) and message.get("role") == "user" and (text := text_of(message.get("content"))):
            return text
    return ""


def text_of(content: object) -> str:
    """The text of a string or of content blocks."""
    if isinstance(content, str):
        return content
    blocks = [b for b in content if isinstance(b, dict)] if isinstance(content, list) else []
    return "\n".join(str(b.get("text", "")) for b in blocks if b.get("type") == "text")


def _turn(message: Json) -> assistant.Turn:
    content = message["content"]
    results = [b.get("content") for b in content if b["type"] == "tool_result"] if isinstance(content, list) else []
    return assistant.Turn(message["role"], text_of(content), "\n".join(text_of(r) for r in results))


def _message(hub: Hub, call: Call, body: Json, fault: Fault | None) -> Json:
    n = hub.next_n()
    kind = fault.kind if fault is not None else ""
    content, stop = _content(body, fault, n)
    if kind == "cut_off" and content[0]["type"] == "text":
        content, stop = [{"type": "text", "text": cut(content[0]["text"], fault)}], "max_tokens"
    output = sum(tokens.count(b["text"] if b["type"] == "text" else msgspec.json.encode(b)) for b in content)
    if output > body["max_tokens"] and content[0]["type"] == "text":
        content = [{"type": "text", "text": content[0]["text"][: body["max_tokens"] * 4]}]
        output, stop = body["max_tokens"], "max_tokens"
    usage = hub.cache.usage(call.token, body)
    details = {"type": "refusal", "category": "general_harms", "explanation": "Simulated."}
    return {
        "id": twilio_sid(n, seed=hub.seed, prefix="msg_"),
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": content,
        "stop_reason": stop,
        "stop_sequence": None,
        "stop_details": details if stop == "refusal" else None,
        "usage": usage | {"output_tokens": output, "service_tier": "standard"} if kind != "no_usage" else None,
    }


def cut(text: str, fault: Fault | None) -> str:
    """The text as far as its tokens reached: as scripted, or without the last third."""
    return text if fault is not None and fault.text is not None else text[: max(1, len(text) * 2 // 3)]


def _content(body: Json, fault: Fault | None, n: int) -> tuple[list[Json], str]:
    if fault is not None and fault.kind == "refusal":
        return ([{"type": "text", "text": fault.text}] if fault.text else []), "refusal"
    if fault is not None and (fault.kind == "answer" or (fault.text is not None and fault.answers)):
        content = scripted_content(fault, n)
        called = any(block.get("type") == "tool_use" for block in content)
        return content, fault.stop_reason or ("tool_use" if called else "end_turn")
    tools = [assistant.Tool(t["name"], t.get("input_schema") or {}) for t in body.get("tools") or []]
    if (body.get("tool_choice") or {}).get("type") == "none":
        tools = []
    reply = assistant.reply(text_of(body.get("system")), [_turn(m) for m in body["messages"]], tools)
    if reply.tool:
        block_id = twilio_sid(n, prefix="toolu_")
        return [{"type": "tool_use", "id": block_id, "name": reply.tool, "input": reply.arguments}], "tool_use"
    return [{"type": "text", "text": reply.text}], "end_turn"


def scripted_content(fault: Fault, n: int) -> list[Json]:
    """The blocks of a scripted answer; a call without an id gets one, so that a rule may be used again and again."""
    given = fault.content if fault.content is not None else [{"type": "text", "text": fault.text or ""}]
    return [
        {"id": twilio_sid(n * 100 + i, prefix="toolu_"), **block} if block.get("type") == "tool_use" else block
        for i, block in enumerate(given)
    ]


async def _stream(request: web.Request, message: Json, fault: Fault | None) -> web.StreamResponse:
    response = web.StreamResponse(headers={"content-type": "text/event-stream", "cache-control": "no-cache"})
    await response.prepare(request)
    kind = fault.kind if fault is not None else ""
    async for name, data in _events(message):
        if name == "message_delta" and kind == "stream_overloaded":
            error = {"type": "overloaded_error", "message": "Overloaded"}
            name, data = "error", {"type": "error", "error": error}
        if name == "message_delta" and kind == "stream_cut":
            await asyncio.sleep(0.01)  # what was written goes out first
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


def fault_answer(fault: Fault, headers: dict[str, str]) -> web.Response:
    """A scripted fault in Anthropic's words."""
    if fault.kind == "empty_error":
        return answer({"error": {"type": fault.type or "api_error", "message": fault.message or ""}})
    if fault.kind in _MONEY:
        return anthropic_error(fault.status or 400, fault.message or _MONEY[fault.kind], kind=fault.type or "")
    status = {"throttle": 429, "overloaded": 529, "expired_token": 401, "error": 400}.get(fault.kind, 500)
    return anthropic_error(fault.status or status, fault.message or "", kind=fault.type or "", headers=headers)
