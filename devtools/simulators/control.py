"""The control API under `/_sim`: script, configuration, records, and customers' messages.

Unknown fields are refused with 400, so that a misspelt rule is noticed.
"""

import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec
from aiohttp import web

from devtools.simulators import phone
from devtools.simulators.config import Environment, ProviderConfig
from devtools.simulators.errors import json_response
from devtools.simulators.inbound import InboundRequest, send
from devtools.simulators.meta_templates import check_templates
from devtools.simulators.request_log import RecordFilter
from devtools.simulators.script import FaultRule
from devtools.simulators.state import STATE
from devtools.simulators.webhook_sender import MetaNumberSettings
from devtools.simulators.webhooks import MetaNumber, digits

T = TypeVar("T")

_PAGE = 10_000  # maximum records per response


class TwilioAccount(msgspec.Struct, forbid_unknown_fields=True):
    """A Twilio account; its token is checked and signs webhooks."""

    account_sid: str
    auth_token: str


class MetaNumberRequest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A Meta number: account, path and secret of its webhooks, its access token, its limits."""

    phone_number_id: str
    display_phone_number: str = ""
    waba_id: str = "0"
    app_secret: str = ""
    access_token: str = ""
    path: str = "/webhooks/meta"
    limits: ProviderConfig | None = None


class AccountTemplates(msgspec.Struct, forbid_unknown_fields=True):
    """All templates of a WhatsApp Business Account as Meta lists them; others are refused from then on."""

    waba_id: str
    templates: list[dict[str, Any]]


class ReceivedMessages(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Messages that did not come through the simulators: their ids, and the customer whose window they open."""

    ids: list[str] = []
    phone_number_id: str = ""
    sender: str = msgspec.field(default="", name="from")


def routes() -> list[web.RouteDef]:
    return [web.route(r.method, r.path, _errors_as_400(r.handler)) for r in _routes()]


def _routes() -> list[web.RouteDef]:
    return [
        web.get("/health", health),
        web.delete("/_sim", reset),
        web.post("/_sim/script", add_rules),
        web.get("/_sim/script", list_rules),
        web.delete("/_sim/script", remove_rules),
        web.post("/_sim/config", configure),
        web.get("/_sim/config", configuration),
        web.delete("/_sim/config", reset_config),
        web.post("/_sim/environment", set_environment),
        web.get("/_sim/records", records),
        web.delete("/_sim/records", clear_records),
        web.get("/_sim/counts", counts),
        web.post("/_sim/twilio/accounts", add_account),
        web.post("/_sim/meta/numbers", add_number),
        web.post("/_sim/meta/templates", set_templates),
        web.post("/_sim/meta/received", add_received),
        web.post("/_sim/inbound", inbound),
        web.post("/_sim/phone", written_on_phone),
        web.get("/_sim/phone", phone.read),
        web.post("/_sim/verify", verify),
    ]


