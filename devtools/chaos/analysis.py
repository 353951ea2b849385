"""What can be read out of the evidence, before it is judged. Pure."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from devtools.chaos.answer_tracker import AcceptedSend
from devtools.chaos.evidence import Evidence, InjectedFault
from devtools.chaos.workload import CustomerMessage


class AnswerIndex:
    """The accepted sends by what they answer."""

    def __init__(self, evidence: Evidence) -> None:
        self.wanted: dict[str, tuple[CustomerMessage, int]] = {
            output: (asked, index) for asked in evidence.asked for index, output in enumerate(asked.outputs)
        }
        self.sends: defaultdict[str, list[AcceptedSend]] = defaultdict(list)
        for accepted in evidence.accepted:
            self.sends[accepted.message_id].append(accepted)
        self.apologised = {
            asked.conversation
            for output, (asked, _) in self.wanted.items()
            if any(send.text == evidence.apology for send in self.sends.get(output, ()))
        }

    def answered_at(self, asked: CustomerMessage) -> float | None:
        """When the last piece of the answer was accepted for the first time; None when one is missing."""
        firsts = [self.sends[output][0].at for output in asked.outputs if output in self.sends]
        return max(firsts) if len(firsts) == len(asked.outputs) else None


def sent_more_than_once(accepted: Iterable[AcceptedSend]) -> list[str]:
    """Our ids of what was accepted more than once."""
    return [
        message_id
        for message_id, count in Counter(send.message_id for send in accepted).items()
        if message_id and count > 1
    ]


def unanswered(asked: Iterable[CustomerMessage], accepted: Iterable[AcceptedSend]) -> list[CustomerMessage]:
    """The messages that lack an answer, or a piece of it."""
    sent = {send.message_id for send in accepted}
    return [one for one in asked if not sent.issuperset(one.outputs)]


class OutOfOrderSend(msgspec.Struct, frozen=True):
    """A piece of an answer that came before one that it should have followed."""

    send: AcceptedSend
    asked: CustomerMessage
    index: int
    earlier: CustomerMessage
    earlier_index: int


def out_of_order_sends(evidence: Evidence) -> list[OutOfOrderSend]:
    """All of them, by first acceptance; the order is that of the customers' messages on Kafka."""
    first: dict[str, AcceptedSend] = {}
    for send in evidence.accepted:
        first.setdefault(send.message_id, send)
    by_id = {asked.id: asked for asked in evidence.asked}
    found = []
    for messages in evidence.order.values():
        before: tuple[int, CustomerMessage, int] | None = None
        for asked in (by_id[message] for message in messages if message in by_id):
            for index, output in enumerate(asked.outputs):
                if output not in first:
                    continue
                send = first[output]
                if before is not None and send.seq < before[0]:
                    found.append(OutOfOrderSend(send, asked, index, before[1], before[2]))
                else:
                    before = (send.seq, asked, index)
    return found


def set_recovery_times(evidence: Evidence) -> None:
    """Note for each fault how long it took until all that was accepted before its end was answered."""
    answers = AnswerIndex(evidence)
    times = sorted(
        (asked.accepted_at, answers.answered_at(asked) or float("inf"))
        for asked in evidence.asked
        if asked.accepted_at and asked.conversation not in answers.apologised
    )
    latest, so_far = [], 0.0
    for _, at in times:
        so_far = max(so_far, at)
        latest.append(so_far)
    for fault in evidence.faults:
        index = bisect_right(times, (fault.ended, float("inf")))
        recovery = max(0.0, latest[index - 1] - fault.ended) if index else 0.0
        fault.recovery = None if recovery == float("inf") else round(recovery, 2)


def slowest(
    asked: Sequence[CustomerMessage], accepted: Sequence[AcceptedSend], count: int
) -> list[tuple[float, CustomerMessage]]:
    """The messages whose answers took longest, in seconds from ingress's 200 to the last piece's acceptance."""
    first: dict[str, float] = {}
    for send in accepted:
        first.setdefault(send.message_id, send.at)
    taken = [
        (max(first[output] for output in one.outputs) - one.accepted_at, one)
        for one in asked
        if one.accepted_at and all(output in first for output in one.outputs)
    ]
    return sorted(taken, key=lambda item: -item[0])[:count]


def by_kind(faults: Sequence[InjectedFault], key: Callable[[InjectedFault], float | None]) -> Mapping[str, list[float]]:
    """The values of the faults that were carried out, by kind."""
    found: defaultdict[str, list[float]] = defaultdict(list)
    for fault in faults:
        value = key(fault)
        if fault.done and value is not None:
            found[fault.kind].append(value)
    return found
