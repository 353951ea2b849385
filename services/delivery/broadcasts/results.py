"""Reads the results of a broadcast's messages from their documents. `update_for` is pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.delivery.sending.window import CLOSED
from shared.clock import Clock
from shared.domain.broadcast import Broadcast, Recipient, RecipientState, cause_id
from shared.domain.conversation import RecordedDecision
from shared.messages.broadcast_content import BroadcastFlow
from shared.messages.inbound import Status
from shared.operations.broadcasts.decide import SkipReason
from shared.operations.template_validator import OPTED_OUT
from shared.providers.registry import PROVIDERS
from shared.repositories.broadcast_recipients import IN_DOUBT, BroadcastRecipients, RecipientUpdate
from shared.repositories.conversations import Conversations
from shared.repositories.outbound_history import OutboundHistory
from shared.repositories.outbound_views import DeliveryProgress, OutboundState
from shared.storage.mongo import Mongo
from shared.telemetry import metrics
from shared.topics import AI_REQUESTS, OUTBOUND_MESSAGES

_BATCH = 500
_SOONEST, _LATEST = timedelta(seconds=1), timedelta(hours=1)
_SHARE_OF_AGE = 8  # of a sent message, at the latest: a read receipt is seen that much later than it came
_FOLLOWED = timedelta(days=3)  # no longer: later statuses are not counted
_LOST = timedelta(days=2)
_OPTED_OUT = frozenset({OPTED_OUT, "131050", "21610"})  # our code, Meta's and Twilio's
_WINDOW_CLOSED = frozenset({CLOSED, "131047", "63016"})  # our code, Meta's and Twilio's
_BY_STATUS = {
    Status.DELIVERED: RecipientState.DELIVERED,
    Status.READ: RecipientState.READ,
    Status.PLAYED: RecipientState.READ,
    Status.DELETED: RecipientState.READ,
}


@dataclass(frozen=True, slots=True)
class Results:
    """The results that one look found. progress: of the messages that were looked at. changed: a recipient has another
    state, or a result has come.
    """

    progress: Sequence[DeliveryProgress] = ()
    changed: bool = False


class ResultReader:
    """Made once per process. Raises DependencyAway."""

    def __init__(self, mongo: Mongo, clock: Clock) -> None:
        self._mongo = mongo
        self._clock = clock

    async def read(self, broadcast: Broadcast) -> Results:
        """Record the results of the recipients that are due, and return them."""
        recipients = BroadcastRecipients(self._mongo, broadcast.workspace)
        now = self._clock.now()
        due = await recipients.due(broadcast.id, now, _BATCH)
        if not due:
            return Results()
        outbound = OutboundHistory(self._mongo, broadcast.workspace)
        found = await outbound.progress([recipient.message_id for recipient in due])
        recorded = await self._decisions(
            broadcast, [recipient for recipient in due if recipient.message_id not in found]
        )
        updates = [
            update_for(recipient, found.get(recipient.message_id), recorded.get(recipient.id), now) for recipient in due
        ]
        await recipients.update(updates, now)
        for update in updates:
            if update.result:
                metrics.BROADCAST_RECIPIENTS.labels(
                    "failed" if update.reached is RecipientState.FAILED else "sent"
                ).inc()
        changed = any(update.reached is not update.was or update.result for update in updates)
        return Results(list(found.values()), changed)

    async def _decisions(self, broadcast: Broadcast, recipients: Sequence[Recipient]) -> Mapping[str, RecordedDecision]:
        """Return the router's decision on the command of each recipient, if it has made one."""
        if not isinstance(broadcast.what, BroadcastFlow):
            return {}
        conversations = Conversations(self._mongo, broadcast.workspace)
        decided: dict[str, RecordedDecision] = {}
        for recipient in recipients:
            _, recorded = await conversations.load(recipient.conversation_id, cause_id(recipient.id))
            if recorded is not None:
                decided[recipient.id] = recorded
        return decided


