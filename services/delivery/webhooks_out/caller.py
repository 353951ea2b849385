"""Makes one call of a webhook out: its body, and its signature with the workspace's secret."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from services.delivery.webhooks_out.call_log import WebhookCallLog
from shared.clock import Clock
from shared.crypto import Secrets, SecretUnreadable
from shared.domain.orders import Order
from shared.http.poster import Poster, PostResult
from shared.kafka.runtime.external_wait import external_wait
from shared.messages.events import EventKind
from shared.messages.webhooks import WebhookDelivery
from shared.repositories.orders import Orders
from shared.repositories.webhook_log import DELIVERED, FAILED, WAITING, WebhookAttempt
from shared.storage.documents import plain
from shared.storage.mongo import Mongo
from shared.telemetry import metrics
from shared.workspace.webhooks_out import StoredWebhook, secret_field, signature

_SHOWN_IF_SET = frozenset(("command_id", "by", "channel", "author", "waited_s"))
_OWN_FIELDS = ("id", "kind", "presence")  # of an event: shown by another name, or only of use to delivery
_ORDER_FIELDS = ("number", "lines", "total", "currency", "note", "placed_at")


def body_of(delivery: WebhookDelivery, order: Order | None = None) -> bytes:
    """Return the event in JSON, the same bytes each time. order: the one it is about, with the fields that never
    change."""
    event = {name: value for name, value in plain(delivery.event).items() if value or name not in _SHOWN_IF_SET}
    shown = {
        "id": delivery.id,
        "type": event["kind"],
        **{name: event[name] for name in event if name not in _OWN_FIELDS},
    }
    if order is not None:
        shown["order"] = {name: plain(order)[name] for name in _ORDER_FIELDS}
    return json.dumps({**shown, "event_id": event["id"]}, ensure_ascii=False, separators=(",", ":")).encode()


def headers_of(delivery: WebhookDelivery, secrets: Sequence[str], body: bytes, timestamp: int) -> Mapping[str, str]:
    """Return the headers of a call. secrets: the present one, and during a rotation the previous one. timestamp: of
    this attempt, in seconds since 1970.
    """
    names = ("X-Parley-Signature", "X-Parley-Signature-Previous")
    return {
        "Content-Type": "application/json",
        "User-Agent": "parley",
        "X-Parley-Delivery": delivery.id,
        "X-Parley-Event": delivery.event.kind.value,
        "X-Parley-Timestamp": str(timestamp),
        **{name: signature(secret, timestamp, body) for name, secret in zip(names, secrets, strict=False)},
    }


class WebhookCaller:
    """Made once per process."""

    def __init__(self, mongo: Mongo, poster: Poster, secrets: Secrets, clock: Clock, log: WebhookCallLog) -> None:
        self._mongo = mongo
        self._poster = poster
        self._secrets = secrets
        self._clock = clock
        self._log = log

    async def call(self, delivery: WebhookDelivery, webhook: StoredWebhook) -> PostResult:
        """Call a webhook once; a failed call is a result without a status. Raises DependencyAway: the order cannot be
        read."""
        began, now = self._clock.monotonic(), self._clock.now()
        answer = await self._post(delivery, webhook, now)
        error = "" if answer.ok else failure_text(answer)
        took = round((self._clock.monotonic() - began) * 1000)
        attempt = WebhookAttempt(at=now, status=answer.status, ms=took, error=error)
        self._log.note(delivery, _outcome(delivery, answer), attempt=attempt, error=error)
        return answer

    async def _post(self, delivery: WebhookDelivery, webhook: StoredWebhook, now: datetime) -> PostResult:
        try:
            secrets = self._clear_secrets(delivery.workspace, webhook, now)
        except SecretUnreadable:
            metrics.SECRETS_UNREADABLE.labels("webhook").inc()
            return PostResult(0, "its secret cannot be read with SECRETS_KEY")
        body = body_of(delivery, await self._order(delivery))
        headers = headers_of(delivery, secrets, body, int(now.timestamp()))
        with metrics.WEBHOOK_CALL_SECONDS.time(), external_wait():
            answer = await self._poster.post(webhook.url, body, headers, workspace=delivery.workspace)
        outcome = "delivered" if answer.ok else "unreachable" if answer.unreachable else "failed"
        metrics.WEBHOOK_CALLS.labels(outcome).inc()
        return answer

    def _clear_secrets(self, workspace: str, webhook: StoredWebhook, now: datetime) -> list[str]:
        """Return the secrets that sign now. Raises SecretUnreadable."""
        rotating = webhook.previous_until is not None and now < webhook.previous_until
        sealed = [webhook.secrets.get("secret", "")]
        sealed += [webhook.secrets["previous"]] if rotating and "previous" in webhook.secrets else []
        field = secret_field(webhook.id)
        return [self._secrets.decrypt(one, workspace=workspace, field=field) for one in sealed]

    async def _order(self, delivery: WebhookDelivery) -> Order | None:
        if delivery.event.kind is not EventKind.ORDER_PLACED:
            return None
        order = await Orders(self._mongo, delivery.workspace).get(delivery.event.detail)
        return order if order is not None and order.conversation_id == delivery.event.conversation_id else None


def _outcome(delivery: WebhookDelivery, answer: PostResult) -> str:
    """Return the outcome for the log: a test call is not retried."""
    if answer.ok:
        return DELIVERED
    return FAILED if delivery.event.kind is EventKind.WEBHOOK_TEST else WAITING


def failure_text(answer: PostResult) -> str:
    """Return the reason of a failed call, for people."""
    return answer.why or f"HTTP {answer.status}"
