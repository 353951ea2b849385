"""The order of what is in a conversation: by turn, in a turn the customer's message before the answers, these by their
index, then notes and events by their time. Pure. Clocks of different machines never decide between messages.
"""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_FIRST_TIME = 1_000_000  # places below it are of messages; milliseconds since 1970 are far above


class TimelinePosition(NamedTuple):
    """The position of an entry in a timeline. place: 0: the customer's message; 1, 2, …: our messages by their index;
    otherwise the time of a note or an event, in milliseconds since 1970. Written as `turn.place`.
    """

    turn: int
    place: int

    @classmethod
    def of_customer(cls, turn: int) -> "TimelinePosition":
        """Return the position of the customer's message of a turn."""
        return cls(turn, 0)

    @classmethod
    def of_ours(cls, turn: int, index: int) -> "TimelinePosition":
        """Return the position of a message of ours."""
        return cls(turn, index + 1)

    @classmethod
    def of_time(cls, turn: int, at: datetime) -> "TimelinePosition":
        """Return the position of a note or an event. turn: the conversation's latest one at that time."""
        return cls(turn, (at - _EPOCH) // _MILLISECOND)

    @classmethod
    def parse(cls, text: str) -> "TimelinePosition":
        """Return the position of a text such as `12.1`; `12` means the beginning of the turn. Raises ValueError."""
        turn, _, place = text.partition(".")
        position = cls(int(turn), int(place or 0))
        if not (0 <= position.turn < 2**31 and 0 <= position.place < 2**47):
            raise ValueError(text)
        return position

    @property
    def at(self) -> datetime | None:
        """The time, if it is the position of a note or an event."""
        return _EPOCH + self.place * _MILLISECOND if self.place >= _FIRST_TIME else None

    def __str__(self) -> str:
        return f"{self.turn}.{self.place}"
