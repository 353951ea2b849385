"""Each check finds what it is there for, and nothing else does."""

import dataclasses
from pathlib import Path

import msgspec
import pytest

from devtools.chaos.analysis import by_kind, set_recovery_times
from devtools.chaos.answer_tracker import AcceptedSend
from devtools.chaos.evidence import (
    DeadLetterSummary,
    Evidence,
    GroupOffset,
    ProcessMemory,
    ReadinessChange,
    StoredMessage,
    UnexpectedExit,
)
from devtools.chaos.stores import read_logs
from devtools.chaos.workload import APOLOGY
from tests.chaos.good_run import CUSTOMERS, START, broken, copied, fault, good_run, renumbered, spoiled

GOOD = good_run()
REMARK = next(asked for asked in GOOD.asked if asked.echo_word)
PIECES = next(asked for asked in GOOD.asked if len(asked.outputs) > 1)


def sends_of(evidence: Evidence, output: str) -> list[AcceptedSend]:
    return [accepted for accepted in evidence.accepted if accepted.message_id == output]


def again(output: str) -> list[AcceptedSend]:
    """All that was accepted, and this once more, at the end."""
    (first,) = sends_of(GOOD, output)
    return [*GOOD.accepted, renumbered(first, len(GOOD.accepted) + 1)]


def without(*outputs: str) -> list[AcceptedSend]:
    return [accepted for accepted in GOOD.accepted if accepted.message_id not in outputs]


def marked(output: str) -> dict[str, StoredMessage]:
    return {**GOOD.stored, output: StoredMessage(output, "chaos-0", "sent", "read", True)}


def test_a_good_run_breaks_no_promise() -> None:
    assert broken() == []


def test_a_message_without_an_answer() -> None:
    assert broken(accepted=without(REMARK.outputs[0])) == ["each message was answered"]


def test_a_missing_piece_of_an_answer() -> None:
    found = spoiled(accepted=without(PIECES.outputs[1]))["each message was answered"]
    assert (found.wrong, found.passed) == (1, False)
    assert "1 of 3 pieces never sent" in found.findings[0]


def test_a_message_that_was_never_accepted_need_not_be_answered() -> None:
    asked = [copied(one, accepted_at=0.0) if one.id == REMARK.id else one for one in GOOD.asked]
    changes = {"asked": asked, "accepted": without(REMARK.outputs[0])}
    assert broken(**changes) == []
    assert broken(**changes, undelivered=["it was never accepted"]) == ["every webhook was accepted in the end"]


def test_a_message_that_kafka_does_not_have() -> None:
    order = {name: [one for one in messages if one != REMARK.id] for name, messages in GOOD.order.items()}
    assert broken(order=order) == ["accepted is on Kafka"]


def test_the_wrong_answer() -> None:
    accepted = [
        msgspec.structs.replace(one, text="About vouchers.") if one.message_id == REMARK.outputs[0] else one
        for one in GOOD.accepted
    ]
    assert broken(accepted=accepted) == ["the answer is the right one"]


def test_a_message_sent_twice_must_be_marked() -> None:
    output = REMARK.outputs[0]
    assert broken(accepted=again(output)) == ["sent once, or marked"]
    found = spoiled(
        accepted=again(output),
        stored=marked(output),
        explained={output: ["claimed by delivery-1"]},
        faults=[fault(begun=START, ended=START + 1000, kind="pause", target="delivery-1")],
    )
    assert all(check.passed for check in found.values())
    (story,) = found["sent twice, and marked (allowed)"].findings
    for part in (output, "accepted 2 times", "pause delivery-1", "claimed by delivery-1"):
        assert part in story


def test_answers_that_overtake_each_other() -> None:
    mine = [asked for asked in GOOD.asked if asked.conversation == REMARK.conversation]
    first, second = (sends_of(GOOD, asked.outputs[0])[0] for asked in mine[:2])
    swapped = {first.message_id: renumbered(first, second.seq), second.message_id: renumbered(second, first.seq)}
    found = broken(
        accepted=sorted((swapped.get(one.message_id, one) for one in GOOD.accepted), key=lambda one: one.seq)
    )
    assert found == ["answers in the order of the questions"]


