"""`parley replay`: what another prompt, model or flow would have said."""

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


def test_a_model_is_asked_again_and_nothing_is_sent(live: Live, customer: str, tmp_path: Path) -> None:
    live.write("my zqreplay cup leaves rings", customer)
    live.got(customer)
    prompt, out = tmp_path / "new.md", tmp_path / "report.html"
    prompt.write_text("Sell <b>cups</b> too.")
    done = live.parley("replay", "-w", "acme", "--since", "1h", "--prompt", str(prompt), "--out", str(out))
    assert done.code == 0, done.err
    report = out.read_text()
    assert "zqreplay" in report
    assert "prompt: new.md" in report
    assert "cost, then → now" in report
    assert "<b>cups" not in report
    assert "http" not in report, "nothing is loaded from outside"
    assert len(live.got(customer)) == 1


def test_a_flow_is_tried_out_on_what_was_written(live: Live, customer: str, tmp_path: Path) -> None:
    live.write("Do you deliver?", customer)
    live.got(customer)
    flow, out = tmp_path / "delivery.yaml", tmp_path / "report.html"
    flow.write_text(FLOW)
    done = live.parley("replay", "-w", "acme", "--since", "1h", "--flow", str(flow), "--out", str(out))
    assert done.code == 0, done.err
    assert "To which town?" in out.read_text()
    assert len(live.got(customer)) == 1


MISTAKES = {
    "nothing to try": ((), "say what is to be tried"),
    "two things": (("--model", "m", "--flow", "f.yaml"), "say what is to be tried"),
    "no such file": (("--prompt", "nowhere.md"), "nowhere.md cannot be read"),
    "no such time": (("--model", "m", "--since", "soon"), "--since soon: write 2026-11-01"),
    "an endless time": (("--model", "m", "--since", "999999999999d"), "write 2026-11-01"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_one_line(case: str) -> None:
    arguments, said = MISTAKES[case]
    done = parley("replay", "-w", "acme", *arguments)
    assert done.code == 1
    assert said in done.err
    assert done.err.count("\n") == 1


def test_an_unknown_workspace_is_named(live: Live) -> None:
    assert "there is no workspace 'nobody'" in live.parley("replay", "-w", "nobody", "--model", "m").err
