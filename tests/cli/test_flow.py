"""`parley flow` validates, draws and simulates flows without sending anything."""

from pathlib import Path

import pytest

from tests.cli.runner import ROOT, parley

LEAD = ROOT / "docs/examples/flows/lead.yaml"
APPOINTMENT = ROOT / "docs/examples/flows/appointment.yaml"


def test_valid_flows_are_listed_with_their_versions() -> None:
    done = parley("flow", "validate", str(LEAD), str(APPOINTMENT))
    assert done.code == 0, done.err
    assert [line.split(": ")[1].split(",")[0] for line in done.out.splitlines()] == ["lead", "appointment"]


def test_each_mistake_is_one_line_with_file_line_and_step(tmp_path: Path) -> None:
    one, two = tmp_path / "one.yaml", tmp_path / "two.yaml"
    one.write_text("flow: one\nsteps:\n  hi: Hi {{ nam }}\n  go: {jump: nowhere}\n")
    two.write_text("flow: two\nsteps:\n\thi: Hi\n")
    done = parley("flow", "validate", str(one), str(two), str(tmp_path / "three.yaml"))
    assert done.code == 1
    assert [line.removeprefix(str(tmp_path)).split(": ")[0] for line in done.out.splitlines()] == [
        "/one.yaml:3",
        "/one.yaml:4",
        "/two.yaml:3",
        "/three.yaml",
    ]
    assert "hi: `nam` is not a variable of this flow" in done.out
    assert "go: there is no step `nowhere`; name one of this flow" in done.out


def test_warning_is_one_line_and_no_mistake(tmp_path: Path) -> None:
    file = tmp_path / "one.yaml"
    file.write_text("flow: one\nsteps:\n  hi: {choose: Well, options: {Go on: end, Stop: end}}\n")
    done = parley("flow", "validate", str(file))
    assert done.code == 0
    assert done.out.splitlines()[1].startswith(f"{file}:3: hi: warning: customers opt out with `Stop`")


def test_flows_are_checked_against_each_other_and_known_actions(tmp_path: Path) -> None:
    one, two = tmp_path / "one.yaml", tmp_path / "two.yaml"
    one.write_text("flow: one\ntriggers: {keywords: hi}\nsteps:\n  a: {call: shop.ad}\n")
    two.write_text("flow: two\ntriggers: {keywords: Hi!}\nsteps:\n  a: {sub_flow: on}\n")
    done = parley("flow", "validate", str(one), str(two))
    assert done.code == 1
    assert done.out.splitlines() == [
        f"{one}:4: a: there is no action `shop.ad`; did you mean `shop.add`?",
        f"{two}:2: triggers: `keywords: hi` begins `one` too; take it from one, or give one a higher `priority`",
        f"{two}:4: a: there is no flow `on`; did you mean `one`?",
    ]


@pytest.mark.parametrize(
    "raw", [b"\xff\xfe", b"flow: \x00", b"x" * 600_000, b""], ids=["not UTF-8", "null", "huge", "empty"]
)
def test_unreadable_file_is_reported_without_traceback(raw: bytes, tmp_path: Path) -> None:
    file = tmp_path / "flow.yaml"
    file.write_bytes(raw)
    done = parley("flow", "validate", str(file))
    assert done.code == 1
    assert done.out.startswith(str(file))
    assert "Traceback" not in done.out + done.err


def test_flow_is_drawn_as_mermaid() -> None:
    done = parley("flow", "show", str(APPOINTMENT))
    assert done.out.splitlines()[:2] == ["flowchart TD", '  start(["appointment"]) --> s0']


def test_invalid_flow_is_not_drawn(tmp_path: Path) -> None:
    file = tmp_path / "flow.yaml"
    file.write_text("flow: f\nsteps: {a: {jump: b}}\n")
    done = parley("flow", "show", str(file))
    assert (done.code, done.out) == (1, "")
    assert f"{file}:2: a: there is no step `b`" in done.err


def test_simulate_answers_with_the_given_texts() -> None:
    messages = ("My home", "lots", "300", "ada@example.com")
    done = parley(
        "flow", "simulate", str(LEAD), *(word for text in messages for word in ("--say", text)), "--currency", "NGN"
    )
    assert done.code == 0, done.err
    for line in (
        "bot> What is it for?",
        "     [My business]  [My home]",
        "you> lots",
        "bot> Please write a number, such as 500.",
        "  · customer: +lead, budget = 300, email = 'ada@example.com', company = ''",
        "bot> Thank you! You get our price list at ada@example.com today.",
        "  · flow lead: ended",
    ):
        assert line in done.out.splitlines(), done.out
    assert '"kind": "home", "budget": 300' in done.out


def test_simulate_passes_time_with_wait_command() -> None:
    messages = ("tomorrow", "/wait 1h", "/wait 1h", "/wait 3 weeks", "/fly", "/button Nothing")
    done = parley("flow", "simulate", str(APPOINTMENT), "--at", "2026-03-14T09:00:00",
                  *(word for text in messages for word in ("--say", text)))  # fmt: skip
    assert done.code == 0, done.err
    assert "bot> At what time on 2026-03-15?" in done.out
    assert "bot> Your appointment is not booked yet. Shall we go on?" in done.out
    assert "2026-03-14 11:00 UTC, step day" in done.out
    assert "write /wait and a time" in done.out
    assert "there is no /fly" in done.out


def test_simulate_reads_messages_from_standard_input() -> None:
    done = parley(
        "flow", "simulate", str(APPOINTMENT), stdin="tomorrow\n/vars\n2\n1\nappointment\nhello\n/quit\nnever\n"
    )
    assert done.code == 0, done.err
    assert "bot> Booked:" in done.out
    assert done.out.count("On which day would you like to come?") == 2, "its keyword starts it again"
    assert "never" not in done.out


def test_simulate_needs_the_files_of_sub_flows(tmp_path: Path) -> None:
    outer, inner = tmp_path / "outer.yaml", tmp_path / "inner.yaml"
    outer.write_text("flow: outer\nvariables: {it: ''}\nsteps:\n  a: {sub_flow: inner}\n  b: {end: 'Got {{ it }}'}\n")
    inner.write_text("flow: inner\nsteps:\n  q: {ask: Which, save: it}\n")
    alone = parley("flow", "simulate", str(outer))
    assert alone.code == 1
    assert "there is no flow `inner`" in alone.err
    done = parley("flow", "simulate", str(outer), "--also", str(inner), "--say", "two")
    assert "bot> Got two" in done.out
