"""OpenRouter: `POST /chat/completions` in OpenAI's shape, answered by the same `brain` as Anthropic.

Sources: OpenRouter "API reference: chat completion", "Errors and debugging" (HTTP 200 with an error body, 402 when
out of credit). Any model name of the form `vendor/model` exists. Streaming is not simulated and refused.
"""

import time
from typing import Any

import msgspec
from aiohttp import web

from devtools.simulators import assistant, tokens
from devtools.simulators.anthropic import cut, last_text, scripted_content, text_of
from devtools.simulators.errors import Refused, answer, openrouter_error
from devtools.simulators.openrouter_rules import check_calls, check_tools
from devtools.simulators.request_types import OpenRouterRequest, check_shape
from devtools.simulators.script import Call, Fault
from devtools.simulators.state import HUB, Hub, as_json, bearer, decode, misbehave
from devtools.simulators.webhooks import twilio_sid

Json = dict[str, Any]

_MONEY = {
    "no_credit": (402, "Insufficient credits. Add more using https://openrouter.ai/settings/credits"),
    "spend_limit": (403, "Key limit exceeded (monthly limit). Manage it using https://openrouter.ai/settings/keys"),
}

_ROLES = frozenset({"system", "developer", "user", "assistant", "tool"})


def routes() -> list[web.RouteDef]:
    return [web.post(prefix + "/chat/completions", completions) for prefix in ("/openrouter", "/openrouter/api/v1")]


async def completions(request: web.Request) -> web.Response:
    """Answer a conversation."""
    with request.app[HUB].answering("openrouter"):
        return await _answered(request, time.monotonic())


async def _answered(request: web.Request, began: float) -> web.Response:
    hub = request.app[HUB]
    raw = await request.read()
    body: Json | None = decode(raw)
    call = Call(
        provider="openrouter",
        kind="completion",
        text=last_text(body or {}),
        model=str((body or {}).get("model", "")),
        token=bearer(request),
    )
    plan = await hub.plan(call)
    fault, payload = plan.fault, as_json(raw, body)
    if fault is not None and not fault.answers:
        hub.note(call, payload, error={"fault": fault.kind})
        return await misbehave(request, fault, fault_answer)
    try:
        result = _completion(hub, _check(call, body), fault)
    except Refused as e:
        hub.note(call, payload, error={"code": e.code, "details": e.details})
        return openrouter_error(e.code, e.details)
    hub.note(call, payload, message_id=result["id"], began=began)
    return answer(result)


def _check(call: Call, body: Json | None) -> Json:
    if not call.token:
        raise Refused(401, "No auth credentials found")
    if body is None:
        raise Refused(400, "Invalid JSON body")
    check_shape(body, OpenRouterRequest)
    if "/" not in call.model:
        raise Refused(400, f"{call.model} is not a valid model ID")
    if body.get("stream"):
        raise Refused(400, "Streaming is not simulated")
    most = body.get("max_tokens")
    if most is not None and most < 1:
        raise Refused(400, "max_tokens: must be at least 1")
    if not body["messages"]:
        raise Refused(400, 'Input required: specify "messages"')
    if any(message["role"] not in _ROLES for message in body["messages"]):
        raise Refused(400, "messages: invalid role")
    check_tools(body)
    check_calls(body["messages"])
    return body


def _turn(message: Json) -> assistant.Turn:
    text = text_of(message.get("content"))
    if message["role"] == "tool":
        return assistant.Turn("user", "", text)
    return assistant.Turn(message["role"], text)


def _completion(hub: Hub, body: Json, fault: Fault | None) -> Json:
    n = hub.next_n()
    message, finish = _shortened(*_message(body, fault, n), body.get("max_tokens"))
    prompt, output = tokens.count(msgspec.json.encode(body["messages"])), tokens.count(msgspec.json.encode(message))
    kind = fault.kind if fault is not None else ""
    if kind == "cut_off" and message["content"]:
        message, finish = message | {"content": cut(message["content"], fault)}, "length"
    choice = {"index": 0, "message": message, "finish_reason": finish, "native_finish_reason": finish, "logprobs": None}
    usage = {"prompt_tokens": prompt, "completion_tokens": output, "total_tokens": prompt + output}
    return {
        "id": twilio_sid(n, seed=hub.seed, prefix="gen-"),
        "provider": "Simulated",
        "model": body["model"],
        "object": "chat.completion",
        "created": int(time.time()),
        "choices": [choice],
    } | ({} if kind == "no_usage" else {"usage": usage})


def _shortened(message: Json, finish: str, most: int | None) -> tuple[Json, str]:
    text = message["content"]
    if most is None or not text or tokens.count(text) <= most:
        return message, finish
    return message | {"content": text[: most * 4]}, "length"


def _message(body: Json, fault: Fault | None, n: int) -> tuple[Json, str]:
    message: Json = {"role": "assistant", "content": "", "refusal": None}
    if fault is not None and fault.kind == "refusal":
        return message | {"refusal": fault.text or "I cannot help with that."}, "content_filter"
    if fault is not None and (fault.kind == "answer" or (fault.text is not None and fault.answers)):
        return _scripted(message, fault, n)
    system = "\n".join(text_of(m.get("content")) for m in body["messages"] if m["role"] in {"system", "developer"})
    turns = [_turn(m) for m in body["messages"] if m["role"] not in {"system", "developer"}]
    functions = [t.get("function", {}) for t in body.get("tools") or []]
    tools = [assistant.Tool(f.get("name", ""), f.get("parameters") or {}) for f in functions]
    if body.get("tool_choice") == "none":
        tools = []
    reply = assistant.reply(system, turns, tools)
    if not reply.tool:
        return message | {"content": reply.text}, "stop"
    function = {"name": reply.tool, "arguments": msgspec.json.encode(reply.arguments).decode()}
    call = {"id": twilio_sid(n, prefix="call_"), "type": "function", "function": function}
    return message | {"content": None, "tool_calls": [call]}, "tool_calls"


def _scripted(message: Json, fault: Fault, n: int) -> tuple[Json, str]:
    """Content blocks as Anthropic has them; `arguments` of a call is its text as it is, also where it is no JSON."""
    blocks = scripted_content(fault, n)
    calls = [
        {
            "id": block["id"],
            "type": "function",
            "function": {
                "name": block["name"],
                "arguments": block.get("arguments", msgspec.json.encode(block.get("input", {})).decode()),
            },
        }
        for block in blocks
        if block.get("type") == "tool_use"
    ]
    text = text_of(blocks)
    if not calls:
        return message | {"content": text}, fault.stop_reason or "stop"
    return message | {"content": text or None, "tool_calls": calls}, fault.stop_reason or "tool_calls"


def fault_answer(fault: Fault, headers: dict[str, str]) -> web.Response:
    """A scripted fault in OpenRouter's words."""
    if fault.kind in _MONEY:
        status, message = _MONEY[fault.kind]
        return openrouter_error(fault.status or status, fault.message or message)
    status = {"throttle": 429, "overloaded": 503, "expired_token": 401, "error": 400}.get(fault.kind, 500)
    http = 200 if fault.kind == "empty_error" else None
    return openrouter_error(fault.status or fault.code or status, fault.message or "", http=http, headers=headers)
