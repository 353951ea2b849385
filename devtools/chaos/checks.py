"""Check the guarantees of docs/architecture.md against the evidence of a run. Pure."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from devtools.chaos.analysis import AnswerIndex, messages_after_apology, out_of_order_sends, sent_more_than_once
from devtools.chaos.answer_tracker import AcceptedSend
from devtools.chaos.evidence import Evidence
from devtools.chaos.log_causes import unexplained
from devtools.chaos.workload import CustomerMessage

SHOWN = 40  # findings kept per check
READY_WITHIN = 15.0  # seconds until a process must report that it is not ready
_SLACK = 15.0  # seconds after a fault in which it may still be the cause
_SETTLED = ("sent", "failed", "held")


class GuaranteeCheck(msgspec.Struct, kw_only=True):
    """The result of checking one guarantee.

    count: items checked. wrong: violations. findings: one line per violation or remark; at most `SHOWN` of each.
    """

    name: str
    count: int
    wrong: int = 0
    note: str = ""
    findings: list[str] = []

    @property
    def passed(self) -> bool:
        """Return True without violations."""
        return not self.wrong


def run(evidence: Evidence) -> list[GuaranteeCheck]:
    """Run all checks, in the order of the report."""
    return [
        *of_messages(evidence),
        _explained_warnings(evidence),
        _readiness(evidence),
        _memory(evidence),
        _processes(evidence),
        *([_hostile(evidence)] if evidence.hostile else []),
    ]


def of_messages(evidence: Evidence) -> list[GuaranteeCheck]:
    """Run the checks of messages, stores and logs; they need nothing that is known of the services' processes."""
    answers = AnswerIndex(evidence)
    return [
        _webhooks(evidence),
        _on_kafka(evidence),
        _answered(evidence, answers),
        _answer_texts(evidence, answers),
        _sent_once(evidence, answers),
        _marked_duplicates(evidence, answers),
        _order(evidence, answers),
        _without_cause(evidence, answers),
        _apologies(evidence, answers),
        _statuses(evidence, answers),
        _offsets(evidence),
        _claims(evidence),
        _dead_letters(evidence),
        _logs(evidence),
        _unexpected_errors(evidence),
    ]


def _check(
    name: str, count: int, wrong: Iterable[str] = (), *, noted: Iterable[str] = (), note: str = ""
) -> GuaranteeCheck:
    broken = list(wrong)
    return GuaranteeCheck(
        name=name, count=count, wrong=len(broken), note=note, findings=[*broken[:SHOWN], *list(noted)[:SHOWN]]
    )


def _webhooks(evidence: Evidence) -> GuaranteeCheck:
    accepted = sum(1 for message in evidence.messages if message.accepted_at)
    return _check("every webhook was accepted in the end", accepted, evidence.undelivered)


def _on_kafka(evidence: Evidence) -> GuaranteeCheck:
    known = {message for messages in evidence.order.values() for message in messages}
    accepted = [message for message in evidence.messages if message.accepted_at]
    lost = (f"{message.id}: answered with 200, not on Kafka" for message in accepted if message.id not in known)
    return _check("accepted is on Kafka", len(accepted), lost)


def _answered(evidence: Evidence, answers: AnswerIndex) -> GuaranteeCheck:
    given_up = {letter.message for letter in evidence.letters if _in_doubt(letter.reason, letter.detail)}
    left_to_agents = messages_after_apology(evidence, answers) - evidence.answered_by_ai
    missing, excused, complete = [], [], 0
    for message in evidence.messages:
        absent = [output for output in message.outputs if output not in answers.sends]
        if not absent:
            complete += 1
        elif message.accepted_at:
            lost = f"{_describe(message)}: {len(absent)} of {len(message.outputs)} parts were never sent"
            decision = evidence.decisions.get(message.id, "")
            if decision.startswith("human") and message.conversation in answers.apologised:
                excused.append(f"{_describe(message)}: an agent has the conversation since an apology")
            elif message.id in left_to_agents:
                excused.append(f"{_describe(message)}: was with the AI when an apology gave the agent the conversation")
            elif set(absent) <= given_up:
                excused.append(f"{lost}: given up in doubt")
            else:
                missing.append(f"{lost}; the router: {decision or 'no decision'}")
    note = f"{len(excused)} excused" if excused else ""
    return _check("each message was answered", complete, missing, noted=excused, note=note)


def _answer_texts(evidence: Evidence, answers: AnswerIndex) -> GuaranteeCheck:
    wrong = []
    for output, (message, index) in answers.wanted.items():
        for send in answers.sends.get(output, ()):
            matches = message.echo_word in send.text if message.echo_word else send.text == message.parts[index]
            if not matches and not (message.echo_word and send.text == evidence.apology):
                wrong.append(f"{_describe(message)} was answered with {send.text[:80]!r}")
    return _check("the answer is the right one", sum(map(len, answers.sends.values())), wrong)


def _repeated(evidence: Evidence, answers: AnswerIndex) -> dict[str, list[AcceptedSend]]:
    return {message_id: answers.sends[message_id] for message_id in sent_more_than_once(evidence.accepted)}


