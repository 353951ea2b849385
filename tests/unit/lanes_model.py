"""The model of `test_lanes_stateful`: partitions with their logs, and the state of each slot."""

from collections import deque
from dataclasses import dataclass, field

from hypothesis import strategies as st

from shared.kafka.records import Record, TopicPartition
from shared.kafka.runtime.slots import SLOT_BYTES, Slot, SlotState

PARTITIONS = (
    TopicPartition("inbound.messages", 0),
    TopicPartition("inbound.messages", 1),
    TopicPartition("conversation.commands", 0),
)
WORKSPACES = ("a", "b", "c")
partitions = st.sampled_from(PARTITIONS)
SLOT = SLOT_BYTES  # bytes; the records of these tests are empty
some_records = st.tuples(
    partitions, st.sampled_from(WORKSPACES), st.integers(0, 3), st.integers(1, 3), st.sampled_from((True, True, False))
)
some_partitions = st.lists(partitions, min_size=1, max_size=3, unique=True)


def record(source: TopicPartition, offset: int, workspace: str = "a") -> Record:
    return Record(source.topic, source.partition, offset, workspace.encode(), b"")


@dataclass(eq=False)
class Known:
    """The slot in the model. epoch: the assignment of the partition that it belongs to."""

    slot: Slot
    source: TopicPartition
    epoch: int
    state: SlotState = SlotState.WAITING
    retried: bool = False
    external: bool = False


@dataclass
class Partition:
    """A partition's log and the position of the group. Offsets have gaps, as after compaction or transactions.
    metadata: as committed; marked: the offsets in it; known: those of them that the present owner has been told.
    """

    log: list[tuple[int, str, str]] = field(default_factory=list)  # offset, workspace, lane
    position: int = 0  # index in the log of what is read next
    committed: int = 0
    metadata: str = ""
    marked: set[int] = field(default_factory=set)
    known: set[int] = field(default_factory=set)
    epoch: int = 0
    ever_finished: set[int] = field(default_factory=set)
    window: deque[Known] = field(default_factory=deque)
