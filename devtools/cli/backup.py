"""`parley backup`, `parley restore` and `parley migrate`: back up, restore and migrate the database."""

import errno
import os
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from devtools.cli import backup_folder
from devtools.cli.connections import connected_mongo, run
from devtools.cli.running import DEFAULT_DIR, DirOption, export_if_running
from devtools.stack.errors import StackError
from shared.clock import SystemClock
from shared.errors import AccessRefused, Conflict, DependencyAway
from shared.maintenance import dump, migrations
from shared.maintenance.backup_note import BackupNote, Verified, write_note
from shared.maintenance.dump import BadDump, CollectionContent
from shared.maintenance.restored import stop_repeating
from shared.storage.mongo import Mongo

_COPY = "-verify-"  # in the name of a temporary database, before its time
_VERIFIED: dict[Verified, str] = {
    "read_back": "written and read back; not restored, because the MongoDB user may write to no other database",
    "restored": "written, restored into a temporary database and compared",
}


def register(app: typer.Typer) -> None:
    app.command()(backup)
    app.command()(restore)
    app.command()(migrate)


def backup(
    file: Annotated[
        Path,
        typer.Argument(help="File to write, such as before-upgrade.jsonl.gz; in a folder it is named by its time."),
    ],
    verify: Annotated[bool, typer.Option(help="Restore it into a temporary database, compare, and drop that.")] = True,
    keep_days: Annotated[
        int | None,
        typer.Option(min=1, help="First delete the folder's backups that are older, but never the newest three."),
    ] = None,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Write a consistent copy of MongoDB to a file while the services run, and note there that it was made.

    The file gets its name when it is complete and verified. It contains customers' messages, and credentials encrypted
    with SECRETS_KEY: store that key elsewhere.
    """
    export_if_running(dir)
    if keep_days is not None and not file.is_dir():
        raise StackError(f"{file}: --keep-days needs a folder")
    try:
        if file.is_dir():
            file = _next_in(file, keep_days)
        _print(*_write(file, verify))
    except (OSError, BadDump) as error:
        raise StackError(f"{file}: {_reason(error)}") from None


def restore(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A file written by `parley backup`.")],
    check: Annotated[bool, typer.Option("--check", help="Only read the file and print its contents.")] = False,
    database: Annotated[
        str, typer.Option(help="Database of the same server to restore into; default: MONGODB_DATABASE.")
    ] = "",
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Restore a backup into an empty database and verify it. Start the services afterwards.

    Broadcasts that were scheduled or running are paused: their messages may have been sent since the backup.
    """
    export_if_running(dir)
    try:
        found = dump.check(file) if check else run(_restore(file, database))
    except (OSError, dump.BadDump) as error:
        raise StackError(f"{file}: {_reason(error)}") from None
    except dump.NotEmpty as error:
        raise StackError(f"{error}: restore into another database (--database …), or drop it first") from None
    _print(found, "in the file" if check else "restored and compared")


def migrate(
    check: Annotated[bool, typer.Option("--check", help="Only say what is to be done.")] = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Create the indexes and migrate stored documents to this version. The services may keep running.

    Exit code 1: it failed, or with --check there is something to be done, as in a new database.
    """
    export_if_running(dir)
    try:
        lines, code = run(_migrate(check))
    except Conflict as error:
        raise StackError(str(error)) from None
    print("\n".join(lines))
    if code:
        raise typer.Exit(code)


def _next_in(folder: Path, keep_days: int | None) -> Path:
    """Return the file of the next backup of a folder. Old ones make room first: the volume may be full."""
    now = SystemClock().now()
    deleted = backup_folder.delete_unfinished(folder, now)
    if keep_days is not None:
        deleted += backup_folder.delete_older(folder, now - timedelta(days=keep_days))
    for file in deleted:
        print(f"{file} was deleted.")
    file = backup_folder.file_of(folder, now)
    print(f"{file}:")
    return file


def _write(file: Path, verify: bool) -> tuple[dict[str, CollectionContent], str]:
    """Write a backup; return its content, and in words how it was verified. After an error no file is left.

    A verified backup is noted in the database once its file has its name.
    """
    if file.exists():
        raise _exists()
    at = SystemClock().now()
    backup_folder.delete_unfinished_of(file, at)
    part = backup_folder.part_of(file)
    try:
        written, verified = run(_backup(part, at, verify))
        _name(part, file)
    finally:
        part.unlink(missing_ok=True)
    if verified is None:
        return written, "written, not verified; the alert BackupMissed counts verified backups only"
    documents = sum(content.documents for content in written.values())
    return written, _VERIFIED[verified] + run(_note(BackupNote(at, file.stat().st_size, documents, verified)))


def _name(part: Path, file: Path) -> None:
    """Give a finished backup its name. Raises FileExistsError when another backup has it by now, OSError."""
    try:
        file.hardlink_to(part)  # unlike a rename it never replaces a file
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if file.exists():
            raise _exists() from None
        part.rename(file)


def _exists() -> FileExistsError:
    return FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))


async def _backup(file: Path, at: datetime, verify: bool) -> tuple[dict[str, CollectionContent], Verified | None]:
    async with connected_mongo() as mongo:
        written = await dump.dump(mongo, file, at)
        return written, await _verified(mongo, file, written) if verify else None


async def _note(note: BackupNote) -> str:
    """Note a backup, which is good whether that succeeds or not; return in words what else is to be said."""
    try:
        async with connected_mongo() as mongo:
            await write_note(mongo, note)
    except (DependencyAway, StackError) as error:
        return f".\nIt could not be noted in the database, so the alert BackupMissed does not know of it: {error}"
    return ""


async def _verified(mongo: Mongo, file: Path, written: dict[str, CollectionContent]) -> Verified:
    """Verify a backup as well as our rights allow; return how. The copy is dropped, whatever happens. Raises BadDump,
    OSError, DependencyAway.
    """
    now = SystemClock().now()
    await _drop_abandoned_copies(mongo, now)
    temporary = mongo.other_database(f"{mongo.database}{_COPY}{now:%Y%m%d%H%M%S}")
    try:
        await dump.restore(temporary, file)
        await temporary.drop_collections()
    except AccessRefused:
        if dump.check(file) != written:
            raise BadDump("what was written is not what was read") from None
        return "read_back"
    except BaseException:
        with suppress(DependencyAway, AccessRefused):  # the failure must be said, even if the copy cannot be dropped
            await temporary.drop_collections()
        raise
    return "restored"


async def _drop_abandoned_copies(mongo: Mongo, now: datetime) -> None:
    """Drop the copies that verifications have left which were killed. Raises DependencyAway."""
    prefix = f"{mongo.database}{_COPY}"
    oldest = f"{prefix}{now - backup_folder.LONGEST_BACKUP:%Y%m%d%H%M%S}"
    with suppress(AccessRefused):  # without the right to see them there are none of ours
        for name in await mongo.databases(prefix):
            if name < oldest:
                await mongo.other_database(name).drop_collections()


async def _restore(file: Path, database: str) -> dict[str, CollectionContent]:
    async with connected_mongo() as connected:
        mongo = connected.other_database(database) if database else connected
        found = await dump.restore(mongo, file)
        await stop_repeating(mongo, SystemClock().now())
        return found


async def _migrate(check: bool) -> tuple[list[str], int]:
    async with connected_mongo() as mongo:
        return await migrations.run(mongo, check=check)


def _print(found: dict[str, CollectionContent], what: str) -> None:
    for name, content in found.items():
        if content.documents:
            print(f"{name:<24}{content.documents:>10}")
    print(f"{sum(content.documents for content in found.values())} documents {what}.")


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return (error.strerror or repr(error)).lower()
    return str(error)
