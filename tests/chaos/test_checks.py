"""Each check finds the violations of its guarantee, and no other check reports them."""

import dataclasses
from pathlib import Path
from typing import Any

import msgspec
import pytest

from devtools.chaos.analysis import set_recovery_times, values_by_kind
from devtools.chaos.answer_tracker import AcceptedSend
from devtools.chaos.evidence import (
    DeadLetterSummary,
    Evidence,
    GroupOffset,
    LoggedWarning,
    ProcessMemory,
    ReadinessChange,
    StoredMessage,
    UnexpectedExit,
)
from devtools.chaos.hostile import HOSTILE_ID
from devtools.chaos.log_causes import CAUSES
from devtools.chaos.log_scan import scan_logs
from devtools.chaos.workload import APOLOGY
from devtools.stack.services import PROJECT
from tests.chaos.good_run import CUSTOMERS, START, checks_of, fault, good_run, violated, with_seq, with_values

GOOD = good_run()
REMARK = next(message for message in GOOD.messages if message.echo_word)
MULTIPART = next(message for message in GOOD.messages if len(message.outputs) > 1)


def sends_of(evidence: Evidence, output: str) -> list[AcceptedSend]:
    return [accepted for accepted in evidence.accepted if accepted.message_id == output]


def with_second_send(output: str) -> list[AcceptedSend]:
    """Return all sends and this output once more at the end."""
    (first,) = sends_of(GOOD, output)
    return [*GOOD.accepted, with_seq(first, len(GOOD.accepted) + 1)]


def without(*outputs: str) -> list[AcceptedSend]:
    return [accepted for accepted in GOOD.accepted if accepted.message_id not in outputs]


def marked_duplicate(output: str) -> dict[str, StoredMessage]:
    return {**GOOD.stored, output: StoredMessage(output, "chaos-0", "sent", "read", True)}


def test_good_run_violates_no_guarantee() -> None:
    assert violated() == []


def test_unanswered_message_is_found() -> None:
    assert violated(accepted=without(REMARK.outputs[0])) == ["each message was answered"]


def test_missing_part_of_an_answer_is_found() -> None:
    found = checks_of(accepted=without(MULTIPART.outputs[1]))["each message was answered"]
    assert (found.wrong, found.passed) == (1, False)
    assert "1 of 3 parts were never sent" in found.findings[0]


def test_message_that_ingress_never_accepted_needs_no_answer() -> None:
    messages = [with_values(one, accepted_at=0.0) if one.id == REMARK.id else one for one in GOOD.messages]
    changes = {"messages": messages, "accepted": without(REMARK.outputs[0])}
    assert violated(**changes) == []
    assert violated(**changes, undelivered=["it was never accepted"]) == ["every webhook was accepted in the end"]


def test_accepted_message_missing_on_kafka_is_found() -> None:
    order = {name: [one for one in messages if one != REMARK.id] for name, messages in GOOD.order.items()}
    assert violated(order=order) == ["accepted is on Kafka"]


def test_wrong_answer_is_found() -> None:
    accepted = [
        msgspec.structs.replace(one, text="About vouchers.") if one.message_id == REMARK.outputs[0] else one
        for one in GOOD.accepted
    ]
    assert violated(accepted=accepted) == ["the answer is the right one"]


def test_duplicate_send_is_allowed_only_if_marked() -> None:
    output = REMARK.outputs[0]
    assert violated(accepted=with_second_send(output)) == ["sent once, or marked"]
    found = checks_of(
        accepted=with_second_send(output),
        stored=marked_duplicate(output),
        explained={output: ["claimed by delivery-1"]},
        faults=[fault(begun=START, ended=START + 1000, kind="pause", target="delivery-1")],
    )
    assert all(check.passed for check in found.values())
    (story,) = found["sent twice, and marked (allowed)"].findings
    for part in (output, "accepted 2 times", "pause delivery-1", "claimed by delivery-1"):
        assert part in story


