"""The faults that explain warnings and errors in the services' logs. Pure.

A warning without a row here, or without one of its faults around its time, is unexplained.
"""

from collections.abc import Iterable, Sequence

from devtools.chaos.evidence import InjectedFault, LoggedWarning
from devtools.chaos.schedule import MODEL_FAULTS, PROVIDER_FAULTS, SERVICE_FAULTS

_SLACK = 120.0  # seconds after a fault in which its consequences may be logged: an overloaded machine catches up slowly
_STORES = frozenset({"kafka", "mongodb", "redis", "freeze", "outage", "flush"})
_SERVICES = frozenset(SERVICE_FAULTS)
_SENDS = frozenset(PROVIDER_FAULTS)
_ALWAYS = frozenset({"any time"})
_LIBRARIES = ("aiokafka", "faust", "mode")
_START = 30.0  # seconds in which the groups of a new stack form
# By logger and the beginning of the message; the first row that fits holds.
CAUSES: tuple[tuple[str, str, frozenset[str]], ...] = (
    # Libraries tell of every lost connection and every rebalance.
    *((library, "", _STORES | _SERVICES) for library in _LIBRARIES),
    ("asyncio", "Unclosed AIOKafkaConnection", _STORES | _SERVICES),
    ("services.ingress.webhooks", "Webhook not accepted", _STORES | _SERVICES),
    ("services.delivery.sending", "Sending failed", _SENDS | _STORES | _SERVICES),
    ("services.delivery.sending", "No answer from the provider", _SENDS | _STORES | _SERVICES),
    ("services.delivery.sending", "In doubt", _SENDS | _STORES | _SERVICES),
    ("services.delivery.sending", "A claim was lost", _STORES | _SERVICES),
    ("services.ai.calls", "A model gave no answer", frozenset(MODEL_FAULTS) | _STORES | _SERVICES),
    ("shared", "Waiting for a dependency", _STORES | _SERVICES),
    ("shared", "A dependency is away", _STORES | _SERVICES),
    ("shared.kafka.producer", "", _STORES | _SERVICES),
    ("shared", "Fetching failed", _STORES | _SERVICES),
    ("shared", "faust did not stop in time", _STORES | _SERVICES),
    # The check of the dead letters looks at each.
    ("shared.kafka.dead_letter_log", "", _ALWAYS),
    # A busy machine, or SIGSTOP.
    ("shared.telemetry.loop_watch", "The event loop is blocked", _ALWAYS),
)


def unexplained(
    warnings: Iterable[LoggedWarning], faults: Sequence[InjectedFault], *, began: float
) -> list[LoggedWarning]:
    """Return the warnings that no fault explains. Those about the hostile workspace need none, and those of libraries
    while the stack starts. began: when the first message was written, in seconds since the epoch.
    """
    return [
        warning
        for warning in warnings
        if not warning.hostile
        and not (warning.at < began + _START and warning.logger.startswith(_LIBRARIES))
        and not _is_explained(warning, faults)
    ]


def _is_explained(warning: LoggedWarning, faults: Sequence[InjectedFault]) -> bool:
    kinds = _kinds(warning)
    if kinds is _ALWAYS:
        return True
    return any(fault.kind in kinds and fault.during(warning.at, slack=_SLACK) for fault in faults)


def _kinds(warning: LoggedWarning) -> frozenset[str]:
    for logger, begin, kinds in CAUSES:
        if (warning.logger == logger or warning.logger.startswith(f"{logger}.")) and warning.message.startswith(begin):
            return kinds
    return frozenset()
