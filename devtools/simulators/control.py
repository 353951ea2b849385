"""The control API under `/_sim`: script, configuration, records, and messages from customers.

Unknown fields are refused with 400, so that a misspelt rule does not silently do nothing.
"""

import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec
from aiohttp import web

from devtools.simulators.config import Environment, ProviderConfig
from devtools.simulators.errors import answer
from devtools.simulators.inbound import Inbound, send
from devtools.simulators.request_log import Filter
from devtools.simulators.script import Rule
from devtools.simulators.state import HUB
from devtools.simulators.webhook_sender import NumberInfo
from devtools.simulators.webhooks import MetaNumber, digits

T = TypeVar("T")

_PAGE = 10_000  # most records in one answer


class Account(msgspec.Struct, forbid_unknown_fields=True):
    """A Twilio account whose token is checked and used to sign."""

    account_sid: str
    auth_token: str


class Number(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A Meta number: who owns it, where its webhooks go, which token it wants, and its own limits."""

    phone_number_id: str
    display_phone_number: str = ""
    waba_id: str = "0"
    app_secret: str = ""
    access_token: str = ""
    path: str = "/webhooks/meta"
    limits: ProviderConfig | None = None


class TemplatesOf(msgspec.Struct, forbid_unknown_fields=True):
    """All templates of a WhatsApp Business Account, as Meta lists them; from then on others are refused."""

    waba_id: str
    templates: list[dict[str, Any]]


class Received(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Messages that ingress got by another way: their ids, and whose window they open."""

    ids: list[str] = []
    phone_number_id: str = ""
    sender: str = msgspec.field(default="", name="from")


def routes() -> list[web.RouteDef]:
    return [web.route(r.method, r.path, _explained(r.handler)) for r in _routes()]


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
        web.post("/_sim/environment", move),
        web.get("/_sim/records", records),
        web.delete("/_sim/records", clear_records),
        web.get("/_sim/counts", counts),
        web.post("/_sim/twilio/accounts", add_account),
        web.post("/_sim/meta/numbers", add_number),
        web.post("/_sim/meta/templates", set_templates),
        web.post("/_sim/meta/received", add_received),
        web.post("/_sim/inbound", inbound),
        web.post("/_sim/verify", verify),
    ]


def _explained(handler: Any) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Turn what is wrong with a control request into 400 with words."""

    async def explained(request: web.Request) -> web.StreamResponse:
        try:
            response: web.StreamResponse = await handler(request)
        except (msgspec.DecodeError, KeyError, ValueError) as e:
            return answer({"error": f"{type(e).__name__}: {e}"}, 400)
        return response

    return explained


async def _read(request: web.Request, kind: type[T]) -> T:
    return msgspec.json.decode(await request.read(), type=kind)


async def health(request: web.Request) -> web.Response:
    return answer({"status": "ok"})


async def reset(request: web.Request) -> web.Response:
    """Forget rules, settings, records and statuses not yet sent; keep numbers and accounts."""
    hub = request.app[HUB]
    hub.script.remove()
    hub.config.reset()
    hub.clear()
    hub.callbacks.drop()
    return answer({"ok": True})


async def add_rules(request: web.Request) -> web.Response:
    """One rule or a list of rules."""
    raw = (await request.read()).strip()
    rules = msgspec.json.decode(raw if raw.startswith(b"[") else b"[" + raw + b"]", type=list[Rule])
    return answer({"rules": [request.app[HUB].script.add(rule) for rule in rules]})


async def list_rules(request: web.Request) -> web.Response:
    return answer({"rules": request.app[HUB].script.describe()})


async def remove_rules(request: web.Request) -> web.Response:
    """All rules, or the one in `?rule=`."""
    number = request.query.get("rule")
    return answer({"removed": request.app[HUB].script.remove(int(number) if number else None)})


async def configure(request: web.Request) -> web.Response:
    hub = request.app[HUB]
    hub.config.update(await _read(request, dict[str, dict[str, Any]]))
    return answer(hub.config.providers)


async def configuration(request: web.Request) -> web.Response:
    return answer(request.app[HUB].config.providers)


async def reset_config(request: web.Request) -> web.Response:
    request.app[HUB].config.reset()
    return answer(request.app[HUB].config.providers)


async def move(request: web.Request) -> web.Response:
    """Change where webhooks go and how they are signed; what is not named stays."""
    hub, changes = request.app[HUB], await _read(request, dict[str, str])
    hub.move(msgspec.convert(msgspec.to_builtins(hub.env) | changes, Environment))
    return answer({"ok": True})


async def records(request: web.Request) -> web.Response:
    """Records after `since`; with `wait`, not before there is one (at most 30 s)."""
    query = request.query
    wanted = msgspec.convert({k: v for k, v in query.items() if k in Filter.__struct_fields__}, Filter)
    unknown = query.keys() - {*Filter.__struct_fields__, "since", "limit", "wait"}
    if unknown:
        raise ValueError(f"unknown parameters: {', '.join(sorted(unknown))}")
    since, limit = int(query.get("since", 0)), min(int(query.get("limit", _PAGE)), _PAGE)
    found, last = await request.app[HUB].records.wait_after(since, wanted, limit, float(query.get("wait", 0)))
    return answer({"records": found, "next": last})


async def clear_records(request: web.Request) -> web.Response:
    hub = request.app[HUB]
    hub.clear()
    return answer({"next": hub.records.last})


async def counts(request: web.Request) -> web.Response:
    hub = request.app[HUB]
    webhooks = dict(hub.callbacks.counts)
    models = {name: {"under_way": hub.under_way[name], "most": most} for name, most in hub.most.items()}
    pending = hub.callbacks.pending
    return answer({"records": hub.records.counts(), "webhooks": webhooks, "pending": pending, "models": models})


async def add_account(request: web.Request) -> web.Response:
    hub, given = request.app[HUB], await _read(request, Account)
    hub.callbacks.tokens[given.account_sid] = given.auth_token
    hub.registered.add(given.account_sid)
    return answer({"ok": True})


async def add_number(request: web.Request) -> web.Response:
    given = await _read(request, Number)
    number = MetaNumber(given.phone_number_id, given.display_phone_number, given.waba_id)
    info = NumberInfo(number, given.app_secret, given.path, given.access_token, given.limits)
    request.app[HUB].callbacks.numbers[given.phone_number_id] = info
    return answer({"ok": True})


async def set_templates(request: web.Request) -> web.Response:
    given = await _read(request, TemplatesOf)
    request.app[HUB].templates[given.waba_id] = given.templates
    return answer({"templates": len(given.templates)})


async def add_received(request: web.Request) -> web.Response:
    hub, given = request.app[HUB], await _read(request, Received)
    hub.received.update(given.ids)
    if given.sender:
        hub.limits.heard(given.phone_number_id, digits(given.sender), time.monotonic())
    return answer({"ok": True})


async def inbound(request: web.Request) -> web.Response:
    hub, given = request.app[HUB], await _read(request, Inbound)
    if not hub.env.ingress_url:
        raise ValueError("SIM_INGRESS_URL is not set")
    return answer(await send(hub, given))


async def verify(request: web.Request) -> web.Response:
    """Subscribe the webhook as Meta does: ask ingress to echo a challenge."""
    path = request.query.get("path", "/webhooks/meta")
    return answer(await request.app[HUB].callbacks.challenge(path, request.query.get("token")))
