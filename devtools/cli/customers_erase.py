"""`parley customers erase`: removes a customer from all that is stored."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from devtools.cli.connections import run
from devtools.cli.running import DEFAULT_DIR, DirOption
from devtools.cli.workspace_session import workspace_session
from devtools.stack.errors import StackError
from shared.clock import SystemClock
from shared.maintenance.archive import Archive, ArchiveUnreadable
from shared.maintenance.eraser import Eraser, ErasureSubject
from shared.operations.customers.erasure import erase_customer, find_subject
from shared.repositories.erasure_guard import SETTLED
from shared.storage.mongo import Mongo
from shared.workspace.config import Workspace


def erase(
    phone: Annotated[str, typer.Option("--phone", help="The person's number, in any form.")] = "",
    id: Annotated[str, typer.Option("--id", help="Or the customer's id, or bsuid:…")] = "",  # noqa: A002
    workspace: Annotated[str, typer.Option("--workspace", "-w", help="The workspace, unless there is only one.")] = "",
    archive: Annotated[
        Path | None,
        typer.Option("--archive", exists=True, file_okay=False, help="Also there: see `parley archive`."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it. Otherwise only say what would be removed.")] = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002
) -> None:
    """Erase a person: profile, conversations, messages, answers. Of orders, what the books need stays, without a name.

    What is on the topics stays there until its retention ends, and is dropped when it is replayed.
    """
    if bool(phone) == bool(id):
        raise StackError("name the customer by either --phone or --id")
    try:
        counts, shared = run(_erase(dir, workspace, phone, id, archive, yes))
    except (ArchiveUnreadable, OSError) as error:
        raise StackError(f"the archive cannot be changed, so nothing was erased in MongoDB: {error}") from None
    verb = "removed" if yes else "would be removed"
    for name, count in counts.items():
        print(f"{name:<16}{count:>8}  {'made anonymous' if name == 'orders' else verb}")
    if shared:
        print(f"{shared} earlier number(s) belong to somebody else now: what was said there stays.")
    if not yes:
        print("Nothing has been changed; do it with --yes. It cannot be undone.")


async def _erase(
    dir: Path,  # noqa: A002
    workspace: str,
    phone: str,
    id_: str,
    archive: Path | None,
    yes: bool,
) -> tuple[dict[str, int], int]:
    async with workspace_session(dir, workspace) as known:
        subject = await find_subject(known.mongo, known.workspace, phone=phone, id_=id_)
        if not yes:
            counts = await Eraser(known.mongo, known.workspace.workspace).counts(subject)
        else:
            # First: a repetition after a failure finds the conversations by the customer's document.
            archived = {} if archive is None else {"archive": _forget(known.mongo, known.workspace, archive, subject)}
            print(f"Waiting {SETTLED:.0f} s, until every process knows …")
            counts = await erase_customer(
                known.mongo, known.workspace.workspace, subject, SystemClock(), lambda: asyncio.sleep(SETTLED)
            )
            counts |= archived
        return counts, len(subject.shared)


def _forget(mongo: Mongo, workspace: Workspace, folder: Path, subject: ErasureSubject) -> int:
    return Archive(mongo, workspace.workspace, folder).forget(subject)
