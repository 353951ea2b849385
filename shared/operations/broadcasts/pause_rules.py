"""When a broadcast stops by itself: before more messages go the way of those that failed. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.repositories.channel_states import StoppedChannel
from shared.repositories.outbound_views import DeliveryProgress
from shared.repositories.provider_templates import ProviderTemplate
from shared.templates.validation import state_problem

LATEST = 100  # results that are judged
_FEWEST = 20
_SPAM = frozenset({"131048"})  # Meta: the number is limited because people report its messages


@dataclass(frozen=True, slots=True)
class PauseReason:
    """kind: for metrics. why: for people."""

    kind: str
    why: str


def channel_stopped(stopped: Iterable[StoppedChannel], workspace: str, channel: str) -> PauseReason | None:
    """The provider refuses the channel as a whole, such as for an expired token."""
    for one in stopped:
        if (one.workspace, one.channel) == (workspace, channel):
            error = " ".join(filter(None, (one.error.get("code", ""), one.error.get("title", ""))))
            return PauseReason("channel", f"the channel {channel} is stopped: {error}")
    return None


def template_unusable(known: ProviderTemplate | None, now: datetime) -> PauseReason | None:
    """The provider sends the broadcast's template to nobody. known: what it has told of the template."""
    if known is None or not (wrong := state_problem(known.status_at(now))):
        return None
    return PauseReason("template", f"the template {known.name} ({known.language}) cannot be sent: {wrong}")


def spam_limit(found: Iterable[DeliveryProgress], since: datetime) -> PauseReason | None:
    """The provider limits the number because people report it, even if it took the message in the end. since: the last
    resumption: what was said before is known.
    """
    for one in found:
        for code, at in one.failures:
            if code in _SPAM and at >= since:
                return PauseReason("spam_limit", f"the number is limited for spam (error {code})")
    return None


def failing(results: Sequence[bool], most: float) -> PauseReason | None:
    """Too many of the last results were failures. results: whether each was good. most: the share that may fail."""
    failed = results.count(False)
    if len(results) < _FEWEST or failed <= most * len(results):
        return None
    return PauseReason("failures", f"{failed} of the last {len(results)} messages failed")
