"""Post customers' messages to ingress as Meta and Twilio do: signed, repeated, late, batched, out of order, until 200.

A customer writes the next message some time after ingress accepted the one before; all customers together write at most
`rate` messages per second.
"""

import asyncio
import random
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

import aiohttp

from devtools.chaos.answer_tracker import AnswerTracker, now
from devtools.chaos.options import ChaosOptions
from devtools.chaos.workload import ChaosCustomer, CustomerMessage, make_message
from devtools.simulators.webhooks import (
    MetaItem,
    meta_contact,
    meta_message,
    meta_webhook,
    sign_meta,
    sign_twilio,
    twilio_form,
)
from shared.messages.inbound import Provider

_CONNECTIONS = 64  # concurrent requests
_TIMEOUT = aiohttp.ClientTimeout(total=10)
_BACKOFF, _LONGEST_BACKOFF = 0.1, 2.0
_GIVE_UP = 600.0  # seconds; Meta does after seven days
_MANY_CUSTOMERS, _MANY_MESSAGES, _OUT_OF_ORDER = (
    0.10,
    0.18,
    0.26,
)  # cumulated shares of Meta's webhooks: several customers, several messages of one, later message first
_REPEATED_LATER, _REPEATED_AT_ONCE = 0.15, 0.04  # shares of the webhooks
_LONGEST_DELAY = 150.0  # seconds until a repetition


@dataclass(frozen=True, slots=True)
class WebhookPost:
    """One webhook. messages: the customers' messages in it."""

    path: str
    body: bytes
    headers: Mapping[str, str]
    messages: Sequence[CustomerMessage]


