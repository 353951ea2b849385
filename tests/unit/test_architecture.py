"""House rules that no linter checks."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Modules that may query MongoDB without a workspace, and the reason.
ACROSS_WORKSPACES = {
    "shared/repositories/users.py": "users belong to no workspace",
    "shared/repositories/sessions.py": "sessions belong to users",
    "shared/repositories/account_links.py": "links belong to users",
    "shared/repositories/memberships.py": "finds the workspaces of a user",
    "shared/repositories/api_key_directory.py": "finds the workspace of a key",
    "shared/repositories/directory.py": "finds the workspace of a number",
    "shared/repositories/identity_cache.py": "follows the changed links of all workspaces",
    "shared/repositories/workspaces.py": "reads the workspaces themselves",
    "shared/repositories/workspace_editor.py": "writes the workspaces themselves",
    "shared/repositories/dead_letter_positions.py": "has the positions in a topic of all workspaces",
    "shared/repositories/channel_states.py": "watches over the channels of all workspaces",
    "shared/repositories/unreadable_channels.py": "tries the secrets of all workspaces",
    "shared/repositories/broadcast_queue.py": "finds the broadcasts of all workspaces that are to go on",
    "shared/repositories/timers.py": "finds the conversations of all workspaces whose time has come",
    "shared/repositories/job_queue.py": "finds the jobs of all workspaces that wait",
    "shared/repositories/webhook_queue.py": "finds the calls of all workspaces that are due",
    "shared/maintenance/backup_note.py": "notes the backup of the whole database",
    "shared/maintenance/dump.py": "backs up and restores the whole database",
    "shared/maintenance/restored.py": "pauses the broadcasts of a restored database",
    "shared/maintenance/migrations.py": "changes documents of all workspaces",
    "shared/maintenance/operator.py": "operators' tools",
    "shared/maintenance/indexes.py": "makes indexes",
    "shared/storage/mongo.py": "is the driver's adapter",
}


def test_repositories_query_within_a_workspace() -> None:
    for path in (ROOT / "shared").rglob("*.py"):
        name = path.relative_to(ROOT).as_posix()
        if name in ACROSS_WORKSPACES:
            continue
        for line in path.read_text().splitlines():
            if ".collection(" in line:
                assert "Scoped(" in line, f"{name}: a collection is used without Scoped: {line.strip()}"


def test_architecture_page_names_the_repositories_that_see_all_workspaces() -> None:
    page = (
        (ROOT / "docs/architecture.md").read_text().partition("Only these see all workspaces")[2].partition("\n\n")[0]
    )
    named = set(re.findall(r"`(\w+\.py)`", page))
    assert named == {Path(path).name for path in ACROSS_WORKSPACES if path.startswith("shared/repositories/")}


def test_only_repositories_use_collections() -> None:
    for folder in ("services", "devtools"):
        for path in (ROOT / folder).rglob("*.py"):
            if path.is_relative_to(ROOT / "devtools" / "stack"):
                continue  # starts and initiates the server itself
            assert ".collection(" not in path.read_text(), f"{path.relative_to(ROOT)} uses a collection"


@pytest.mark.parametrize("page", sorted((ROOT / "docs").rglob("*.md")), ids=lambda page: page.name)
def test_every_path_named_in_the_docs_exists(page: Path) -> None:
    for name in re.findall(r"`((?:services|shared|devtools|tests|docs)/[\w/.-]+)`", page.read_text()):
        assert (ROOT / name).exists(), f"{page.name} names {name}"
