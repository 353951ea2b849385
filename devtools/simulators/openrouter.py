"""OpenRouter: `POST /chat/completions` in OpenAI's shape, answered by the same `assistant` as Anthropic.

Sources: OpenRouter "API reference: chat completion", "Errors and debugging" (HTTP 200 with an error body, 402 when
out of credit). Any model name of the form `vendor/model` exists. Streaming is not simulated and refused.
"""

import time
from typing import Any

import msgspec
from aiohttp import web

from devtools.simulators import assistant, tokens
from devtools.simulators.anthropic import last_text, scripted_content, text_of, truncate_text
from devtools.simulators.errors import RequestRefused, json_response, openrouter_error
from devtools.simulators.openrouter_rules import check_calls, check_tools
from devtools.simulators.request_types import OpenRouterRequest, check_types
from devtools.simulators.script import ProviderCall, ScriptedFault
from devtools.simulators.state import STATE, SimulatorState, as_json, bearer, decode, send_fault
from devtools.simulators.webhooks import twilio_sid

Json = dict[str, Any]

_BILLING_ERRORS = {
    "no_credit": (402, "Insufficient credits. Add more using https://openrouter.ai/settings/credits"),
    "spend_limit": (403, "Key limit exceeded (monthly limit). Manage it using https://openrouter.ai/settings/keys"),
}

_ROLES = frozenset({"system", "developer", "user", "assistant", "tool"})


def routes() -> list[web.RouteDef]:
    return [web.post(prefix + "/chat/completions", completions) for prefix in ("/openrouter", "/openrouter/api/v1")]


async def completions(request: web.Request) -> web.Response:
    """Answer a conversation."""
    with request.app[STATE].count_model_call("openrouter"):
        return await _respond(request, time.monotonic())


async def _respond(request: web.Request, began: float) -> web.Response:
    state = request.app[STATE]
    raw = await request.read()
    body: Json | None = decode(raw)
    call = ProviderCall(
        provider="openrouter",
        kind="completion",
        text=last_text(body or {}),
        model=str((body or {}).get("model", "")),
        token=bearer(request),
    )
    plan = await state.plan(call)
    fault, payload = plan.fault, as_json(raw, body)
    if fault is not None and not fault.changes_answer:
        state.record_request(call, payload, error={"fault": fault.kind})
        return await send_fault(request, fault, fault_response)
    try:
        result = _completion(state, _check(call, body), fault)
    except RequestRefused as e:
        state.record_request(call, payload, error={"code": e.code, "details": e.details})
        return openrouter_error(e.code, e.details)
    state.record_request(call, payload, message_id=result["id"], began=began)
    return json_response(result)


def _check(call: ProviderCall, body: Json | None) -> Json:
    if not call.token:
        raise RequestRefused(401, "No auth credentials found")
    if body is None:
        raise RequestRefused(400, "Invalid JSON body")
    check_types(body, OpenRouterRequest)
    if "/" not in call.model:
        raise RequestRefused(400, f"{call.model} is not a valid model ID")
    if body.get("stream"):
        raise RequestRefused(400, "Streaming is not simulated")
    most = body.get("max_tokens")
    if most is not None and most < 1:
        raise RequestRefused(400, "max_tokens: must be at least 1")
    if not body["messages"]:
        raise RequestRefused(400, 'Input required: specify "messages"')
    if any(message["role"] not in _ROLES for message in body["messages"]):
        raise RequestRefused(400, "messages: invalid role")
    check_tools(body)
    check_calls(body["messages"])
    return body


def _model_message(message: Json) -> assistant.ModelMessage:
    text = text_of(message.get("content"))
    if message["role"] == "tool":
        return assistant.ModelMessage("user", "", text)
    return assistant.ModelMessage(message["role"], text)


def _completion(state: SimulatorState, body: Json, fault: ScriptedFault | None) -> Json:
    n = state.next_number()
    message, finish = _truncate(*_message(body, fault, n), body.get("max_tokens"))
    prompt, output = (
        tokens.count_tokens(msgspec.json.encode(body["messages"])),
        tokens.count_tokens(msgspec.json.encode(message)),
    )
    kind = fault.kind if fault is not None else ""
    if kind == "cut_off" and message["content"]:
        message, finish = message | {"content": truncate_text(message["content"], fault)}, "length"
    choice = {"index": 0, "message": message, "finish_reason": finish, "native_finish_reason": finish, "logprobs": None}
    usage = {"prompt_tokens": prompt, "completion_tokens": output, "total_tokens": prompt + output}
    return {
        "id": twilio_sid(n, seed=state.seed, prefix="gen-"),
        "provider": "Simulated",
        "model": body["model"],
        "object": "chat.completion",
        "created": int(time.time()),
        "choices": [choice],
    } | ({} if kind == "no_usage" else {"usage": usage})


def _truncate(message: Json, finish: str, most: int | None) -> tuple[Json, str]:
    text = message["content"]
    if most is None or not text or tokens.count_tokens(text) <= most:
        return message, finish
    return message | {"content": text[: most * 4]}, "length"


def _message(body: Json, fault: ScriptedFault | None, n: int) -> tuple[Json, str]:
    message: Json = {"role": "assistant", "content": "", "refusal": None}
    if fault is not None and fault.kind == "refusal":
        return message | {"refusal": fault.text or "I cannot help with that."}, "content_filter"
    if fault is not None and (fault.kind == "answer" or (fault.text is not None and fault.changes_answer)):
        return _scripted(message, fault, n)
    system = "\n".join(text_of(m.get("content")) for m in body["messages"] if m["role"] in {"system", "developer"})
    turns = [_model_message(m) for m in body["messages"] if m["role"] not in {"system", "developer"}]
    functions = [t.get("function", {}) for t in body.get("tools") or []]
    tools = [assistant.ModelTool(f.get("name", ""), f.get("parameters") or {}) for f in functions]
    if body.get("tool_choice") == "none":
        tools = []
    reply = assistant.reply(system, turns, tools)
    if not reply.tool:
        return message | {"content": reply.text}, "stop"
    function = {"name": reply.tool, "arguments": msgspec.json.encode(reply.arguments).decode()}
    call = {"id": twilio_sid(n, prefix="call_"), "type": "function", "function": function}
    return message | {"content": None, "tool_calls": [call]}, "tool_calls"


def _scripted(message: Json, fault: ScriptedFault, n: int) -> tuple[Json, str]:
    """Return a scripted answer of Anthropic's content blocks; `arguments` of a call may be invalid JSON."""
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


def fault_response(fault: ScriptedFault, headers: dict[str, str]) -> web.Response:
    """Return a scripted fault as OpenRouter's error response."""
    if fault.kind in _BILLING_ERRORS:
        status, message = _BILLING_ERRORS[fault.kind]
        return openrouter_error(fault.status or status, fault.message or message)
    status = {"throttle": 429, "overloaded": 503, "expired_token": 401, "error": 400}.get(fault.kind, 500)
    http = 200 if fault.kind == "empty_error" else None
    return openrouter_error(fault.status or fault.code or status, fault.message or "", http=http, headers=headers)
