"""Sends errors to Sentry when SENTRY_DSN is set: every log line of the level ERROR, redacted like the logs.

Sent: the event's sentence, the ids of the message, the types and places of the exceptions. Not sent: local variables,
the texts of others' exceptions (they quote their input), values of keys for secrets or texts, phone numbers.
`tests/unit/test_sentry.py` checks it with a server that receives the events.
"""

import logging as stdlib
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import structlog

from shared.telemetry.logging import redact, redact_text

if TYPE_CHECKING:
    from sentry_sdk.types import Event, Hint

IDS = ("workspace_id", "correlation_id", "trace_id")
DENIED = (
    *("address", "identity", "phone", "wa_id", "recipient", "sender", "customer", "to", "from", "from_", "name"),
    *("body", "text", "caption", "payload", "raw", "content", "detail", "details", "reason", "question", "answer"),
    *("access_token", "app_secret", "auth_token", "verify_token", "authkey", "webhook_secret"),
    *("signature", "secrets_key", "dsn", "kafka_sasl_password", "sasl_plain_password"),
)
_OURS = ("shared", "services")
_NEVER = ("sentry_sdk", "urllib3")  # their messages may be about the sending itself
_REPEAT_AFTER = 60.0  # seconds until the same error is sent again
_REMEMBERED = 1000
_LEAVE_LIMIT = 2.0  # seconds for unsent events when the process ends
_OF_THE_PIPELINE = {"event", "level", "logger", "time", "exc_info", "_record", "_from_structlog"}

_handler: "_Handler | None" = None


def configure(service: str, dsn: str, instance: str = "") -> None:
    """Send errors to Sentry from now on, unless the DSN is empty. Call after `logging.configure`."""
    global _handler  # noqa: PLW0603 - the SDK itself keeps one client per process
    if not dsn:
        return
    import sentry_sdk
    from sentry_sdk.scrubber import DEFAULT_DENYLIST, EventScrubber

    sentry_sdk.init(
        dsn=dsn,
        default_integrations=False,  # only our handler sends
        auto_enabling_integrations=False,
        include_local_variables=False,
        max_breadcrumbs=0,
        event_scrubber=EventScrubber(denylist=[*DEFAULT_DENYLIST, *DENIED], recursive=True),
        before_send=scrub,
        server_name=instance or service,
        auto_session_tracking=False,
        send_client_reports=False,
        spotlight=False,
        shutdown_timeout=_LEAVE_LIMIT,
    )
    _handler = _Handler(service)
    stdlib.getLogger().addHandler(_handler)


def shutdown() -> None:
    """Send unsent events, for two seconds at most."""
    global _handler  # noqa: PLW0603 - see configure
    if _handler is None:
        return
    import sentry_sdk

    stdlib.getLogger().removeHandler(_handler)
    _handler = None
    sentry_sdk.get_client().close(timeout=_LEAVE_LIMIT)


def scrub(event: "Event", _hint: "Hint") -> "Event":
    """Return the event with only what is known to be harmless."""
    for name in ("breadcrumbs", "request", "user", "modules"):
        event.pop(name, None)  # type: ignore[misc]  # a TypedDict requires literal names
    for raised in event.get("exception", {}).get("values", []):
        ours = str(raised.get("module") or "").startswith(_OURS)
        raised["value"] = redact_text(str(raised.get("value") or "")) if ours else ""
        for frame in (raised.get("stacktrace") or {}).get("frames", []):
            frame.pop("vars", None)
    event["extra"] = dict(redact(None, "", dict(event.get("extra", {}))))
    if said := event.get("logentry"):
        event["logentry"] = {"message": redact_text(str(said.get("message", "")))}
    return event


class _Handler(stdlib.Handler):
    """Sends an event for each logged error; the same error once a minute."""

    def __init__(self, service: str) -> None:
        super().__init__(stdlib.ERROR)
        self._service = service
        self._sent: dict[tuple[str, str, str], float] = {}

    def emit(self, record: stdlib.LogRecord) -> None:
        """See the standard library."""
        if record.name.startswith(_NEVER):
            return
        try:
            self._send(record)
        except Exception:  # a failure to send must not raise
            self.handleError(record)

    def _send(self, record: stdlib.LogRecord) -> None:
        import sentry_sdk
        from sentry_sdk.utils import event_from_exception

        values, sentence = _values(record), _sentence(record)
        raised = _raised(values.get("exc_info") or record.exc_info)
        if not self._is_new((record.name, sentence, type(raised).__name__), record.created):
            return
        options = sentry_sdk.get_client().options
        event, hint = event_from_exception(raised, options) if raised else ({}, {})
        found = {name: str(values[name]) for name in IDS if values.get(name)}
        event["level"] = "fatal" if record.levelno >= stdlib.CRITICAL else "error"
        event["logger"] = record.name
        event["logentry"] = {"message": sentence}
        event["tags"] = {"service": self._service, **found}
        event["extra"] = {name: value for name, value in values.items() if name not in (*_OF_THE_PIPELINE, *IDS)}
        if trace_id := found.get("trace_id"):
            event["contexts"] = {"trace": {"trace_id": trace_id, "span_id": trace_id[:16]}}
        sentry_sdk.capture_event(event, hint)

    def _is_new(self, key: tuple[str, str, str], at: float) -> bool:
        if at - self._sent.get(key, 0.0) < _REPEAT_AFTER:
            return False
        if len(self._sent) >= _REMEMBERED:
            self._sent.clear()
        self._sent[key] = at
        return True


def _values(record: stdlib.LogRecord) -> Mapping[str, Any]:
    """Return the values of the event. A library's arguments are left out, as they may hold anything."""
    return record.msg if isinstance(record.msg, dict) else structlog.contextvars.get_contextvars()


def _sentence(record: stdlib.LogRecord) -> str:
    said = record.msg.get("event", "") if isinstance(record.msg, dict) else record.msg
    return str(said).partition("\n")[0]


def _raised(given: object) -> BaseException | None:
    if isinstance(given, BaseException):
        return given
    if isinstance(given, tuple):
        return given[1] if isinstance(given[1], BaseException) else None
    return sys.exc_info()[1] if given else None