def test_pieces_that_overtake_each_other() -> None:
    first, second = (sends_of(GOOD, output)[0] for output in PIECES.outputs[:2])
    swapped = {first.message_id: renumbered(first, second.seq), second.message_id: renumbered(second, first.seq)}
    found = broken(accepted=[swapped.get(one.message_id, one) for one in GOOD.accepted])
    assert found == ["answers in the order of the questions"]


def test_the_order_is_that_of_the_topic_and_a_second_send_does_not_count() -> None:
    mine = [asked for asked in GOOD.asked if asked.conversation == REMARK.conversation]
    order = {**GOOD.order, REMARK.conversation: [asked.id for asked in reversed(mine)]}
    assert broken(order=order) == ["answers in the order of the questions"]
    output = mine[0].outputs[0]
    assert broken(accepted=again(output), stored=marked(output)) == []


def test_something_that_nobody_asked_for() -> None:
    invented = AcceptedSend(999, START + 999, "meta", "", "an id of its own", "wamid.x", "Buy more coasters!")
    stored = {**GOOD.stored, invented.message_id: StoredMessage(invented.message_id, "chaos-0", "sent", "read", False)}
    assert broken(accepted=[*GOOD.accepted, invented], stored=stored) == ["nothing was sent without a cause"]


def test_an_apology_is_an_answer_and_excuses_what_a_person_is_to_answer() -> None:
    mine = [asked for asked in GOOD.asked if asked.conversation == REMARK.conversation]
    later = mine[mine.index(REMARK) + 1 :]
    gone = {output for asked in later for output in asked.outputs}
    accepted = [
        msgspec.structs.replace(one, text=APOLOGY) if one.message_id == REMARK.outputs[0] else one
        for one in GOOD.accepted
        if one.message_id not in gone
    ]
    decisions = {asked.id: "human" for asked in later}
    assert broken(accepted=accepted, decisions=decisions) == []
    assert broken(accepted=accepted, decisions={}) == ["each message was answered"]
    found = spoiled(accepted=accepted, decisions=decisions)
    assert found["apologies are few"].count == 1
    assert found["each message was answered"].note == f"{len(later)} excused"


def test_too_many_apologies() -> None:
    remarks = {asked.outputs[0] for asked in GOOD.asked if asked.echo_word}
    assert len(remarks) > 5
    accepted = [
        msgspec.structs.replace(one, text=APOLOGY) if one.message_id in remarks else one for one in GOOD.accepted
    ]
    assert broken(accepted=accepted) == ["apologies are few"]


@pytest.mark.parametrize(("state", "status"), [("sent", "delivered"), ("failed", "failed"), ("sent", "queued")])
def test_a_status_that_is_not_the_last_one(state: str, status: str) -> None:
    output = REMARK.outputs[0]
    assert broken(stored={**GOOD.stored, output: StoredMessage(output, "chaos-0", state, status, False)}) == [
        "statuses are final"
    ]


def test_a_message_that_we_know_nothing_of() -> None:
    stored = {message_id: one for message_id, one in GOOD.stored.items() if message_id != REMARK.outputs[0]}
    assert broken(stored=stored) == ["statuses are final"]


@pytest.mark.parametrize("committed", [None, 23, 25])
def test_an_offset_that_is_not_the_end(committed: int | None) -> None:
    assert broken(offsets=[GroupOffset("router", "inbound.messages", 0, committed, 24)]) == ["offsets are at the end"]


def test_what_is_left_over() -> None:
    other = {**GOOD.stored, "x": StoredMessage("x", "chaos-0", "waiting", "queued", False)}
    assert broken(stored=other) == ["no claim is stuck"]
    assert broken(waiting=["Redis holds parley:ai:claim:1"]) == ["no claim is stuck"]
    assert broken(stored={**GOOD.stored, "x": StoredMessage("x", "chaos-0", "held", "queued", False)}) == []


def test_a_dead_letter_is_wrong_unless_it_was_in_doubt_twice() -> None:
    output = REMARK.outputs[0]
    letter = DeadLetterSummary("1", "send_exhausted", "delivery", "500: away", output)
    assert broken(letters=[letter]) == ["no dead letters"]
    for doubt in (
        msgspec.structs.replace(letter, reason="in_doubt"),
        msgspec.structs.replace(letter, reason="send_rejected", detail="in_doubt: never answered"),
    ):
        assert broken(letters=[doubt], accepted=without(output)) == []