def _errors_as_400(handler: Any) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Answer invalid control requests with 400 and the error."""

    async def wrapped(request: web.Request) -> web.StreamResponse:
        try:
            response: web.StreamResponse = await handler(request)
        except (msgspec.DecodeError, KeyError, ValueError) as e:
            return json_response({"error": f"{type(e).__name__}: {e}"}, 400)
        return response

    return wrapped


async def _read(request: web.Request, kind: type[T]) -> T:
    return msgspec.json.decode(await request.read(), type=kind)


async def health(request: web.Request) -> web.Response:
    return json_response({"status": "ok"})


async def reset(request: web.Request) -> web.Response:
    """Remove rules, settings, records and pending statuses; keep numbers and accounts."""
    state = request.app[STATE]
    state.script.remove()
    state.config.reset()
    state.clear()
    state.webhook_sender.drop_pending()
    return json_response({"ok": True})


async def add_rules(request: web.Request) -> web.Response:
    """Add one rule or a list of rules."""
    raw = (await request.read()).strip()
    rules = msgspec.json.decode(raw if raw.startswith(b"[") else b"[" + raw + b"]", type=list[FaultRule])
    return json_response({"rules": [request.app[STATE].script.add(rule) for rule in rules]})


async def list_rules(request: web.Request) -> web.Response:
    return json_response({"rules": request.app[STATE].script.describe()})


async def remove_rules(request: web.Request) -> web.Response:
    """Remove all rules, or the one in `?rule=`."""
    number = request.query.get("rule")
    return json_response({"removed": request.app[STATE].script.remove(int(number) if number else None)})


async def configure(request: web.Request) -> web.Response:
    state = request.app[STATE]
    state.config.update(await _read(request, dict[str, dict[str, Any]]))
    return json_response(state.config.providers)


async def configuration(request: web.Request) -> web.Response:
    return json_response(request.app[STATE].config.providers)


async def reset_config(request: web.Request) -> web.Response:
    request.app[STATE].config.reset()
    return json_response(request.app[STATE].config.providers)


async def set_environment(request: web.Request) -> web.Response:
    """Change the given fields of the environment."""
    state, changes = request.app[STATE], await _read(request, dict[str, str])
    state.set_environment(msgspec.convert(msgspec.to_builtins(state.env) | changes, Environment))
    return json_response({"ok": True})


async def records(request: web.Request) -> web.Response:
    """Return records after `since`; with `wait`, wait up to that many seconds (at most 30) for the first."""
    query = request.query
    wanted = msgspec.convert({k: v for k, v in query.items() if k in RecordFilter.__struct_fields__}, RecordFilter)
    unknown = query.keys() - {*RecordFilter.__struct_fields__, "since", "limit", "wait"}
    if unknown:
        raise ValueError(f"unknown parameters: {', '.join(sorted(unknown))}")
    since, limit = int(query.get("since", 0)), min(int(query.get("limit", _PAGE)), _PAGE)
    found, last = await request.app[STATE].records.wait_after(since, wanted, limit, float(query.get("wait", 0)))
    return json_response({"records": found, "next": last})


async def clear_records(request: web.Request) -> web.Response:
    state = request.app[STATE]
    state.clear()
    return json_response({"next": state.records.last})


async def counts(request: web.Request) -> web.Response:
    state = request.app[STATE]
    webhooks = dict(state.webhook_sender.counts)
    models = {name: {"under_way": state.under_way[name], "most": most} for name, most in state.most.items()}
    pending = state.webhook_sender.pending
    return json_response(
        {"records": state.records.counts(), "webhooks": webhooks, "pending": pending, "models": models}
    )


async def add_account(request: web.Request) -> web.Response:
    state, given = request.app[STATE], await _read(request, TwilioAccount)
    state.webhook_sender.tokens[given.account_sid] = given.auth_token
    state.registered.add(given.account_sid)
    return json_response({"ok": True})


async def add_number(request: web.Request) -> web.Response:
    given = await _read(request, MetaNumberRequest)
    number = MetaNumber(given.phone_number_id, given.display_phone_number, given.waba_id)
    info = MetaNumberSettings(number, given.app_secret, given.path, given.access_token, given.limits)
    request.app[STATE].webhook_sender.numbers[given.phone_number_id] = info
    return json_response({"ok": True})


async def set_templates(request: web.Request) -> web.Response:
    given = await _read(request, AccountTemplates)
    check_templates(given.templates)
    request.app[STATE].templates[given.waba_id] = given.templates
    return json_response({"templates": len(given.templates)})


async def add_received(request: web.Request) -> web.Response:
    state, given = request.app[STATE], await _read(request, ReceivedMessages)
    state.received.update(given.ids)
    if given.sender:
        state.limits.record_inbound(given.phone_number_id, digits(given.sender), time.monotonic())
    return json_response({"ok": True})


async def inbound(request: web.Request) -> web.Response:
    state, given = request.app[STATE], await _read(request, InboundRequest)
    if not state.env.ingress_url:
        raise ValueError("SIM_INGRESS_URL is not set")
    return json_response(await send(state, given))


async def written_on_phone(request: web.Request) -> web.Response:
    if not request.app[STATE].env.ingress_url:
        raise ValueError("SIM_INGRESS_URL is not set")
    return await phone.write(request)


async def verify(request: web.Request) -> web.Response:
    """Subscribe the webhook as Meta does: ask ingress to echo a challenge."""
    path = request.query.get("path", "/webhooks/meta")
    return json_response(await request.app[STATE].webhook_sender.verify_subscription(path, request.query.get("token")))