def test_answers_out_of_order_are_found() -> None:
    mine = [message for message in GOOD.messages if message.conversation == REMARK.conversation]
    first, second = (sends_of(GOOD, message.outputs[0])[0] for message in mine[:2])
    swapped = {first.message_id: with_seq(first, second.seq), second.message_id: with_seq(second, first.seq)}
    found = violated(
        accepted=sorted((swapped.get(one.message_id, one) for one in GOOD.accepted), key=lambda one: one.seq)
    )
    assert found == ["answers in the order of the questions"]


def test_parts_of_an_answer_out_of_order_are_found() -> None:
    first, second = (sends_of(GOOD, output)[0] for output in MULTIPART.outputs[:2])
    swapped = {first.message_id: with_seq(first, second.seq), second.message_id: with_seq(second, first.seq)}
    found = violated(accepted=[swapped.get(one.message_id, one) for one in GOOD.accepted])
    assert found == ["answers in the order of the questions"]


def test_order_is_that_of_the_topic_and_ignores_second_sends() -> None:
    mine = [message for message in GOOD.messages if message.conversation == REMARK.conversation]
    order = {**GOOD.order, REMARK.conversation: [message.id for message in reversed(mine)]}
    assert violated(order=order) == ["answers in the order of the questions"]
    output = mine[0].outputs[0]
    assert violated(accepted=with_second_send(output), stored=marked_duplicate(output)) == []


def test_send_without_a_cause_is_found() -> None:
    invented = AcceptedSend(999, START + 999, "meta", "", "an id of its own", "wamid.x", "Buy more coasters!")
    stored = {**GOOD.stored, invented.message_id: StoredMessage(invented.message_id, "chaos-0", "sent", "read", False)}
    assert violated(accepted=[*GOOD.accepted, invented], stored=stored) == ["nothing was sent without a cause"]


def test_apology_counts_as_answer_and_excuses_messages_left_to_agents() -> None:
    mine = [message for message in GOOD.messages if message.conversation == REMARK.conversation]
    later = mine[mine.index(REMARK) + 1 :]
    gone = {output for message in later for output in message.outputs}
    accepted = [
        msgspec.structs.replace(one, text=APOLOGY) if one.message_id == REMARK.outputs[0] else one
        for one in GOOD.accepted
        if one.message_id not in gone
    ]
    decisions = {message.id: "human" for message in later}
    assert violated(accepted=accepted, decisions=decisions) == []
    assert violated(accepted=accepted, decisions={}) == ["each message was answered"]
    found = checks_of(accepted=accepted, decisions=decisions)
    assert found["apologies are few"].count == 1
    assert found["each message was answered"].note == f"{len(later)} excused"


def test_apology_excuses_later_messages_that_were_with_the_ai_unless_it_answered_them() -> None:
    mine = [message for message in GOOD.messages if message.conversation == REMARK.conversation]
    later = mine[mine.index(REMARK) + 1 :]
    remark = next(message for message in later if message.echo_word)
    question = next(message for message in later if not message.echo_word)
    with_apology = [
        msgspec.structs.replace(one, text=APOLOGY) if one.message_id == REMARK.outputs[0] else one
        for one in GOOD.accepted
    ]
    without_remark = [one for one in with_apology if one.message_id not in remark.outputs]
    without_question = [one for one in with_apology if one.message_id not in question.outputs]
    decisions = {remark.id: "ai: no FAQ alike", question.id: "faq: FAQ 9, score 1.00"}
    assert violated(accepted=without_remark, decisions=decisions) == []
    assert violated(accepted=without_remark, decisions=decisions, answered_by_ai=frozenset({remark.id})) == [
        "each message was answered"
    ]
    assert violated(accepted=without_question, decisions=decisions) == ["each message was answered"]
    earlier = without(remark.outputs[0])
    assert violated(accepted=earlier, decisions=decisions) == ["each message was answered"]


def test_too_many_apologies_are_found() -> None:
    remarks = {message.outputs[0] for message in GOOD.messages if message.echo_word}
    assert len(remarks) > 5
    accepted = [
        msgspec.structs.replace(one, text=APOLOGY) if one.message_id in remarks else one for one in GOOD.accepted
    ]
    assert violated(accepted=accepted) == ["apologies are few"]


