"""Whether a dead letter still has to be replayed."""

from enum import StrEnum

from shared.kafka.codec import Undecodable, decode
from shared.kafka.records import Record
from shared.maintenance.operator import ReplayRecord
from shared.messages.dead_letters import DeadLetter, DeadLetterReason
from shared.operations.dead_letters.reader import DeadLetterEntry

SEND_REASONS = (DeadLetterReason.SEND_REJECTED, DeadLetterReason.SEND_EXHAUSTED, DeadLetterReason.IN_DOUBT)


class ReplayState(StrEnum):
    """Whether a dead letter is still to be replayed."""

    NEW = "new"
    REPLAYED = "replayed"
    FAILED_AGAIN = "failed again after replay"


def replay_state(entry: DeadLetterEntry, replay: ReplayRecord | None) -> ReplayState:
    """Return the state of a dead letter; replay: what is recorded of its replays.

    A message that could not be sent keeps the id of its dead letter: written after the replayed one, it failed again.
    Any other record that fails again after a replay does so at another offset, as a new dead letter; the same dead
    letter written once more only means that the first record was read again.
    """
    if replay is None:
        return ReplayState.NEW
    failed_again = entry.reason in SEND_REASONS and entry.offset > replay.offset
    return ReplayState.FAILED_AGAIN if failed_again else ReplayState.REPLAYED


def message_id_of(letter: DeadLetter) -> str | None:
    """Return the id of the outbound message that a dead letter of delivery holds; None for others."""
    if letter.reason not in SEND_REASONS:
        return None
    try:
        return str(decode(Record(letter.replay_topic or "", -1, -1, letter.key, letter.payload)).id)
    except (Undecodable, KeyError):
        return None
