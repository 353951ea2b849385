"""Decides whether a dead letter still has to be replayed."""

from enum import StrEnum

from shared.kafka.codec import Undecodable, decode
from shared.kafka.records import Record
from shared.messages.dead_letters import DeadLetter, DeadLetterReason
from shared.operations.dead_letters.reader import DeadLetterEntry
from shared.repositories.dead_letter_replays import ReplayRecord

SEND_REASONS = (
    DeadLetterReason.SEND_REJECTED,
    DeadLetterReason.SEND_EXHAUSTED,
    DeadLetterReason.IN_DOUBT,
    DeadLetterReason.WINDOW_CLOSED,
)
"""Of the dead letters of outbound messages: a replay reopens the message first."""


class ReplayState(StrEnum):
    """The state of a dead letter: not replayed, replayed, or failed again after its last replay."""

    NEW = "new"
    REPLAYED = "replayed"
    FAILED_AGAIN = "failed again after replay"


def replay_state(entry: DeadLetterEntry, replay: ReplayRecord | None) -> ReplayState:
    """Return the state of a dead letter; replay: its recorded replays.

    A message that could not be sent keeps the id of its dead letter: written after the replayed one, it failed again.
    Any other record that fails again after a replay does so at another offset, as a new dead letter; the same dead
    letter written once more only means that the original record was redelivered.
    """
    if replay is None:
        return ReplayState.NEW
    failed_again = entry.reason in SEND_REASONS and entry.offset > replay.offset
    return ReplayState.FAILED_AGAIN if failed_again else ReplayState.REPLAYED


def message_id_of(dead_letter: DeadLetter) -> str | None:
    """Return the id of the outbound message that a dead letter of delivery holds; None for others."""
    if dead_letter.reason not in SEND_REASONS:
        return None
    try:
        return str(decode(Record(dead_letter.replay_topic or "", -1, -1, dead_letter.key, dead_letter.payload)).id)
    except (Undecodable, KeyError):
        return None
