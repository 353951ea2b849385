"""When a broadcast stops by itself: before more messages go the way of those that failed. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.repositories.channel_states import Stopped
from shared.repositories.outbound import Progress, State

LATEST = 100  # results that are judged
_FEWEST = 20
_SPAM = frozenset({"131048"})  # Meta: the number is limited because people report its messages
_UNSENT = (State.WAITING, State.FAILED, State.HELD, State.SENDING)


@dataclass(frozen=True, slots=True)
class Trip:
    """kind: for metrics. why: for people."""

    kind: str
    why: str


def channel_stopped(stopped: Iterable[Stopped], workspace: str, channel: str) -> Trip | None:
    """The provider refuses the channel as a whole, such as for an expired token."""
    for one in stopped:
        if (one.workspace, one.channel) == (workspace, channel):
            error = " ".join(filter(None, (one.error.get("code", ""), one.error.get("title", ""))))
            return Trip("channel", f"the channel {channel} is stopped: {error}")
    return None


def spam_limit(found: Iterable[Progress], since: datetime | None) -> Trip | None:
    """The provider limits the number because people report it; what it said before the last resumption is known."""
    for one in found:
        limited = one.state in _UNSENT and one.error.get("code") in _SPAM
        if limited and (since is None or one.failed_at is None or one.failed_at >= since):
            code, title = one.error["code"], one.error.get("title", "")
            return Trip("spam_limit", f"the number is limited for spam: {code} {title}".strip())
    return None


def failing(results: Sequence[bool], most: float) -> Trip | None:
    """Too many of the last results were failures. results: whether each was good. most: the share that may fail."""
    failed = results.count(False)
    if len(results) < _FEWEST or failed <= most * len(results):
        return None
    return Trip("failures", f"{failed} of the last {len(results)} messages failed")