def _sent_once(evidence: Evidence, answers: AnswerIndex) -> GuaranteeCheck:
    wrong = [
        _describe_duplicate(message_id, sends, evidence)
        for message_id, sends in _repeated(evidence, answers).items()
        if not (stored := evidence.stored.get(message_id)) or not stored.possible_duplicate
    ]
    return _check("sent once, or marked", len(answers.sends), wrong)


def _marked_duplicates(evidence: Evidence, answers: AnswerIndex) -> GuaranteeCheck:
    marked = {message_id for message_id, stored in evidence.stored.items() if stored.possible_duplicate}
    twice = {message_id: sends for message_id, sends in _repeated(evidence, answers).items() if message_id in marked}
    descriptions = [_describe_duplicate(message_id, sends, evidence) for message_id, sends in twice.items()]
    return _check(
        "sent twice, and marked (allowed)", len(twice), noted=descriptions, note=f"{len(marked)} marked in all"
    )


def _describe_duplicate(message_id: str, sends: Sequence[AcceptedSend], evidence: Evidence) -> str:
    """Describe a message sent more than once: times, active faults, and what its document in MongoDB says."""
    times = ", ".join(f"{send.at - evidence.began:.2f} ({_active_faults(evidence, send.at)})" for send in sends)
    explanation = "; ".join(evidence.explained.get(message_id, ()))
    return f"{message_id} ({sends[0].provider}): accepted {len(sends)} times: {times}. {explanation}"


def _active_faults(evidence: Evidence, at: float) -> str:
    """Name the faults that were active or had just ended."""
    found = [f"{fault.kind} {fault.target}" for fault in evidence.faults if fault.during(at, slack=_SLACK)]
    return ", ".join(found) or "no fault"


def _order(evidence: Evidence, answers: AnswerIndex) -> GuaranteeCheck:
    wrong = []
    for one in out_of_order_sends(evidence):
        explanation = "; ".join(
            f"message {message.n}: {', '.join(evidence.explained[message.id])}"
            for message in (one.earlier, one.message)
            if message.id in evidence.explained
        )
        wrong.append(
            f"{one.message.conversation}: part {one.index} of the answer to {_describe(one.message)} came at "
            f"{one.send.at - evidence.began:.2f}, before part {one.earlier_index} of that to "
            f"{_describe(one.earlier)}; then: {_active_faults(evidence, one.send.at)}. {explanation}"
        )
    return _check("answers in the order of the questions", len(answers.sends), wrong)


def _without_cause(evidence: Evidence, answers: AnswerIndex) -> GuaranteeCheck:
    wrong = [
        f"{send.message_id or 'without an id'}: {send.text[:80]!r} to {send.to}"
        for message_id, sends in answers.sends.items()
        if message_id not in answers.wanted
        for send in sends
    ]
    return _check("nothing was sent without a cause", len(evidence.accepted), wrong)


