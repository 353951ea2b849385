"""Rules by which a running broadcast pauses itself, so that no more messages fail for the same reason. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.repositories.channel_states import StoppedChannel
from shared.repositories.outbound_views import DeliveryProgress
from shared.repositories.provider_templates import ProviderTemplate
from shared.templates.validation import state_problem

LATEST = 100  # results that are considered
_FEWEST = 20  # results before a share of failures counts
_SPAM = frozenset({"131048"})  # Meta: the number is limited because people report its messages


@dataclass(frozen=True, slots=True)
class PauseReason:
    """The reason why a broadcast pauses. kind: label of the metric. why: for people."""

    kind: str
    why: str


def channel_stopped(stopped: StoppedChannel | None) -> PauseReason | None:
    """Pause when the broadcast's channel is stopped. stopped: None: it is not."""
    if stopped is None:
        return None
    error = " ".join(filter(None, (stopped.error.get("code", ""), stopped.error.get("title", ""))))
    return PauseReason("channel", f"the channel {stopped.channel} is stopped: {error}")


def templates_unusable(known: Iterable[ProviderTemplate], now: datetime) -> PauseReason | None:
    """Pause when the provider does not send one of the broadcast's templates. known: their latest reports."""
    for one in known:
        if wrong := state_problem(one.status_at(now)):
            return PauseReason("template", f"the template {one.name} ({one.language}) cannot be sent: {wrong}")
    return None


def spam_limit(found: Iterable[DeliveryProgress], since: datetime) -> PauseReason | None:
    """Pause when the provider limited the number for spam, even if a retry succeeded. since: the last resumption; what
    was reported before is known.
    """
    for progress in found:
        for code, at in progress.failures:
            if code in _SPAM and at >= since:
                return PauseReason("spam_limit", f"the number is limited for spam (error {code})")
    return None


def failing(results: Sequence[bool], most: float) -> PauseReason | None:
    """Pause when too many of the last results are failures. results: success of each. most: the share that may fail."""
    failed = results.count(False)
    if len(results) < _FEWEST or failed <= most * len(results):
        return None
    return PauseReason("failures", f"{failed} of the last {len(results)} messages failed")
