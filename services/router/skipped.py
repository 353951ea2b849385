"""Counts and logs the records that the router skips, and those that are delivered again."""

from shared.decisions.decision import DecisionKind
from shared.telemetry import logging, metrics, tracing

log = logging.get(__name__)


def erased() -> None:
    """Note a record of a customer who was erased after it was made."""
    metrics.ERASED.labels("router").inc()
    log.info("Record skipped", reason="erased")


def too_old() -> None:
    """Note a record that is older than providers' retries: most likely a captured webhook, posted again."""
    metrics.DECISIONS.labels(DecisionKind.OLD).inc()
    log.warning("Record skipped", reason="older than 7 days")


def redelivered() -> None:
    """Note a record that was decided on before; this one is published again or skipped."""
    metrics.REDELIVERED.labels("router").inc()
    tracing.current().mark_redelivered()
