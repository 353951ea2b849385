"""Derive answers, order and recovery times from the evidence. Pure."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import median

import msgspec

from devtools.chaos.answer_tracker import AcceptedSend
from devtools.chaos.evidence import Evidence, InjectedFault, WorkspaceWaits
from devtools.chaos.workload import CustomerMessage


class AnswerIndex:
    """Accepted sends by the expected output that they are.

    expected: by output id, the customer's message and the index of the part of its answer. apologised_for:
    messages whose answer was an apology. apologised: their conversations.
    """

    def __init__(self, evidence: Evidence) -> None:
        self.wanted: dict[str, tuple[CustomerMessage, int]] = {
            output: (message, index) for message in evidence.messages for index, output in enumerate(message.outputs)
        }
        self.sends: defaultdict[str, list[AcceptedSend]] = defaultdict(list)
        for accepted in evidence.accepted:
            self.sends[accepted.message_id].append(accepted)
        self.apologised_for: set[str] = {
            message.id
            for output, (message, _) in self.wanted.items()
            if any(send.text == evidence.apology for send in self.sends.get(output, ()))
        }
        self.apologised = {message.conversation for message in evidence.messages if message.id in self.apologised_for}

    def answered_at(self, message: CustomerMessage) -> float | None:
        """Return when the answer was complete, counting first acceptances; None while a part is missing."""
        firsts = [self.sends[output][0].at for output in message.outputs if output in self.sends]
        return max(firsts) if len(firsts) == len(message.outputs) else None


def messages_after_apology(evidence: Evidence, answers: AnswerIndex) -> set[str]:
    """Return the messages for the AI that came, in the order of their conversation, after an apology.

    The apology hands the conversation over to an agent, so the AI answers none of them, also those that it had then.
    """
    for_ai = {message.id for message in evidence.messages if message.echo_word}
    found: set[str] = set()
    for messages in evidence.order.values():
        first = next((index for index, message in enumerate(messages) if message in answers.apologised_for), None)
        if first is not None:
            found.update(messages[first + 1 :])
    return found & for_ai


def sent_more_than_once(accepted: Iterable[AcceptedSend]) -> list[str]:
    """Return the ids of outbound messages that were accepted more than once."""
    return [
        message_id
        for message_id, count in Counter(send.message_id for send in accepted).items()
        if message_id and count > 1
    ]


def unanswered(messages: Iterable[CustomerMessage], accepted: Iterable[AcceptedSend]) -> list[CustomerMessage]:
    """Return the messages without a complete answer."""
    sent = {send.message_id for send in accepted}
    return [one for one in messages if not sent.issuperset(one.outputs)]


class OutOfOrderSend(msgspec.Struct, frozen=True):
    """A part of an answer that was accepted before an earlier one."""

    send: AcceptedSend
    message: CustomerMessage
    index: int
    earlier: CustomerMessage
    earlier_index: int


def out_of_order_sends(evidence: Evidence) -> list[OutOfOrderSend]:
    """Compare the order of first acceptances with the order of the customers' messages on Kafka."""
    first: dict[str, AcceptedSend] = {}
    for send in evidence.accepted:
        first.setdefault(send.message_id, send)
    by_id = {message.id: message for message in evidence.messages}
    found = []
    for message_ids in evidence.order.values():
        before: tuple[int, CustomerMessage, int] | None = None
        for message in (by_id[message_id] for message_id in message_ids if message_id in by_id):
            for index, output in enumerate(message.outputs):
                if output not in first:
                    continue
                send = first[output]
                if before is not None and send.seq < before[0]:
                    found.append(OutOfOrderSend(send, message, index, before[1], before[2]))
                else:
                    before = (send.seq, message, index)
    return found


def set_recovery_times(evidence: Evidence) -> None:
    """Set each fault's `recovery`: seconds until everything accepted before its end was answered."""
    answers = AnswerIndex(evidence)
    times = sorted(
        (message.accepted_at, answers.answered_at(message) or float("inf"))
        for message in evidence.messages
        if message.accepted_at and message.conversation not in answers.apologised
    )
    latest, so_far = [], 0.0
    for _, at in times:
        so_far = max(so_far, at)
        latest.append(so_far)
    for fault in evidence.faults:
        index = bisect_right(times, (fault.ended, float("inf")))
        recovery = max(0.0, latest[index - 1] - fault.ended) if index else 0.0
        fault.recovery = None if recovery == float("inf") else round(recovery, 2)


def waits(messages: Sequence[CustomerMessage], accepted: Sequence[AcceptedSend]) -> list[tuple[float, CustomerMessage]]:
    """Return the answered messages, each with the seconds from ingress's 200 to the acceptance of the last part."""
    first: dict[str, float] = {}
    for send in accepted:
        first.setdefault(send.message_id, send.at)
    return [
        (max(first[output] for output in one.outputs) - one.accepted_at, one)
        for one in messages
        if one.accepted_at and all(output in first for output in one.outputs)
    ]


def waits_by_workspace(taken: Iterable[tuple[float, CustomerMessage]]) -> list[WorkspaceWaits]:
    """Return how long the customers of each workspace waited."""
    found: defaultdict[str, list[float]] = defaultdict(list)
    for seconds, message in taken:
        found[message.workspace].append(seconds)
    return [
        WorkspaceWaits(
            workspace=workspace,
            messages=len(values),
            median=round(median(values), 1),
            p95=round(sorted(values)[len(values) * 95 // 100], 1),
            most=round(max(values), 1),
        )
        for workspace, values in sorted(found.items())
    ]


def values_by_kind(
    faults: Sequence[InjectedFault], key: Callable[[InjectedFault], float | None]
) -> Mapping[str, list[float]]:
    """Return the values of the injected faults by kind; skipped faults and None are left out."""
    found: defaultdict[str, list[float]] = defaultdict(list)
    for fault in faults:
        value = key(fault)
        if fault.done and value is not None:
            found[fault.kind].append(value)
    return found