@pytest.mark.parametrize(("state", "status"), [("sent", "delivered"), ("failed", "failed"), ("sent", "queued")])
def test_status_other_than_the_final_one_is_found(state: str, status: str) -> None:
    output = REMARK.outputs[0]
    assert violated(stored={**GOOD.stored, output: StoredMessage(output, "chaos-0", state, status, False)}) == [
        "statuses are final"
    ]


def test_accepted_send_without_a_document_is_found() -> None:
    stored = {message_id: one for message_id, one in GOOD.stored.items() if message_id != REMARK.outputs[0]}
    assert violated(stored=stored) == ["statuses are final"]


@pytest.mark.parametrize("committed", [None, 23, 25])
def test_offset_other_than_the_end_is_found(committed: int | None) -> None:
    assert violated(offsets=[GroupOffset("router", "inbound.messages", 0, committed, 24)]) == ["offsets are at the end"]


def test_unsettled_messages_and_claims_in_redis_are_found() -> None:
    other = {**GOOD.stored, "x": StoredMessage("x", "chaos-0", "waiting", "queued", False)}
    assert violated(stored=other) == ["no claim is stuck"]
    assert violated(waiting=["Redis holds parley:ai:claim:1"]) == ["no claim is stuck"]
    assert violated(stored={**GOOD.stored, "x": StoredMessage("x", "chaos-0", "held", "queued", False)}) == []


def test_dead_letter_is_allowed_only_if_in_doubt_twice() -> None:
    output = REMARK.outputs[0]
    letter = DeadLetterSummary("1", "send_exhausted", "delivery", "500: away", output)
    assert violated(letters=[letter]) == ["no dead letters"]
    for doubt in (
        msgspec.structs.replace(letter, reason="in_doubt"),
        msgspec.structs.replace(letter, reason="send_rejected", detail="in_doubt: never answered"),
    ):
        assert violated(letters=[doubt], accepted=without(output)) == []


def test_private_data_in_logs_is_found() -> None:
    assert violated(leaks=["router-0.log: hello"], lines=10) == ["nothing private in the logs"]


def test_unexpected_errors_in_logs_are_found() -> None:
    assert violated(unexpected=['"A handler failed"']) == ["no unexpected error in the logs"]
    found = checks_of(unexpected=['"Task exception was never retrieved"'])["no unexpected error in the logs"]
    assert (found.passed, found.note) == (True, "1 abandoned driver tasks failed")


def test_log_scan_finds_numbers_words_and_secrets(tmp_path: Path) -> None:
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
    logs = scan_logs([log], phones=[phone], words={echo_word}, secrets={"s3cret-token"})
    assert logs.lines == len(lines)
    assert [line.removeprefix("router-0.log: ") for line in logs.private] == lines[1:6]
    assert logs.unexpected == [f"router-0.log: {lines[7]}"]


def warned(at: float, logger: str, message: str, **changes: Any) -> LoggedWarning:
    return LoggedWarning(at, "router-0", "warning", logger, message, **changes)


def test_warning_needs_a_fault_of_a_kind_that_causes_it() -> None:
    explained = warned(START + 3, "aiokafka.consumer.group_coordinator", "Heartbeat failed for group router")
    while_starting = msgspec.structs.replace(explained, at=START - 5)
    assert violated(warnings=[explained, while_starting]) == []
    name = "each warning in the logs has a fault as its cause"
    for wrong in (
        warned(START - 1, "services.ai.calls.ask", "A model gave no answer"),
        warned(START + 500, explained.logger, explained.message),
        warned(START + 3, "services.router.decide", "Something new"),
        warned(START + 3, "services.ai.calls.ask", "A model was paid twice"),
    ):
        assert violated(warnings=[wrong]) == [name]
        assert violated(warnings=[msgspec.structs.replace(wrong, hostile=True)]) == []
    assert violated(warnings=[warned(START - 9, "shared.telemetry.loop_watch", "The event loop is blocked")]) == []


@pytest.mark.parametrize(
    ("logger", "message"), [(logger, message) for logger, message, _ in CAUSES if message and logger != "asyncio"]
)
def test_services_log_the_warnings_that_have_causes(logger: str, message: str) -> None:
    module = PROJECT / logger.replace(".", "/")
    files = module.rglob("*.py") if module.is_dir() else [module.with_suffix(".py")]
    assert any(f'"{message}' in file.read_text() for file in files)