def test_something_private_in_a_log() -> None:
    assert broken(leaks=["router-0.log: hello"], lines=10) == ["nothing private in the logs"]


def test_an_error_that_nobody_foresaw() -> None:
    assert broken(unexpected=['"A handler failed"']) == ["no unexpected error in the logs"]
    found = spoiled(unexpected=['"Task exception was never retrieved"'])["no unexpected error in the logs"]
    assert (found.passed, found.note) == (True, "1 tasks of drivers failed unheard")


def test_the_logs_are_searched_for_numbers_words_and_secrets(tmp_path: Path) -> None:
    phone, echo_word = CUSTOMERS[0].phone, REMARK.echo_word
    lines = [
        '{"message": "Decided", "offset": 2348100000, "time": "2026-03-14T09:26:53.123456Z"}',
        f"to={phone}",
        f"call 0{phone[3:]}",
        f"+{phone[:3]} {phone[3:6]} {phone[6:9]}-{phone[9:]}",
        f"the customer said {echo_word}.",
        "Bearer s3cret-token",
        "trace 5f3b8100000aa zqxxxxxxxx 12345678901234567890",
        '{"failures": 1, "message":"A handler failed"}',
    ]
    log = tmp_path / "router-0.log"
    log.write_text("\n".join(lines))
    logs = read_logs([log], phones=[phone], words={echo_word}, secrets={"s3cret-token"})
    assert logs.lines == len(lines)
    assert [line.removeprefix("router-0.log: ") for line in logs.private] == lines[1:6]
    assert logs.unexpected == [f"router-0.log: {lines[7]}"]


def kafka_away(*changes: ReadinessChange) -> list[str]:
    outage = fault(kind="outage", target="kafka", begun=START + 100, ended=START + 160, lasted=60.0)
    return broken(
        faults=[outage],
        seen=[ReadinessChange(START, "router-0", 200), *changes, ReadinessChange(START + 200, "router-0", 200)],
    )


def test_readiness_must_tell_of_what_is_away() -> None:
    assert kafka_away(ReadinessChange(START + 104, "router-0", 503)) == []
    assert kafka_away(ReadinessChange(START + 120, "router-0", 503)) == ["readiness tells the truth"]
    flickering = (ReadinessChange(START + 104, "router-0", 503), ReadinessChange(START + 130, "router-0", 200))
    assert kafka_away(*flickering) == ["readiness tells the truth"]
    assert kafka_away() == ["readiness tells the truth"]


def test_ingress_needs_no_mongodb_and_all_must_be_ready_in_the_end() -> None:
    outage = fault(kind="outage", target="mongodb", begun=START + 100, ended=START + 160, lasted=60.0)
    assert broken(faults=[outage], seen=[ReadinessChange(START, "ingress-0", 200)]) == []
    assert broken(seen=[ReadinessChange(START, "ai-0", 200), ReadinessChange(START + 1, "ai-0", 503)]) == [
        "readiness tells the truth"
    ]


def test_a_process_that_grows_too_large() -> None:
    assert broken(memory=[ProcessMemory("ai-1", 401.0, 100.0, 400.0)]) == ["memory is bounded"]


def test_a_process_that_ended_by_itself_or_did_not_come_back() -> None:
    assert broken(deaths=[UnexpectedExit("ai-0", "ai-0 ended (exit code 1)")]) == ["no process ended by itself"]
    assert broken(missing_processes=["ai-0"]) == ["no process ended by itself"]


def test_recovery_is_the_time_until_all_that_was_accepted_is_answered() -> None:
    evidence = good_run()
    evidence.faults[0].ended = START + 2.5  # three messages were accepted by then, the third at +2
    last = max(sends_of(evidence, output)[0].at for asked in evidence.asked[:3] for output in asked.outputs)
    set_recovery_times(evidence)
    assert evidence.faults[0].recovery == pytest.approx(last - START - 2.5)
    assert by_kind(evidence.faults, lambda one: one.recovery) == {"kill": [evidence.faults[0].recovery]}


def test_there_is_no_recovery_while_a_message_is_not_answered() -> None:
    evidence = spoiled_evidence(accepted=without(GOOD.asked[0].outputs[0]))
    set_recovery_times(evidence)
    assert evidence.faults[0].recovery is None


def spoiled_evidence(**changes: object) -> Evidence:
    return dataclasses.replace(good_run(), **changes)  # type: ignore[arg-type]
