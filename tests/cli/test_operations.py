"""Operators' commands on a running stack: backup, restore, migrate, archive, rotate-secrets, stats, topics."""

import base64
import io
import json
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console

from devtools.cli.unreadable import show_unreadable_secrets
from devtools.stack.services import known_services
from shared.topics import GROUPS
from tests.cli.conftest import Live
from tests.cli.runner import parley


def test_backup_is_verified_and_overwrites_nothing(live: Live, customer: str, tmp_path: Path) -> None:
    live.write("When do you open?", customer)
    live.received(customer)
    file = tmp_path / "parley.jsonl.gz"
    done = live.parley("backup", str(file))
    assert done.code == 0, done.err
    assert "restored into a temporary database and compared" in done.out
    assert "workspaces" in done.out
    checked = live.parley("restore", str(file), "--check")
    assert (checked.code, "in the file" in checked.out) == (0, True)

    again = live.parley("backup", str(file))
    assert (again.code, "file exists" in again.err) == (1, True)
    into_full = live.parley("restore", str(file))
    assert (into_full.code, "restore into another database" in into_full.err) == (1, True)
    elsewhere = live.parley("restore", str(file), "--database", f"restored-{tmp_path.name}")
    assert (elsewhere.code, "restored and compared" in elsewhere.out) == (0, True), elsewhere.err
    assert live.parley("restore", str(file), "--database", f"restored-{tmp_path.name}").code == 1, "it has documents"
    file.write_bytes(file.read_bytes()[:-20])
    broken = live.parley("restore", str(file), "--check")
    assert (broken.code, "cannot be read" in broken.err) == (1, True)


def test_backup_into_a_folder_makes_room_and_is_named_by_its_time(live: Live, tmp_path: Path) -> None:
    old = [tmp_path / f"parley-{day}.jsonl.gz" for day in ("20250101", "20250102", "20250103T022000Z", "20250104")]
    for file in old:
        file.touch()
    done = live.parley("backup", str(tmp_path), "--keep-days", "14")
    assert (done.code, f"{old[0]} was deleted" in done.out) == (0, True), done.err
    (new,) = set(tmp_path.iterdir()) - set(old)
    assert set(tmp_path.iterdir()) == {*old[1:], new}, "the newest three are kept at any age"
    assert f"{new}:" in done.out
    assert live.parley("restore", str(new), "--check").code == 0
    no_folder = live.parley("backup", str(tmp_path / "one.jsonl.gz"), "--keep-days", "14")
    assert (no_folder.code, "needs a folder" in no_folder.err) == (1, True)


def test_migrated_database_has_no_pending_migrations(live: Live) -> None:
    assert live.parley("migrate").code == 0
    done = live.parley("migrate", "--check")
    assert (done.code, "is as version" in done.out) == (0, True)


def test_recent_messages_are_not_archived(live: Live, customer: str, tmp_path: Path) -> None:
    live.write("When do you open?", customer)
    live.received(customer)
    dry = live.parley("archive", "move", "-w", "acme", "--to", str(tmp_path), "--older-than", "30d")
    assert (dry.code, "Nothing has been changed" in dry.out) == (0, True), dry.err
    too_young = live.parley("archive", "move", "-w", "acme", "--to", str(tmp_path), "--older-than", "7d", "--yes")
    assert (too_young.code, "last 30 days stay" in too_young.err) == (1, True)
    assert live.parley("archive", "move", "-w", "acme", "--to", str(tmp_path), "--yes").code == 0
    of_all = live.parley("archive", "move", "--all", "--to", str(tmp_path))
    assert of_all.code == 0, of_all.err
    assert "acme" in {line.split()[0] for line in of_all.out.splitlines() if "would be moved" in line}
    both = live.parley("archive", "move", "--all", "-w", "acme", "--to", str(tmp_path))
    assert (both.code, "give one of" in both.err) == (1, True)
    found = live.parley("archive", "find", "-w", "acme", "--to", str(tmp_path), "--phone", customer)
    assert (found.code, "no such messages" in found.out) == (1, True)


