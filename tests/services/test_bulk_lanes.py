"""The lanes of a broadcast's messages: few for a number, and always the same one for a conversation."""

from dataclasses import dataclass

from services.delivery.main import _BULK_LANES_PER_NUMBER, _bulk_lane
from shared.domain import ids


@dataclass(frozen=True)
class Said:
    """What a lane is made from."""

    channel: str
    conversation_id: str


def conversations(count: int, channel: str = "main") -> list[Said]:
    return [Said(channel, ids.conversation_id("acme", channel, f"+23480{n:08d}")) for n in range(count)]


def test_a_number_has_64_lanes_however_many_it_writes_to() -> None:
    taken = [_bulk_lane(said) for said in conversations(5000)]
    assert len(set(taken)) == _BULK_LANES_PER_NUMBER == 64
    assert max(map(taken.count, set(taken))) < 2 * 5000 / 64, "and they are used alike"


def test_a_conversation_is_always_in_the_same_lane_in_every_process() -> None:
    for said in conversations(100):
        assert _bulk_lane(said) == _bulk_lane(Said(said.channel, said.conversation_id))
    known = Said("main", "b7a1c3d2-0000-5000-8000-000000000001")
    assert _bulk_lane(known) == "main/55", "by what it is, not by what Python's hash is in this process"


def test_two_numbers_share_no_lane() -> None:
    main, other = (set(map(_bulk_lane, conversations(500, channel))) for channel in ("main", "other"))
    assert not main & other
