"""Fetching Prometheus' tools into the cache that all checkouts share."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from devtools.observability import tools


@pytest.fixture(autouse=True)
def no_tools_on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "FOLDER", tmp_path / "tools")
    monkeypatch.setattr("shutil.which", lambda _: None)


def test_two_checkouts_fetch_a_package_only_once(monkeypatch: pytest.MonkeyPatch) -> None:
    fetched: list[str] = []

    def fetch(package: str) -> None:
        fetched.append(package)
        time.sleep(0.2)
        for name in tools.PACKAGES:
            if tools.PACKAGES[name] == package:
                file = tools.FOLDER / "usr/bin" / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.touch()

    monkeypatch.setattr(tools, "fetch", fetch)
    with ThreadPoolExecutor(2) as checkouts:
        missing = [checkouts.submit(tools.fetch_missing) for _ in range(2)]
        assert [one.result() for one in missing] == [[], []]
    assert sorted(fetched) == ["prometheus", "prometheus-alertmanager"]


def test_reason_of_a_failed_fetch_is_kept() -> None:
    assert {tool.name for tool in tools.fetch_missing()} == set(tools.PACKAGES)
    found = tools.find("promtool")
    assert isinstance(found, tools.MissingTool)
    assert found.reason.startswith("apt-get is missing")


def test_unusable_cache_is_the_reason_of_missing_tools(tmp_path: Path) -> None:
    (tmp_path / "tools").write_text("a file where the cache should be")
    missing = tools.fetch_missing()
    assert {tool.name for tool in missing} == set(tools.PACKAGES)
    assert all("exists" in tool.reason for tool in missing)
