"""One call of a webhook out: what it says, signed with the workspace's secret."""

import json
from collections.abc import Mapping

from shared.clock import Clock
from shared.crypto import Secrets, SecretUnreadable
from shared.http_out import Answer, Poster
from shared.kafka import elsewhere
from shared.messages.webhooks import WebhookDelivery
from shared.repositories.documents import plain
from shared.telemetry import metrics
from shared.webhooks_out import StoredWebhook, secret_field, signature


def body_of(delivery: WebhookDelivery) -> bytes:
    """The event in JSON; always the same bytes for the same event."""
    event = plain(delivery.event)
    said = {
        "id": delivery.id,
        "type": event["kind"],
        **{name: event[name] for name in event if name not in ("id", "kind")},
    }
    return json.dumps({**said, "event_id": event["id"]}, ensure_ascii=False, separators=(",", ":")).encode()


def headers_of(delivery: WebhookDelivery, secret: str, body: bytes, timestamp: int) -> Mapping[str, str]:
    """timestamp: seconds since 1970, of this very try."""
    return {
        "Content-Type": "application/json",
        "User-Agent": "parley",
        "X-Parley-Delivery": delivery.id,
        "X-Parley-Event": delivery.event.kind.value,
        "X-Parley-Timestamp": str(timestamp),
        "X-Parley-Signature": signature(secret, timestamp, body),
    }


class Calls:
    """Made once per process."""

    def __init__(self, poster: Poster, secrets: Secrets, clock: Clock) -> None:
        self._poster = poster
        self._secrets = secrets
        self._clock = clock

    async def make(self, delivery: WebhookDelivery, webhook: StoredWebhook) -> Answer:
        """Call once. Raises nothing: what goes wrong is an answer without a status."""
        try:
            secret = self._secrets.decrypt(
                webhook.secrets.get("secret", ""), workspace=delivery.workspace, field=secret_field(webhook.id)
            )
        except SecretUnreadable:
            return Answer(0, "its secret cannot be read with SECRETS_KEY")
        body = body_of(delivery)
        headers = headers_of(delivery, secret, body, int(self._clock.now().timestamp()))
        with metrics.WEBHOOK_CALL_SECONDS.time(), elsewhere.waiting():
            answer = await self._poster.post(webhook.url, body, headers)
        outcome = "delivered" if answer.ok else "unreachable" if answer.unreachable else "failed"
        metrics.WEBHOOK_CALLS.labels(outcome).inc()
        return answer


def in_words(answer: Answer) -> str:
    """What went wrong."""
    return answer.why or f"HTTP {answer.status}"
