"""The verification itself: checks that cannot run are reported as skipped, never as passed."""

from pathlib import Path

import pytest

from devtools.deploy import toolbox, verify
from devtools.deploy.check_result import CheckFailed, CheckResult, ToolUnavailable, run_check, summary
from devtools.deploy.toolbox import Toolbox


def _check_with_finding() -> str:
    raise CheckFailed("a typo")


def _unavailable_check() -> str:
    raise ToolUnavailable("no registry")


def test_check_is_passed_failed_or_skipped() -> None:
    checks = (_check_with_finding, _unavailable_check, lambda: "3 files")
    assert [run_check("check", one).status for one in checks] == ["FAILED", "SKIPPED", "passed"]


def test_summary_lists_skipped_checks() -> None:
    lines = summary([CheckResult("a", "passed", "", 0.0), CheckResult("b", "SKIPPED", "no registry", 0.0)]).splitlines()
    assert lines == ["NOT CHECKED: b: no registry", "verify-deploy: 1 passed, 0 failed, 1 skipped"]


def test_unavailable_tool_is_installed_only_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    tools = Toolbox(tmp_path)
    for _ in range(2):
        with pytest.raises(ToolUnavailable, match="hadolint cannot be installed"):
            tools.path("hadolint", "hadolint")
        monkeypatch.setattr(toolbox, "_install", None)


def test_without_tools_all_checks_are_reported_as_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def cannot_install(*_: object) -> None:
        raise ToolUnavailable("there is no registry")

    monkeypatch.setattr(toolbox, "_install", cannot_install)
    monkeypatch.setattr("devtools.deploy.image.check_built_image", _unavailable_check)
    monkeypatch.setattr("devtools.deploy.digests.check", _unavailable_check)
    assert verify.verify(Toolbox(tmp_path)) == 0
    output = capsys.readouterr().out
    assert output.count("NOT CHECKED: ") == 15
    assert "verify-deploy: 0 passed, 0 failed, 15 skipped" in output


def test_finding_fails_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        verify.Verification, "checks", lambda _self: {"one": _check_with_finding, "two": _unavailable_check}
    )
    assert verify.verify(Toolbox(tmp_path)) == 1
    assert "FAILED  one" in capsys.readouterr().out
