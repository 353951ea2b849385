"""Send webhooks to ingress: statuses at their due time, batched as by Meta, retried until 200.

Sources: Meta "Webhooks: error handling and retries" (any answer but 200 is retried); Twilio "Status callbacks".
"""

import asyncio
import heapq
import random
import time
from collections import Counter
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit, urlunsplit

import aiohttp

from devtools.simulators.config import Environment, ProviderConfig, SimulatorConfig
from devtools.simulators.errors import meta_text
from devtools.simulators.webhooks import (
    Json,
    MetaItem,
    MetaNumber,
    meta_status,
    meta_webhook,
    sign_meta,
    sign_twilio,
    twilio_status_form,
)

_TICK = 0.01  # seconds; statuses due within one tick share a webhook
_MAX_SLEEP = 0.1  # seconds; a status with an earlier due time may be added meanwhile
_SLOTS = 64  # concurrent webhooks
_MAX_BACKOFF = 5.0
_TIMEOUT = aiohttp.ClientTimeout(total=10)


@dataclass(slots=True)
class MetaNumberSettings:
    """Settings of a Meta number."""

    number: MetaNumber
    app_secret: str = ""
    path: str = "/webhooks/meta"
    access_token: str = ""  # the only one accepted; empty: any
    limits: ProviderConfig | None = None  # override the provider's


@dataclass(slots=True)
class AcceptedMessage:
    """An accepted message. account: phone_number_id or account SID. opaque: Meta's `biz_opaque_callback_data`, Twilio's
    StatusCallback.
    """

    provider: str
    account: str
    id: str
    sender: str
    to: str
    opaque: str | None
    category: str = "service"


@dataclass(slots=True)
class WebhookResponse:
    """The response of ingress to a webhook. status: 0 without a response."""

    status: int
    seconds: float
    body: str = ""


