"""The webhooks of the providers: is it them, what do they say, is it safe in Kafka. Then, and only then, 200.

    GET  /webhooks/meta[/{workspace}]    the handshake
    POST /webhooks/meta                  signed with META_APP_SECRET
    POST /webhooks/meta/{workspace}      signed with an app secret of that workspace, good for its own numbers only
    POST /webhooks/twilio                a customer's message
    POST /webhooks/twilio/status         a status of a message of ours
    POST /webhooks/msg91/{number}        either, of MSG91; our number, its digits

401 signature missing, 403 wrong, 404 no such webhook, 408 body too slow, 413 too large, 422 unreadable, 429 refused,
like too many before from this address, 503 not safe in Kafka, or no room: the provider tries again. What is refused
before it is a request (414, 431, 503): `connection.py`.

What verifies is never refused for its address, which providers share with others (`addresses.py`): an address is judged
only after the signature was found wrong. What is asked of the stores before is bounded in the directory.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from urllib.parse import parse_qsl

from prometheus_client import Counter

from services.ingress import paths
from services.ingress.accept import Acceptor
from services.ingress.asgi import BodyTooLarge, ClientGone, Receive, Reply, Scope, Send, answer, header, read_body
from services.ingress.body_memory import BodyMemory, BodyMemoryFull
from services.ingress.client_address import client_of
from services.ingress.rate_limit import WindowLimiter
from shared.clock import Clock
from shared.errors import DependencyAway
from shared.messages.inbound import Provider
from shared.providers.errors import SignatureMissing, SignatureWrong, WebhookError
from shared.providers.meta import webhook as meta
from shared.providers.msg91 import webhook as msg91
from shared.providers.port import Channel, Parsed
from shared.providers.twilio import signature as twilio_signature
from shared.providers.twilio import webhook as twilio
from shared.repositories.directory import Directory
from shared.telemetry import logging, metrics
from shared.workspace.config import recipient_key

log = logging.get(__name__)

_OK = Reply(200, b"OK")
_TWILIO_OK = Reply(200, b"<Response/>", b"text/xml")
_NOT_FOUND = Reply(
    404, b"There is no such webhook; the paths are /webhooks/meta, /webhooks/twilio, /webhooks/msg91/{number}."
)
_AWAY = Reply(503, b"Not accepted: please send it again.", retry_after=5)
_BUSY = Reply(503, b"Too many large requests at once: please send it again.", retry_after=1)
_SLOW_DOWN = Reply(429, b"Too many refused requests from this address.", retry_after=60)
_MOST = {paths.TWILIO: twilio.MAX_BODY, paths.TWILIO_STATUS: twilio.MAX_BODY}  # bytes, where others may have more
_SOON_READ = 8192  # bytes; items of two bytes are three thousand
_REFUSALS = frozenset({401, 403, 404, 422})


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """meta_secret, meta_verify_token: of the platform's own Meta app. max_buffered: bytes of all bodies that are on
    their way. accept_timeout: seconds until 503.
    """

    public_base_url: str
    meta_secret: str
    meta_verify_token: str
    max_body: int
    max_buffered: int
    body_timeout: float
    accept_timeout: float


@dataclass(frozen=True, slots=True)
class _Call:
    scope: Scope
    path: str
    body: bytes


class Webhooks:
    """An ASGI application for everything under /webhooks/."""

    def __init__(
        self, directory: Directory, acceptor: Acceptor, refusals: WindowLimiter, options: Options, clock: Clock
    ) -> None:
        self._directory = directory
        self._acceptor = acceptor
        self._refusals = refusals
        self._options = options
        self._room = BodyMemory(options.max_buffered)
        self._clock = clock
        self._reader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="reader")
        self._strangers = ThreadPoolExecutor(max_workers=1, thread_name_prefix="strangers")  # they wait for themselves
        self._seconds = {name: metrics.WEBHOOK_SECONDS.labels(name) for name in ("meta", "twilio", "msg91", "other")}
        self._counters: dict[tuple[str, int], Counter] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        began = self._clock.monotonic()
        path: str = scope["path"]
        provider = path[len(paths.PREFIX) :].partition("/")[0]
        if provider not in self._seconds:
            provider = "other"
        try:
            reply = await self._reply(scope, receive, path)
        except ClientGone:
            return
        if reply.status in _REFUSALS and self._refusals.hit(client_of(scope)):
            metrics.LIMITED.labels("ip").inc()
        self._count(provider, reply.status)
        self._seconds[provider].observe(self._clock.monotonic() - began)
        await answer(send, reply)

    def _count(self, provider: str, status: int) -> None:
        counter = self._counters.get((provider, status))
        if counter is None:
            counter = self._counters[provider, status] = metrics.WEBHOOKS.labels(provider, str(status))
        counter.inc()

    async def _reply(self, scope: Scope, receive: Receive, path: str) -> Reply:
        handler = self._handler(scope["method"], path)
        if handler is None:
            return _NOT_FOUND
        body: bytes | None = None
        at_most = min(self._options.max_body, _MOST.get(path, self._options.max_body))
        try:
            # One timer for both waits: it is part of the cost of every webhook.
            async with asyncio.timeout(self._options.body_timeout) as limit:
                place = self._room.place(client_of(scope))
                body = await read_body(scope, receive, at_most=at_most, place=place)
                limit.reschedule(asyncio.get_running_loop().time() + self._options.accept_timeout)
                return await handler(_Call(scope, path, body))
        except BodyTooLarge:
            return Reply(413, f"The limit is {at_most} bytes.".encode())
        except ClientGone:
            raise
        except BodyMemoryFull:
            metrics.LIMITED.labels("room").inc()
            return _BUSY
        except WebhookError as error:
            if self._refusals.over(client_of(scope)):
                return _SLOW_DOWN
            log.info("Webhook refused", path=paths.route_of(path), status=error.status, reason=str(error))
            return Reply(error.status, str(error).encode())
        except (DependencyAway, TimeoutError) as error:
            if body is None:
                return Reply(408, b"The body did not arrive in time.")
            log.warning("Webhook not accepted", path=paths.route_of(path), reason=str(error) or "time-out")
            return _AWAY
        except Exception:  # a bug of ours: the provider keeps the webhook until it is mended
            log.exception("Webhook not accepted", path=paths.route_of(path))
            return _AWAY

    def _handler(self, method: str, path: str) -> Callable[[_Call], Awaitable[Reply]] | None:
        if path.removesuffix("/") == paths.META or paths.workspace_of(path):
            return {"GET": self._handshake, "POST": self._meta}.get(method)
        if method == "POST" and path == paths.TWILIO:
            return self._twilio_message
        if method == "POST" and path == paths.TWILIO_STATUS:
            return self._twilio_status
        if method == "POST" and paths.number_of(path):
            return self._msg91
        return None

    async def _handshake(self, call: _Call) -> Reply:
        workspace = paths.workspace_of(call.path)
        tokens = [self._options.meta_verify_token]
        if workspace:
            tokens = [channel.secrets.get("verify_token", "") for channel in await self._meta_channels(call, workspace)]
        challenge = meta.handshake(_query(call.scope), tokens)
        return Reply(200, challenge.encode()) if challenge is not None else Reply(403, b"The verify token is wrong.")

    async def _meta(self, call: _Call) -> Reply:
        workspace = paths.workspace_of(call.path)
        secrets = [self._options.meta_secret]
        if workspace:
            secrets = [channel.secrets.get("app_secret", "") for channel in await self._meta_channels(call, workspace)]
        meta.verify_signature(call.body, header(call.scope, b"x-hub-signature-256"), secrets)
        items = await self._read(call.body, partial(meta.parse, call.body))
        await self._acceptor.accept(Provider.META, items, path=call.path, only=workspace)
        return _OK

    async def _read(self, body: bytes, read: Callable[[], list[Parsed]]) -> list[Parsed]:
        """The items of a body; those of a large one are read beside the loop, one body at a time, for others wait."""
        if len(body) <= _SOON_READ:
            return read()
        return await asyncio.get_running_loop().run_in_executor(self._reader, read)

    async def _meta_channels(self, call: _Call, workspace: str) -> list[Channel]:
        channels = await self._directory.by_workspace(workspace)
        return [channel for channel in channels if channel.provider is Provider.META]

    async def _twilio_message(self, call: _Call) -> Reply:
        params = await self._form(call)
        workspace = await self._verify_twilio(call, params, "To")
        items = twilio.parse_message(params, self._clock.now())
        await self._acceptor.accept(Provider.TWILIO, items, path=call.path, only=workspace)
        return _TWILIO_OK

    async def _twilio_status(self, call: _Call) -> Reply:
        params = await self._form(call)
        workspace = await self._verify_twilio(call, params, "From")
        items = twilio.parse_status(params, _query(call.scope).get("message"), self._clock.now())
        await self._acceptor.accept(Provider.TWILIO, items, path=call.path, only=workspace)
        return _TWILIO_OK

    async def _form(self, call: _Call) -> list[tuple[str, str]]:
        """The fields of a form. They say whose signature it is to have, so they are read for strangers too: beside the
        loop when they are many, for escapes (`%41`) take 0.2 µs and 90 bytes each.
        """
        if not header(call.scope, b"x-twilio-signature"):
            raise SignatureMissing("X-Twilio-Signature is missing")
        if len(call.body) <= _SOON_READ:
            return twilio.parse_form(call.body)
        return await asyncio.get_running_loop().run_in_executor(self._strangers, twilio.parse_form, call.body)

    async def _verify_twilio(self, call: _Call, params: list[tuple[str, str]], our_side: str) -> str:
        """The workspace whose token signed."""
        form = dict(params)
        number = form.get(our_side, "").removeprefix("whatsapp:").strip()
        channel = await self._directory.by_recipient(recipient_key(Provider.TWILIO, number)) if number else None
        channels: tuple[Channel, ...] = (channel,) if channel else ()
        if not channels and form.get("AccountSid"):
            channels = await self._directory.by_account(recipient_key(Provider.TWILIO, form["AccountSid"]))
        if not channels:
            raise SignatureWrong("neither the number nor the account is known, so the signature cannot be checked")
        url = self._options.public_base_url + call.path
        if call.scope["query_string"]:
            url += "?" + call.scope["query_string"].decode("latin-1")
        signature = header(call.scope, b"x-twilio-signature")
        for known in channels[:-1]:
            with contextlib.suppress(SignatureWrong):
                return _signed_by(known, url, params, signature)
        return _signed_by(channels[-1], url, params, signature)

    async def _msg91(self, call: _Call) -> Reply:
        number = paths.number_of(call.path) or ""
        key = recipient_key(Provider.MSG91, number)
        channel = await self._directory.by_recipient(key)
        if channel is None:
            raise SignatureWrong("the number is not known, so the secret cannot be checked")
        msg91.verify(header(call.scope, msg91.HEADER.lower().encode()), channel.secrets.get("webhook_secret", ""))
        names = {name: channel.settings.get(f"webhook_{name}", usual) for name, usual in msg91.FIELDS.items()}
        now = self._clock.now()
        items = await self._read(call.body, partial(msg91.parse, call.body, number, now, names))
        await self._acceptor.accept(Provider.MSG91, items, path=call.path, only=channel.workspace)
        return _OK


def _signed_by(channel: Channel, url: str, params: list[tuple[str, str]], signature: bytes | None) -> str:
    """The channel's workspace. Raises SignatureMissing, SignatureWrong."""
    twilio_signature.verify_signature(url, params, signature, [channel.secrets.get("auth_token", "")])
    return channel.workspace


def _query(scope: Scope) -> dict[str, str]:
    try:
        return dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True, max_num_fields=50))
    except ValueError:  # more fields than any provider sends
        return {}