def _apologies(evidence: Evidence, answers: AnswerIndex) -> GuaranteeCheck:
    """Allow a few: the model may be unavailable, but rarely with faults this short."""
    found = [
        f"{_describe(message)} got an apology: {_active_faults(evidence, answers.sends[output][0].at)}"
        for output, (message, _) in answers.wanted.items()
        if message.echo_word and output in answers.sends and answers.sends[output][0].text == evidence.apology
    ]
    bound = max(5, len(evidence.messages) // 200)
    if len(found) > bound:
        return _check("apologies are few", len(found), found, note=f"at most {bound}")
    return _check("apologies are few", len(found), noted=found, note=f"at most {bound}")


def _statuses(evidence: Evidence, answers: AnswerIndex) -> GuaranteeCheck:
    wrong, count = [], 0
    for message_id in answers.sends:
        if not message_id:
            continue
        count += 1
        stored = evidence.stored.get(message_id)
        if stored is None:
            wrong.append(f"{message_id}: accepted, but it has no document in MongoDB")
        elif (stored.state, stored.status) != ("sent", "read"):
            wrong.append(
                f"{message_id} ({stored.workspace}) is {stored.state}/{stored.status}; its last status was read"
            )
    return _check("statuses are final", count, wrong)


def _offsets(evidence: Evidence) -> GuaranteeCheck:
    wrong = [
        f"{offset.group} {offset.topic}/{offset.partition}: committed {offset.committed}, end {offset.end}"
        for offset in evidence.offsets
        if offset.committed != offset.end
    ]
    return _check("offsets are at the end", len(evidence.offsets), wrong)


def _claims(evidence: Evidence) -> GuaranteeCheck:
    states = Counter(stored.state for stored in evidence.stored.values())
    left = [
        f"{stored.id} ({stored.workspace}) is {stored.state}"
        for stored in evidence.stored.values()
        if stored.state not in _SETTLED
    ]
    note = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    return _check("no claim is stuck", len(evidence.stored), [*left, *evidence.waiting], note=note)


def _in_doubt(reason: str, detail: str) -> bool:
    return reason == "in_doubt" or detail.startswith("in_doubt")


def _dead_letters(evidence: Evidence) -> GuaranteeCheck:
    wrong: list[str] = []
    noted: list[str] = []
    for letter in evidence.letters:
        explanation = "; ".join(evidence.explained.get(letter.message, ()))
        text = f"{letter.service} {letter.reason}: {letter.detail} ({letter.message or letter.id}). {explanation}"
        allowed = letter.hostile or _in_doubt(letter.reason, letter.detail)
        (noted if allowed else wrong).append(text)
    note = f"{len(noted)} in doubt twice, or of the hostile workspace" if noted else ""
    return _check("no dead letters", len(evidence.letters), wrong, noted=noted, note=note)


def _logs(evidence: Evidence) -> GuaranteeCheck:
    return _check("nothing private in the logs", evidence.lines, evidence.leaks)


def _unexpected_errors(evidence: Evidence) -> GuaranteeCheck:
    """Report unhandled errors. Errors of abandoned driver tasks are remarks only."""
    wrong = [line for line in evidence.unexpected if "never retrieved" not in line]
    noted = [line for line in evidence.unexpected if "never retrieved" in line]
    note = f"{len(noted)} abandoned driver tasks failed" if noted else ""
    return _check("no unexpected error in the logs", evidence.lines, wrong, noted=noted, note=note)


def _explained_warnings(evidence: Evidence) -> GuaranteeCheck:
    """Demand a fault that explains each warning (`log_causes.py`). The remarks count the warnings by message."""
    wrong = [
        f"{warning.process} at {warning.at - evidence.began:.2f}: {warning.level} {warning.logger}: {warning.message}"
        + (f" … {warning.error}" if warning.error else "")
        for warning in unexplained(evidence.warnings, evidence.faults, began=evidence.began)
    ]
    counts = Counter(f"{warning.logger}: {warning.message}" for warning in evidence.warnings)
    noted = [f"{count} × {text[:150]}" for text, count in counts.most_common()]
    return _check("each warning in the logs has a fault as its cause", len(evidence.warnings), wrong, noted=noted)


def _hostile(evidence: Evidence) -> GuaranteeCheck:
    """Answer whatever the hostile workspace posts with a refusal, never with an error of ours."""
    errors = [
        f"{count} × HTTP {status}" for status, count in evidence.hostile.items() if status in (500, 501, 502, 504)
    ]
    note = ", ".join(f"{count} × {status or 'no answer'}" for status, count in sorted(evidence.hostile.items()))
    return _check("the hostile workspace caused no error", sum(evidence.hostile.values()), errors, note=note)


def _readiness(evidence: Evidence) -> GuaranteeCheck:
    """Services that need an unavailable store answer 503 in time and throughout; in the end all answer 200."""
    changes_by_process: defaultdict[str, list[tuple[float, int]]] = defaultdict(list)
    for seen in evidence.seen:
        changes_by_process[seen.name].append((seen.at, seen.status))
    wrong, count = [], 0
    for fault in evidence.faults:
        if fault.target not in ("kafka", "mongodb") or fault.lasted <= READY_WITHIN + 5 or not fault.done:
            continue
        start, end = fault.begun + READY_WITHIN, fault.begun + fault.lasted - 1.0
        for name, changes in changes_by_process.items():
            if fault.target == "mongodb" and name.startswith("ingress"):
                continue  # ingress accepts known numbers without MongoDB
            count += 1
            if _status_at(changes, start) == 200 or any(start < at < end and status == 200 for at, status in changes):
                wrong.append(f"{name} was ready while {fault.target} was unavailable (fault {fault.number})")
    for name, changes in changes_by_process.items():
        count += 1
        if changes[-1][1] != 200:
            wrong.append(f"{name} is not ready in the end: {changes[-1][1]}")
    return _check("readiness is correct", count, wrong)


def _status_at(changes: Sequence[tuple[float, int]], at: float) -> int:
    index = bisect_right([change[0] for change in changes], at)
    return changes[index - 1][1] if index else 0


def _memory(evidence: Evidence) -> GuaranteeCheck:
    services = [memory for memory in evidence.memory if "-" in memory.name]
    lines = [
        f"{memory.name}: {memory.most:.0f} MB at most, {memory.early:.0f} → {memory.late:.0f}" for memory in services
    ]
    wrong = [line for line, memory in zip(lines, services, strict=True) if memory.most > evidence.memory_limit]
    most = max((memory.most for memory in services), default=0.0)
    note = f"{most:.0f} of {evidence.memory_limit} MB"
    return _check("memory is bounded", len(services), wrong, note=note)


def _processes(evidence: Evidence) -> GuaranteeCheck:
    wrong = [f"{death.name} ended by itself: {death.reason}" for death in evidence.deaths]
    wrong += [f"{name} does not run" for name in evidence.missing_processes]
    return _check("no process ended by itself", len({seen.name for seen in evidence.seen}), wrong)


def _describe(message: CustomerMessage) -> str:
    return f"{message.workspace} customer {message.customer} message {message.n} ({message.id[:60]})"
