"""What can be read out of the evidence, before it is judged. Pure."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from devtools.chaos.answer_tracker import Accepted
from devtools.chaos.evidence import Evidence, Happened
from devtools.chaos.workload import Asked


class Answers:
    """The accepted sends by what they answer."""

    def __init__(self, evidence: Evidence) -> None:
        self.wanted: dict[str, tuple[Asked, int]] = {
            output: (asked, index) for asked in evidence.asked for index, output in enumerate(asked.outputs)
        }
        self.sends: defaultdict[str, list[Accepted]] = defaultdict(list)
        for accepted in evidence.accepted:
            self.sends[accepted.ours].append(accepted)
        self.apologised = {
            asked.conversation
            for output, (asked, _) in self.wanted.items()
            if any(send.text == evidence.apology for send in self.sends.get(output, ()))
        }

    def answered_at(self, asked: Asked) -> float | None:
        """When the last piece of the answer was accepted for the first time; None when one is missing."""
        firsts = [self.sends[output][0].at for output in asked.outputs if output in self.sends]
        return max(firsts) if len(firsts) == len(asked.outputs) else None


def repeated(accepted: Iterable[Accepted]) -> list[str]:
    """Our ids of what was accepted more than once."""
    return [ours for ours, count in Counter(send.ours for send in accepted).items() if ours and count > 1]


def unanswered(asked: Iterable[Asked], accepted: Iterable[Accepted]) -> list[Asked]:
    """The messages that lack an answer, or a piece of it."""
    sent = {send.ours for send in accepted}
    return [one for one in asked if not sent.issuperset(one.outputs)]


class Overtaken(msgspec.Struct, frozen=True):
    """A piece of an answer that came before one that it should have followed."""

    send: Accepted
    asked: Asked
    index: int
    earlier: Asked
    earlier_index: int


def overtaken(evidence: Evidence) -> list[Overtaken]:
    """All of them, by first acceptance; the order is that of the customers' messages on Kafka."""
    first: dict[str, Accepted] = {}
    for send in evidence.accepted:
        first.setdefault(send.ours, send)
    by_id = {asked.id: asked for asked in evidence.asked}
    found = []
    for messages in evidence.order.values():
        before: tuple[int, Asked, int] | None = None
        for asked in (by_id[message] for message in messages if message in by_id):
            for index, output in enumerate(asked.outputs):
                if output not in first:
                    continue
                send = first[output]
                if before is not None and send.seq < before[0]:
                    found.append(Overtaken(send, asked, index, before[1], before[2]))
                else:
                    before = (send.seq, asked, index)
    return found


def recoveries(evidence: Evidence) -> None:
    """Note for each fault how long it took until all that was accepted before its end was answered."""
    answers = Answers(evidence)
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


def slowest(asked: Sequence[Asked], accepted: Sequence[Accepted], count: int) -> list[tuple[float, Asked]]:
    """The messages whose answers took longest, in seconds from ingress's 200 to the last piece's acceptance."""
    first: dict[str, float] = {}
    for send in accepted:
        first.setdefault(send.ours, send.at)
    taken = [
        (max(first[output] for output in one.outputs) - one.accepted_at, one)
        for one in asked
        if one.accepted_at and all(output in first for output in one.outputs)
    ]
    return sorted(taken, key=lambda item: -item[0])[:count]


def by_kind(faults: Sequence[Happened], key: Callable[[Happened], float | None]) -> Mapping[str, list[float]]:
    """The values of the faults that were carried out, by kind."""
    found: defaultdict[str, list[float]] = defaultdict(list)
    for fault in faults:
        value = key(fault)
        if fault.done and value is not None:
            found[fault.kind].append(value)
    return found
