"""The webhook endpoint: verify the request, parse its items, publish them to Kafka. Only then answer 200.

The paths and their verification are the providers' (`shared/providers/<name>/routes.py`). Statuses:

    401 signature missing    403 signature wrong    404 no such webhook    408 body too slow    413 body too large
    422 body unreadable      429 refused, and too many requests of this address were refused before
    503 not in Kafka, or too much memory in use: the provider sends it again

`shared/http/connection.py` refuses what is not a complete request (400, 414, 431, 503). A verified request is never
refused for its address, because providers share addresses with others: the limit is applied only after verification
failed. The directory bounds the look-ups before that.
"""

from dataclasses import dataclass

from prometheus_client import Counter

from services.ingress.accept import Acceptor
from services.ingress.rate_limit import WindowLimiter
from services.ingress.reply import answer
from services.ingress.routes import PREFIX, ROUTES, MatchedRoute, WebhookRoutes
from services.ingress.webhook_context import IngressContext
from shared.clock import Clock
from shared.deadlines import Deadlines
from shared.errors import DependencyAway
from shared.http.asgi import Receive, Scope, Send
from shared.http.body import BodyTooLarge, ClientGone, read_body
from shared.http.body_memory import BodyMemory, BodyMemoryFull
from shared.http.client_address import client_of
from shared.providers.errors import WebhookError
from shared.providers.webhooks import VerifiedItems, WebhookReply, WebhookRequest
from shared.repositories.directory import Directory
from shared.repositories.webhook_marks import WebhookMarks
from shared.settings import Settings
from shared.telemetry import logging, metrics

log = logging.get(__name__)

_UNAVAILABLE = WebhookReply(503, b"Not accepted: please send it again.", retry_after=5)
_MEMORY_FULL = WebhookReply(503, b"Too many large requests at once: please send it again.", retry_after=1)
_TOO_MANY_REFUSED = WebhookReply(429, b"Too many refused requests from this address.", retry_after=60)
_REFUSALS = frozenset({401, 403, 404, 422})
_OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLimits:
    """Limits of the bodies of webhooks. max_body: bytes of one body. max_buffered: bytes of all bodies being read.
    body_timeout: seconds to read a body. accept_timeout: seconds from then until 503.
    """

    max_body: int
    max_buffered: int
    body_timeout: float
    accept_timeout: float


class Webhooks:
    """An ASGI application for everything under /webhooks/."""

    def __init__(
        self,
        directory: Directory,
        acceptor: Acceptor,
        refusals: WindowLimiter,
        settings: Settings,
        limits: RequestLimits,
        clock: Clock,
        routes: WebhookRoutes = ROUTES,
        marks: WebhookMarks | None = None,
    ) -> None:
        self._acceptor = acceptor
        self._refusals = refusals
        self._limits = limits
        self._memory = BodyMemory(limits.max_buffered)
        self._clock = clock
        self._deadlines = Deadlines()
        self._routes = routes
        self._marks = marks
        self._context = IngressContext(settings, directory, clock)
        self._seconds = {name: metrics.WEBHOOK_SECONDS.labels(name) for name in (*routes.main_paths, _OTHER)}
        self._counters: dict[tuple[str, int], Counter] = {}
        paths = ", ".join(routes.main_paths.values())
        self._not_found = WebhookReply(404, f"There is no such webhook; the paths are {paths}.".encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        began = self._clock.monotonic()
        path: str = scope["path"]
        provider = path[len(PREFIX) :].partition("/")[0]
        if provider not in self._seconds:
            provider = _OTHER
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

    async def _reply(self, scope: Scope, receive: Receive, path: str) -> WebhookReply:
        matched = self._routes.find(scope["method"], path)
        if matched is None:
            return self._not_found
        body: bytes | None = None
        at_most = min(self._limits.max_body, matched.route.max_body or self._limits.max_body)
        try:
            async with self._deadlines.limit(self._limits.body_timeout) as limit:
                reservation = self._memory.reserve(client_of(scope))
                body = await read_body(scope, receive, at_most=at_most, reservation=reservation)
                limit.extend(self._limits.accept_timeout)
                return await self._handle(matched, _request(scope, path, matched.parameter, body))
        except BodyTooLarge:
            return WebhookReply(413, f"The limit is {at_most} bytes.".encode())
        except ClientGone:
            raise
        except BodyMemoryFull:
            metrics.LIMITED.labels("room").inc()
            return _MEMORY_FULL
        except WebhookError as error:
            return self._refused(scope, path, error)
        except (DependencyAway, TimeoutError) as error:
            if body is None:
                return WebhookReply(408, b"The body did not arrive in time.")
            log.warning("Webhook not accepted", path=self._routes.template_of(path), reason=str(error) or "time-out")
            return _UNAVAILABLE
        except Exception:  # a bug of ours: the provider sends the webhook again until it is mended
            log.exception("Webhook not accepted", path=self._routes.template_of(path))
            return _UNAVAILABLE

    async def _handle(self, matched: MatchedRoute, request: WebhookRequest) -> WebhookReply:
        """Verify and parse the request, and publish its items."""
        result = await matched.route.handler(request, self._context)
        if not isinstance(result, VerifiedItems):
            return result
        await self._acceptor.accept(matched.provider, result.items, path=request.path, only=result.only)
        return result.reply

    def _refused(self, scope: Scope, path: str, error: WebhookError) -> WebhookReply:
        if self._refusals.over(client_of(scope)):
            return _TOO_MANY_REFUSED
        if self._marks is not None:
            self._marks.note("refused", error.channels)
        log.info("Webhook refused", path=self._routes.template_of(path), status=error.status, reason=str(error))
        return WebhookReply(error.status, str(error).encode())


def _request(scope: Scope, path: str, parameter: str, body: bytes) -> WebhookRequest:
    query = scope["query_string"].decode("latin-1")
    return WebhookRequest(path=path, parameter=parameter, query=query, headers=scope["headers"], body=body)