def test_secrets_encrypted_with_the_first_key_are_not_changed(live: Live) -> None:
    done = live.parley("rotate-secrets", "--check")
    assert (done.code, "No secret needs another key" in done.out) == (0, True)
    done = live.parley("rotate-secrets")
    assert (done.code, "0 secrets encrypted" in done.out) == (0, True)


def test_stats_show_workspaces_and_processes(live: Live, customer: str) -> None:
    live.write("When do you open?", customer)
    live.received(customer)
    found = json.loads(live.parley("stats", "--json").out)
    acme = next(row for row in found["workspaces"] if row["workspace"] == "acme")
    assert acme["messages"] >= 1
    assert acme["customers"] >= 1
    assert len(found["processes"]) == len(known_services())
    shown = live.parley("stats", "--ops", "http://127.0.0.1:1").out
    assert "acme" in shown
    assert "does not answer" in shown
    assert "partitions" in live.parley("stats").out


def test_topics_are_checked_and_lag_is_listed(live: Live) -> None:
    for command in ("check", "create"):
        done = live.parley("topics", command)
        assert (done.code, "topics match the table" in done.out) == (0, True), done.err
    rows = live.parley("topics", "lag", "--json").lines()
    assert {(row["group"], row["topic"]) for row in rows} == {
        (group, topic.name) for group, topics in GROUPS.items() for topic in topics
    }
    assert all(row["members"] == 1 for row in rows)
    while "unread records" in (resized := live.parley("topics", "resize")).err:  # offsets are committed every 2 s
        live.parley("topics", "lag")
    assert "Nothing to do" in resized.out
    refused = live.parley("topics", "resize", "nothing")
    assert (refused.code, "say which topic" in refused.err) == (1, True)


def test_recount_shows_differences_and_corrects_them(live: Live, customer: str) -> None:
    live.write("When do you open?", customer)
    live.received(customer)
    today = f"{datetime.now(ZoneInfo('Africa/Lagos')):%Y-%m-%d}"  # the zone of the demo
    done = live.parley("console", "recount", "acme", today)
    assert (done.code, "received faq" in done.out, "--correct" in done.out) == (1, True, True), done.err
    assert live.parley("console", "recount", "acme", today, "--correct").code == 0
    bad = live.parley("console", "recount", "acme", "14.3.2026")
    assert (bad.code, "is not a day" in bad.err) == (1, True)


def test_secrets_that_cannot_be_read_are_named_and_nothing_is_rotated(live: Live, tmp_path: Path) -> None:
    """A lost key would otherwise show only when a customer is not answered."""
    present = live.stack.env["SECRETS_KEY"].partition(":")
    other = base64.b64encode(b"another key of thirty-two bytes!").decode()
    same_name = f"{present[0]}:{other}" if present[1] else other
    for key, reason in ((f"lost:{other}", "which SECRETS_KEY lacks"), (same_name, "does not decrypt")):
        env = {**live.stack.env, "SECRETS_KEY": key}
        for command in (["rotate-secrets"], ["rotate-secrets", "--check"]):
            done = parley(*command, "--dir", str(tmp_path), env=env)
            assert (done.code, reason in done.err, "nothing was changed" in done.err) == (1, True, True), done.err
        listed = parley("channels", "list", "--dir", str(tmp_path), env=env)
        assert (listed.code, reason in " ".join(listed.out.split())) == (1, True), listed.out
    assert live.parley("rotate-secrets", "--check").code == 0


def test_start_with_another_key_says_what_does_not_work_and_what_to_do(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in live.stack.env.items():
        monkeypatch.setenv(name, value)
    assert _start_lines(live) == ""
    monkeypatch.setenv("SECRETS_KEY", base64.b64encode(b"another key of thirty-two bytes!").decode())
    shown = _start_lines(live)
    assert "SECRETS_KEY does not decrypt main.access_token of acme" in shown
    assert f"uses its own then, {live.dir}/secrets-key" in shown
    assert "apply -f FILE" in shown
    assert (live.dir / "secrets-key").read_text() == live.stack.env["SECRETS_KEY"]


def _start_lines(live: Live) -> str:
    screen = Console(file=io.StringIO(), width=80)
    show_unreadable_secrets(screen, live.dir)
    assert isinstance(screen.file, io.StringIO)
    return screen.file.getvalue()
