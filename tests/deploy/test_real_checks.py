"""`make verify-image` and `make verify-cluster` skip loudly, and know the guide that they follow."""

from pathlib import Path

import pytest

from devtools.deploy import image
from devtools.deploy.check_result import CheckFailed, ToolUnavailable
from devtools.deploy.cluster import build, guide
from devtools.deploy.cluster import verify as cluster
from devtools.deploy.engine import verify as engine

_BLOCKS = (
    "create secret generic parley-secrets",
    "create secret generic parley-kafka",
    "-l 'app.kubernetes.io/component notin",
    "set-last-applied",
    "name: parley-keys",
)


@pytest.mark.parametrize("marker", _BLOCKS)
def test_guide_has_the_commands_that_the_check_runs(marker: str) -> None:
    assert "kubectl" in guide.block(marker)


def test_commands_end_at_the_first_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(guide, "block", lambda _marker: "echo begun\nfalse\necho never > file\n")
    with pytest.raises(CheckFailed, match="begun"):
        guide.run_block("any", tmp_path, {"PATH": "/usr/bin:/bin"})
    assert not (tmp_path / "file").exists()


def test_cluster_check_is_skipped_in_ci_without_a_built_control_plane(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("CI", "true")
    assert cluster.verify() == 0
    assert "NOT CHECKED: the manifests were not applied" in capsys.readouterr().out
    assert not build.folder().exists()


def test_image_check_is_skipped_without_root(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert engine.verify() == 0
    assert "NOT CHECKED: the image was neither built nor run: a Docker engine needs Linux and root" in (
        capsys.readouterr().out
    )


def test_image_is_not_built_where_the_base_image_cannot_be_had(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An engine without a registry: the check is skipped and does not fail."""
    docker = tmp_path / "docker"
    docker.write_text('#!/bin/sh\n[ "$1" = info ] && exit 0\necho "no route to the registry" >&2\nexit 1\n')
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(ToolUnavailable, match=r"python:3.11.*cannot be had.*no route to the registry"):
        image.check_built_image()
