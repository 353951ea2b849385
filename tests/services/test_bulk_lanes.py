"""The lanes of a broadcast's messages: few for a number, and always the same one for a conversation."""

from dataclasses import dataclass

from services.delivery.main import _BULK_LANES_PER_NUMBER, _bulk_lane
from shared.domain import ids


@dataclass(frozen=True)
class LaneFields:
    """The fields of a message that its lane is derived from."""

    channel: str
    conversation_id: str


def conversations(count: int, channel: str = "main") -> list[LaneFields]:
    return [LaneFields(channel, ids.conversation_id("acme", channel, f"+23480{n:08d}")) for n in range(count)]


def test_number_has_64_lanes_for_its_bulk() -> None:
    taken = [_bulk_lane(fields) for fields in conversations(5000)]
    assert len(set(taken)) == _BULK_LANES_PER_NUMBER == 64
    assert max(map(taken.count, set(taken))) < 2 * 5000 / 64, "and they are used alike"


def test_conversation_has_the_same_lane_in_every_process() -> None:
    for fields in conversations(100):
        assert _bulk_lane(fields) == _bulk_lane(LaneFields(fields.channel, fields.conversation_id))
    known = LaneFields("main", "b7a1c3d2-0000-5000-8000-000000000001")
    assert _bulk_lane(known) == "main/55", "derived from the id, not from Python's hash of this process"


def test_numbers_share_no_lane() -> None:
    main, other = (set(map(_bulk_lane, conversations(500, channel))) for channel in ("main", "other"))
    assert not main & other