def update_for(
    recipient: Recipient, found: DeliveryProgress | None, decided: RecordedDecision | None, now: datetime
) -> RecipientUpdate:
    """Return what is new of a recipient. found: its message's progress, if it has reached delivery. Pure."""
    reached, reason, code = recipient.reached, recipient.reason, recipient.code
    if found is not None:
        reached, reason, code = _reached(recipient, found)
    elif decided is not None:
        reached, reason = _flow_state(recipient, decided)
    elif recipient.queued_at is not None and now - recipient.queued_at > _LOST and reached is RecipientState.QUEUED:
        reached, reason = RecipientState.FAILED, "lost: nothing of it has reached delivery"
    return RecipientUpdate(
        id=recipient.id,
        was=recipient.reached,
        reached=reached,
        reason=reason,
        code=code,
        result=_is_result(recipient.reached, reached),
        look_at=_next_read(recipient, reached, found, now),
        not_before=_not_before(recipient, reached, found, now),
    )


def _not_before(
    recipient: Recipient, reached: RecipientState, found: DeliveryProgress | None, now: datetime
) -> datetime | None:
    """Return until when the provider wants no retry, counted from when the failure was first read; None: it does not
    say.
    """
    if reached is RecipientState.FAILED is recipient.reached:
        return recipient.not_before
    if reached is not RecipientState.FAILED or found is None or found.provider is None:
        return None
    hold_off = PROVIDERS[found.provider].status_error(found.error.get("code", "")).hold_off
    return None if hold_off is None else now + timedelta(seconds=hold_off)


def _reached(recipient: Recipient, found: DeliveryProgress) -> tuple[RecipientState, str, str]:
    code, title = found.error.get("code", ""), found.error.get("title", "")
    if (
        found.state is OutboundState.FAILED and code in _WINDOW_CLOSED
    ):  # as if it had been closed at the recipient's turn
        return RecipientState.SKIPPED, SkipReason.WINDOW_CLOSED.value, code
    if found.state is OutboundState.FAILED and code in _OPTED_OUT:
        return RecipientState.SKIPPED, SkipReason.OPTED_OUT.value, code
    if found.state is OutboundState.FAILED:
        return RecipientState.FAILED, IN_DOUBT if found.reason == IN_DOUBT else f"{code}: {title}", code
    if found.state is OutboundState.SENT:
        return _BY_STATUS.get(found.status, RecipientState.SENT), "", ""
    return recipient.reached, recipient.reason, code


def _flow_state(recipient: Recipient, decided: RecordedDecision) -> tuple[RecipientState, str]:
    """Return the state of a flow without a first message: it has none, or it did not begin."""
    topics = {output.topic for output in decided.outputs}
    if OUTBOUND_MESSAGES.name in topics:
        return recipient.reached, ""  # in flight
    return (RecipientState.SENT, "") if AI_REQUESTS.name in topics else (RecipientState.SKIPPED, decided.decision[:200])


def _is_result(before: RecipientState, after: RecipientState) -> bool:
    """Return whether a change is a result: the first success, or any failure. A failure that turns out to be none has
    been counted.
    """
    if after is before:
        return False
    return after is RecipientState.FAILED or (before is RecipientState.QUEUED and after is not RecipientState.SKIPPED)


def _next_read(
    recipient: Recipient, reached: RecipientState, found: DeliveryProgress | None, now: datetime
) -> datetime | None:
    """Return when to read the next result: soon at first, then more and more seldom, last after three days. A queued
    recipient is read until it has a result: its channel may be stopped for longer. A failed or skipped one is read too:
    a late status or a replay may still have its message sent.
    """
    if reached in (RecipientState.READ, RecipientState.CANCELLED) or (
        reached is RecipientState.SKIPPED and found is None
    ):
        return None
    age = now - (recipient.queued_at or now)
    later = min(max(age / 2, _SOONEST), _LATEST)
    if reached is RecipientState.QUEUED:
        return now + later
    if age >= _FOLLOWED:
        return None
    return now + min(max(later, age / _SHARE_OF_AGE), _FOLLOWED - age)  # it has a result, which may change
