"""`parley replay` answers recorded messages with another prompt, model or flow."""

from pathlib import Path

import pytest

from tests.cli.conftest import Live
from tests.cli.runner import parley

FLOW = """
flow: delivery
triggers: {contains: [deliver]}
steps:
  one: "To which town?"
"""


def test_replay_with_another_prompt_reports_and_sends_nothing(live: Live, customer: str, tmp_path: Path) -> None:
    live.write("my zqreplay cup leaves rings", customer)
    live.received(customer)
    prompt, out = tmp_path / "new.md", tmp_path / "report.html"
    prompt.write_text("Sell <b>cups</b> too.")
    done = live.parley("replay", "-w", "acme", "--since", "1h", "--prompt", str(prompt), "--out", str(out))
    assert done.code == 0, done.err
    report = out.read_text()
    assert "zqreplay" in report
    assert "prompt: new.md" in report
    assert "cost, then → now" in report
    assert "<b>cups" not in report
    assert "http" not in report, "the report loads nothing from the network"
    assert len(live.received(customer)) == 1


def test_replay_with_another_flow_reports_and_sends_nothing(live: Live, customer: str, tmp_path: Path) -> None:
    live.write("Do you deliver?", customer)
    live.received(customer)
    flow, out = tmp_path / "delivery.yaml", tmp_path / "report.html"
    flow.write_text(FLOW)
    done = live.parley("replay", "-w", "acme", "--since", "1h", "--flow", str(flow), "--out", str(out))
    assert done.code == 0, done.err
    assert "To which town?" in out.read_text()
    assert len(live.received(customer)) == 1


MISTAKES = {
    "no change": ((), "name what to try"),
    "an FAQ that is not there": (("--faq", "f.csv"), "f.csv cannot be read"),
    "a missing file": (("--prompt", "nowhere.md"), "nowhere.md cannot be read"),
    "an invalid time": (("--model", "m", "--since", "soon"), "--since soon: write 2026-11-01"),
    "a time out of range": (("--model", "m", "--since", "999999999999d"), "write 2026-11-01"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_mistake_is_reported_in_one_line(case: str) -> None:
    arguments, expected = MISTAKES[case]
    done = parley("replay", "-w", "acme", *arguments)
    assert done.code == 1
    assert expected in done.err
    assert done.err.count("\n") == 1


def test_unknown_workspace_is_reported(live: Live) -> None:
    assert "there is no workspace 'nobody'" in live.parley("replay", "-w", "nobody", "--model", "m").err
