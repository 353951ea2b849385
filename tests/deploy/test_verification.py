"""The verification itself: what cannot be checked is said, and never taken for passed."""

from pathlib import Path

import pytest

from devtools.deploy import toolbox, verify
from devtools.deploy.check_result import Broken, Outcome, Unavailable, outcome_of, summary
from devtools.deploy.toolbox import Toolbox


def _check_with_finding() -> str:
    raise Broken("a typo")


def _unavailable_check() -> str:
    raise Unavailable("no registry")


def test_check_is_passed_failed_or_skipped() -> None:
    checks = (_check_with_finding, _unavailable_check, lambda: "3 files")
    assert [outcome_of("check", one).status for one in checks] == ["FAILED", "SKIPPED", "passed"]


def test_summary_lists_skipped_checks() -> None:
    lines = summary([Outcome("a", "passed", "", 0.0), Outcome("b", "SKIPPED", "no registry", 0.0)]).splitlines()
    assert lines == ["NOT CHECKED: b: no registry", "verify-deploy: 1 passed, 0 failed, 1 skipped"]


def test_unavailable_tool_is_installed_only_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    tools = Toolbox(tmp_path)
    for _ in range(2):
        with pytest.raises(Unavailable, match="hadolint cannot be installed"):
            tools.path("hadolint", "hadolint")
        monkeypatch.setattr(toolbox, "_install", None)


def test_without_tools_all_checks_are_reported_as_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def cannot_install(*_: object) -> None:
        raise Unavailable("there is no registry")

    monkeypatch.setattr(toolbox, "_install", cannot_install)
    monkeypatch.setattr("devtools.deploy.image.built", _unavailable_check)
    assert verify.verify(Toolbox(tmp_path)) == 0
    said = capsys.readouterr().out
    assert said.count("NOT CHECKED: ") == 12
    assert "verify-deploy: 0 passed, 0 failed, 12 skipped" in said


def test_finding_fails_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        verify.Verification, "checks", lambda _self: {"one": _check_with_finding, "two": _unavailable_check}
    )
    assert verify.verify(Toolbox(tmp_path)) == 1
    assert "FAILED  one" in capsys.readouterr().out