class WebhookSender:
    """Sends statuses and webhooks to ingress."""

    def __init__(self, env: Environment, config: SimulatorConfig) -> None:
        self.env = env
        self.numbers: dict[str, MetaNumberSettings] = {}
        self.tokens: dict[str, str] = {}  # Twilio auth tokens by account sid
        self.counts: Counter[str] = Counter()
        self._config = config
        self._heap: list[tuple[float, int, AcceptedMessage, str, int | None]] = []
        self._sequence = 0
        self._random = random.Random(0)
        self._slots = asyncio.Semaphore(_SLOTS)
        self._due = asyncio.Event()
        self._posts: set[asyncio.Task[WebhookResponse]] = set()
        self._ticker: asyncio.Task[None] | None = None
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        connector = aiohttp.TCPConnector(limit=_SLOTS)
        self._session = aiohttp.ClientSession(connector=connector, timeout=_TIMEOUT)
        self._ticker = asyncio.create_task(self._send_due_statuses())

    async def stop(self) -> None:
        """Stop and drop pending statuses and webhooks."""
        tasks = [*self._posts, *([self._ticker] if self._ticker else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    @property
    def pending(self) -> int:
        """Number of statuses not yet sent and webhooks in flight."""
        return len(self._heap) + len(self._posts)

    def drop_pending(self) -> None:
        """Drop the statuses that are not yet sent."""
        self._heap.clear()

    def number_settings(self, phone_number_id: str) -> MetaNumberSettings:
        info = self.numbers.get(phone_number_id)
        return info if info is not None else MetaNumberSettings(MetaNumber(phone_number_id, phone_number_id))

    def schedule(self, sent: AcceptedMessage, error_code: int | None = None) -> None:
        """Schedule the statuses of an accepted message; with `error_code` only a failed one."""
        config = self._config[sent.provider]
        if not self.env.ingress_url or (sent.provider == "twilio" and not sent.opaque):
            return
        names: list[str] = list(config.statuses)
        if error_code is not None:
            names = ["failed"]
        elif config.status_order == "reversed":
            names.reverse()
        elif config.status_order == "shuffled":
            self._random.shuffle(names)
        due = time.monotonic()
        for name in names:
            due += config.status_delay
            for _ in range(config.duplicates + 1):
                self._sequence += 1
                heapq.heappush(self._heap, (due, self._sequence, sent, name, error_code))
        self._due.set()

    async def _send_due_statuses(self) -> None:
        while True:
            if not self._heap:
                self._due.clear()
                await self._due.wait()
            left = self._heap[0][0] - time.monotonic() if self._heap else 0.0
            await asyncio.sleep(min(max(_TICK, left), _MAX_SLEEP))
            self._flush(time.monotonic())

    def _flush(self, now: float) -> None:
        batches: dict[str, list[MetaItem]] = {}
        timestamp = int(time.time())
        while self._heap and self._heap[0][0] <= now:
            _, _, sent, status, code = heapq.heappop(self._heap)
            if sent.provider == "twilio":
                self._twilio_status(sent, status, code)
            else:
                batch = batches.setdefault(sent.account, [])
                batch.append(self._meta_item(sent, status, code, timestamp))
                if len(batch) >= self._config["meta"].batch:
                    self.post_meta(sent.account, meta_webhook(*batches.pop(sent.account)))
        for phone_number_id, batch in batches.items():
            self.post_meta(phone_number_id, meta_webhook(*batch))

    def _meta_item(self, sent: AcceptedMessage, status: str, code: int | None, timestamp: int) -> MetaItem:
        errors = [_meta_failure(code)] if code is not None else []
        value = meta_status(
            sent.id,
            status,
            recipient=sent.to,
            timestamp=timestamp,
            opaque=sent.opaque,
            errors=errors,
            category=sent.category,
        )
        return MetaItem(self.number_settings(sent.account).number, status=value)

    def _twilio_status(self, sent: AcceptedMessage, status: str, code: int | None) -> None:
        form = twilio_status_form(
            account_sid=sent.account,
            message_sid=sent.id,
            status=status,
            sender=sent.sender,
            to=sent.to,
            error_code=code,
        )
        self.spawn(self.post_twilio(sent.opaque or "", form, sent.account, retries=self._config["twilio"].retries))

    def post_meta(self, phone_number_id: str, body: bytes) -> None:
        """Send one Meta webhook in the background, with retries."""
        info = self.number_settings(phone_number_id)
        secret = info.app_secret or self.env.meta_app_secret
        url = self.env.ingress_url + info.path
        headers = {"content-type": "application/json", "x-hub-signature-256": sign_meta(body, secret)}
        self.spawn(self.post("meta", url, body, headers, retries=self._config["meta"].retries))

    async def post_twilio(
        self, url: str, form: Mapping[str, str], account_sid: str, *, retries: int = 0
    ) -> WebhookResponse:
        """Post a form to ingress, signed for the public `url`."""
        public = urlunsplit(urlsplit(url)._replace(fragment=""))  # a fragment configures Twilio and is never sent
        parts = urlsplit(public)
        target = self.env.ingress_url + urlunsplit(("", "", parts.path, parts.query, ""))
        headers = {
            "content-type": "application/x-www-form-urlencoded",
            "x-twilio-signature": sign_twilio(public, form, self.tokens.get(account_sid, "")),
            "i-twilio-idempotency-token": form.get("MessageSid", "") + form.get("MessageStatus", ""),
        }
        return await self.post("twilio", target, urlencode(form).encode(), headers, retries=retries)

    def spawn(self, post: Coroutine[None, None, WebhookResponse]) -> None:
        task = asyncio.create_task(post)
        self._posts.add(task)
        task.add_done_callback(self._posts.discard)

    async def post(
        self, provider: str, url: str, body: bytes, headers: Mapping[str, str], *, retries: int
    ) -> WebhookResponse:
        """Post until the response is 200 or the retries are used up; return the last response."""
        config = self._config[provider]
        answer = await self._post_once(provider, url, body, headers)
        for attempt in range(retries):
            if answer.status == 200:
                break
            await asyncio.sleep(_backoff(config, attempt))
            self.counts[f"{provider}.retried"] += 1
            answer = await self._post_once(provider, url, body, headers)
        self.counts[f"{provider}.ok" if answer.status == 200 else f"{provider}.given_up"] += 1
        return answer

    async def verify_subscription(self, path: str, token: str | None = None) -> Json:
        """Verify the subscription as Meta does: ingress must return `hub.challenge`."""
        if self._session is None:
            raise RuntimeError("call start() first")
        query = {
            "hub.mode": "subscribe",
            "hub.verify_token": self.env.meta_verify_token if token is None else token,
            "hub.challenge": "1158201444",
        }
        async with self._session.get(self.env.ingress_url + path, params=query) as response:
            text = await response.text()
            return {"status": response.status, "verified": response.status == 200 and text == "1158201444"}

    async def _post_once(self, provider: str, url: str, body: bytes, headers: Mapping[str, str]) -> WebhookResponse:
        if self._session is None:
            raise RuntimeError("call start() first")
        async with self._slots:
            self.counts[f"{provider}.posted"] += 1
            begin = time.perf_counter()
            try:
                async with self._session.post(url, data=body, headers=headers, allow_redirects=False) as response:
                    text = await response.text(errors="replace")
                    return WebhookResponse(response.status, time.perf_counter() - begin, text[:500])
            except (aiohttp.ClientError, TimeoutError, OSError) as e:
                return WebhookResponse(0, time.perf_counter() - begin, f"{type(e).__name__}: {e}")


def _backoff(config: ProviderConfig, attempt: int) -> float:
    return float(min(config.backoff * 2 ** min(attempt, 16), _MAX_BACKOFF))


def _meta_failure(code: int) -> Json:
    text = meta_text(code)
    return {"code": code, "title": text, "message": text, "error_data": {"details": text}}