def test_warnings_are_read_from_logs_with_their_time(tmp_path: Path) -> None:
    line = (
        '{"workspace_id":"%s","level":"%s","logger":"shared.kafka","time":"1970-01-01T00:00:05.500000Z",'
        '"message":"Strange","service":"router"}'
    )
    log = tmp_path / "router-0.log"
    log.write_text(
        "\n".join([line % ("a", "info"), line % ("a", "error"), line % (HOSTILE_ID, "warning"), '"level":"error"'])
    )
    found = scan_logs([log], phones=[], words=set(), secrets=set()).warnings
    assert [(one.at, one.level, one.logger, one.message, one.hostile) for one in found] == [
        (5.5, "error", "shared.kafka", "Strange", False),
        (5.5, "warning", "shared.kafka", "Strange", True),
        (0.0, "", "", '"level":"error"', False),
    ]


def test_hostile_workspace_may_have_dead_letters_and_gets_no_error_of_ours() -> None:
    letter = DeadLetterSummary("1", "malformed_item", "ingress", "no id", "", hostile=True)
    assert violated(letters=[letter], hostile={200: 5, 403: 2, 413: 1, 503: 1, 0: 1}) == []
    assert violated(hostile={200: 5, 500: 1}) == ["the hostile workspace caused no error"]


def during_kafka_outage(*changes: ReadinessChange) -> list[str]:
    outage = fault(kind="outage", target="kafka", begun=START + 100, ended=START + 160, lasted=60.0)
    return violated(
        faults=[outage],
        seen=[ReadinessChange(START, "router-0", 200), *changes, ReadinessChange(START + 200, "router-0", 200)],
    )


def test_ready_service_during_a_kafka_outage_is_found() -> None:
    assert during_kafka_outage(ReadinessChange(START + 104, "router-0", 503)) == []
    assert during_kafka_outage(ReadinessChange(START + 120, "router-0", 503)) == ["readiness is correct"]
    back_to_ready = (ReadinessChange(START + 104, "router-0", 503), ReadinessChange(START + 130, "router-0", 200))
    assert during_kafka_outage(*back_to_ready) == ["readiness is correct"]
    assert during_kafka_outage() == ["readiness is correct"]


def test_ingress_may_be_ready_without_mongodb_and_all_must_be_ready_at_the_end() -> None:
    outage = fault(kind="outage", target="mongodb", begun=START + 100, ended=START + 160, lasted=60.0)
    assert violated(faults=[outage], seen=[ReadinessChange(START, "ingress-0", 200)]) == []
    assert violated(seen=[ReadinessChange(START, "ai-0", 200), ReadinessChange(START + 1, "ai-0", 503)]) == [
        "readiness is correct"
    ]


def test_process_above_the_memory_limit_is_found() -> None:
    assert violated(memory=[ProcessMemory("ai-1", 401.0, 100.0, 400.0)]) == ["memory is bounded"]


def test_unexpected_exits_and_missing_processes_are_found() -> None:
    assert violated(deaths=[UnexpectedExit("ai-0", "ai-0 ended (exit code 1)")]) == ["no process ended by itself"]
    assert violated(missing_processes=["ai-0"]) == ["no process ended by itself"]


def test_recovery_is_the_time_until_all_accepted_messages_are_answered() -> None:
    evidence = good_run()
    evidence.faults[0].ended = START + 2.5  # three messages were accepted by then, the third at +2
    last = max(sends_of(evidence, output)[0].at for message in evidence.messages[:3] for output in message.outputs)
    set_recovery_times(evidence)
    assert evidence.faults[0].recovery == pytest.approx(last - START - 2.5)
    assert values_by_kind(evidence.faults, lambda one: one.recovery) == {"kill": [evidence.faults[0].recovery]}


def test_recovery_is_none_while_a_message_is_unanswered() -> None:
    evidence = evidence_with(accepted=without(GOOD.messages[0].outputs[0]))
    set_recovery_times(evidence)
    assert evidence.faults[0].recovery is None


def evidence_with(**changes: object) -> Evidence:
    return dataclasses.replace(good_run(), **changes)  # type: ignore[arg-type]