class Traffic:
    """Writes all messages.

    ingress: URLs of its replicas. public: base URL that Twilio signs. secret: the platform's app secret.
    """

    def __init__(
        self,
        options: ChaosOptions,
        customers: Sequence[ChaosCustomer],
        tracker: AnswerTracker,
        http: aiohttp.ClientSession,
        *,
        ingress: Sequence[str],
        public: str,
        secret: str,
    ) -> None:
        self._options = options
        self._customers = customers
        self._tracker = tracker
        self._http = http
        self._ingress = ingress
        self._public = public
        self._secret = secret
        self._rng = random.Random(f"{options.seed}:traffic")
        self._written = [0] * len(customers)
        self._ready: dict[str, list[ChaosCustomer]] = {}  # by group that can share a webhook
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(_CONNECTIONS)
        self._customer_ready = asyncio.Event()
        self._longest_delay = min(_LONGEST_DELAY, options.messages / options.rate / 2)
        self.written = 0
        self.webhooks = 0
        self.repeated = 0
        self.retried = 0
        self.undelivered: list[CustomerMessage] = []
        self.failure: BaseException | None = None
        self._stopped = False

    def stop(self) -> None:
        """Write no further message; `run` returns once every webhook was answered."""
        self._stopped = True

    @property
    def progress(self) -> float:
        """Share of all messages that was written."""
        return self.written / self._options.messages

    async def run(self) -> None:
        """Write every message and wait until every webhook, also repetitions, was answered with 200."""
        for customer in self._customers:
            self._make_ready(customer)
        loop = asyncio.get_running_loop()
        due = loop.time()
        while self.written < self._options.messages and not self._stopped:
            await self._wait_until_ready()
            before = self.written
            self._write(self._pick())
            due = max(due, loop.time() - 1.0) + self._rng.expovariate(self._options.rate) * (self.written - before)
            await asyncio.sleep(max(0.0, due - loop.time()))
        while self._tasks:
            await asyncio.wait(self._tasks)
        if self.failure is not None:
            raise self.failure

    async def _wait_until_ready(self) -> None:
        """Wait for a customer who is ready, a free connection, and room below the limit of messages in flight."""
        while not self._ready or self._slots.locked() or self._tracker.awaiting_answer() >= self._options.in_flight:
            if self.failure is not None:
                raise self.failure
            self._customer_ready.clear()
            try:
                async with asyncio.timeout(0.1):
                    await self._customer_ready.wait()
            except TimeoutError:
                continue

    def _pick(self) -> ChaosCustomer:
        groups = list(self._ready)
        group = self._rng.choices(groups, [len(self._ready[name]) for name in groups])[0]
        return self._take_from(group)

    def _take_from(self, group: str) -> ChaosCustomer:
        ready = self._ready[group]
        index = self._rng.randrange(len(ready))
        ready[index], ready[-1] = ready[-1], ready[index]
        customer = ready.pop()
        if not ready:
            del self._ready[group]
        return customer

    def _make_ready(self, customer: ChaosCustomer) -> None:
        if self._written[customer.index] < customer.message_count:
            self._ready.setdefault(_group(customer), []).append(customer)
            self._customer_ready.set()

    def _write(self, customer: ChaosCustomer) -> None:
        """Start posting the next message of the customer, perhaps with further ones or those of other customers."""
        kind = self._rng.random()
        left = customer.message_count - self._written[customer.index]
        customers = [customer]
        if customer.provider is Provider.TWILIO:
            posts = [self._twilio(customer, self._next(customer))]
        elif kind < _MANY_CUSTOMERS:
            group = _group(customer)
            wanted = min(self._rng.randint(1, 4), len(self._ready.get(group, ())))
            customers += [self._take_from(group) for _ in range(wanted)]
            posts = [self._meta([(other, self._next(other)) for other in customers])]
        elif kind < _MANY_MESSAGES and left > 1:
            posts = [self._meta([(customer, self._next(customer)) for _ in range(min(left, self._rng.randint(2, 3)))])]
        elif kind < _OUT_OF_ORDER and left > 1:
            first, second = (self._meta([(customer, self._next(customer))]) for _ in range(2))
            posts = [second, first]
        else:
            posts = [self._meta([(customer, self._next(customer))])]
        self._spawn(self._deliver(posts, customers))

    def _next(self, customer: ChaosCustomer) -> CustomerMessage:
        message = make_message(self._options.seed, customer, self._written[customer.index])
        self._written[customer.index] += 1
        self.written += 1
        self._tracker.expect(message)
        return message

    async def _deliver(self, posts: Sequence[WebhookPost], customers: Sequence[ChaosCustomer]) -> None:
        for post in posts:
            repeats = self._rng.random()
            if repeats < _REPEATED_AT_ONCE:
                self._spawn(self._repeat(post, 0.0))
            await self._until_accepted(post)
            if repeats > 1.0 - _REPEATED_LATER:
                for _ in range(self._rng.randint(1, 3)):
                    self._spawn(self._repeat(post, self._delay()))
        loop = asyncio.get_running_loop()
        for customer in customers:
            loop.call_later(
                0.0 if self._rng.random() < 0.3 else self._rng.uniform(0.0, 2.0), self._make_ready, customer
            )

    def _delay(self) -> float:
        kind = self._rng.random()
        return (
            0.0
            if kind < 0.3
            else self._rng.uniform(0.1, 3.0)
            if kind < 0.7
            else self._rng.uniform(1.0, self._longest_delay)
        )

    async def _repeat(self, post: WebhookPost, delay: float) -> None:
        await asyncio.sleep(delay)
        self.repeated += 1
        await self._until_accepted(post)

    async def _until_accepted(self, post: WebhookPost) -> None:
        """Repeat the POST until 200, as both providers do."""
        loop = asyncio.get_running_loop()
        end, wait = loop.time() + _GIVE_UP, _BACKOFF
        while await self._post(post) != 200:
            if loop.time() > end:
                self.undelivered += post.messages
                return
            self.retried += 1
            await asyncio.sleep(wait * self._rng.uniform(0.8, 1.2))
            wait = min(wait * 2, _LONGEST_BACKOFF)
        at = now()
        for message in post.messages:
            message.accepted_at = message.accepted_at or at

    async def _post(self, post: WebhookPost) -> int:
        """Return the HTTP status; 0 without an answer."""
        url = self._ingress[self.webhooks % len(self._ingress)] + post.path
        self.webhooks += 1
        async with self._slots:
            try:
                async with self._http.post(url, data=post.body, headers=post.headers, timeout=_TIMEOUT) as response:
                    await response.read()
                    return response.status
            except (aiohttp.ClientError, TimeoutError, OSError):
                return 0

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self.failure = task.exception()

    def _meta(self, pairs: Sequence[tuple[ChaosCustomer, CustomerMessage]]) -> WebhookPost:
        workspace = pairs[0][0].workspace
        at = int(now())
        body = meta_webhook(
            *(
                MetaItem(
                    customer.workspace.number,
                    message=meta_message(
                        "text",
                        message.text,
                        sender=customer.phone,
                        message_id=message.provider_message_id,
                        timestamp=at,
                    ),
                    contact=meta_contact(f"Customer {customer.index}", customer.phone),
                )
                for customer, message in pairs
            )
        )
        headers = {
            "content-type": "application/json",
            "x-hub-signature-256": sign_meta(body, workspace.app_secret or self._secret),
        }
        return WebhookPost(workspace.path, body, headers, [message for _, message in pairs])

    def _twilio(self, customer: ChaosCustomer, message: CustomerMessage) -> WebhookPost:
        workspace = customer.workspace
        form = twilio_form(
            account_sid=workspace.account_sid,
            sender=customer.phone,
            to=workspace.twilio,
            message_sid=message.provider_message_id,
            text=message.text,
        )
        path = "/webhooks/twilio"
        headers = {
            "content-type": "application/x-www-form-urlencoded",
            "x-twilio-signature": sign_twilio(self._public + path, form, workspace.auth_token),
        }
        return WebhookPost(path, urlencode(form).encode(), headers, [message])


def _group(customer: ChaosCustomer) -> str:
    """Return the group of customers whose messages can share a webhook: those of one Meta app."""
    if customer.provider is Provider.TWILIO:
        return "twilio"
    return customer.workspace.path
