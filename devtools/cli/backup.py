"""`parley backup`, `parley restore` and `parley migrate`: back up, restore and migrate the database."""

from pathlib import Path
from typing import Annotated

import typer

from devtools.cli.connections import connections, run
from devtools.cli.running import DEFAULT_DIR, export_if_running
from devtools.stack.errors import StackError
from shared.clock import SystemClock
from shared.errors import Conflict
from shared.maintenance import dump, migrations
from shared.maintenance.dump import BadDump, CollectionContent
from shared.maintenance.indexes import ensure_indexes
from shared.maintenance.migrations import MigrationResult, report

DirOption = Annotated[Path, typer.Option("--dir", help="State directory of the stack.")]


def register(app: typer.Typer) -> None:
    app.command()(backup)
    app.command()(restore)
    app.command()(migrate)


def backup(
    file: Annotated[Path, typer.Argument(help="File to write, such as parley-2026-03-04.jsonl.gz.")],
    verify: Annotated[bool, typer.Option(help="Restore it into a temporary database, compare, and drop that.")] = True,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Write a consistent copy of MongoDB to a file while the services run.

    It contains customers' messages, and credentials encrypted with SECRETS_KEY. Store that key elsewhere.
    """
    export_if_running(dir)
    try:
        _print(
            run(_backup(file, verify)),
            "written" + (", restored into a temporary database and compared" if verify else ""),
        )
    except (OSError, BadDump) as error:
        raise StackError(f"{file}: {_reason(error)}") from None


def restore(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A file written by `parley backup`.")],
    check: Annotated[bool, typer.Option("--check", help="Only read the file and print its contents.")] = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Restore a backup into an empty database (MONGODB_DATABASE) and verify it. Start the services afterwards."""
    export_if_running(dir)
    try:
        found = dump.check(file) if check else run(_restore(file))
    except (OSError, dump.BadDump) as error:
        raise StackError(f"{file}: {_reason(error)}") from None
    except dump.NotEmpty as error:
        raise StackError(f"{error}: restore into another database (MONGODB_DATABASE=…), or drop it first") from None
    _print(found, "in the file" if check else "restored and compared")


def migrate(
    check: Annotated[
        bool, typer.Option("--check", help="Only list pending migrations; exit code 1 if there are any.")
    ] = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Create the indexes and migrate stored documents to this version. The services may keep running."""
    export_if_running(dir)
    try:
        found = run(_migrate(check))
    except Conflict as error:
        raise StackError(str(error)) from None
    print("\n".join(report(found)))
    if check and found:
        raise typer.Exit(1)


async def _backup(file: Path, verify: bool) -> dict[str, CollectionContent]:
    async with connections() as connected:
        written = await dump.dump(connected.mongo, file, SystemClock().now())
        if verify:
            temporary = connected.mongo.other_database(
                f"{connected.mongo.database}-verify-{SystemClock().now():%Y%m%d%H%M%S}"
            )
            try:
                await ensure_indexes(temporary)
                await dump.restore(temporary, file)
            finally:
                await temporary.drop()
        return written


async def _restore(file: Path) -> dict[str, CollectionContent]:
    async with connections() as connected:
        await ensure_indexes(connected.mongo)
        return await dump.restore(connected.mongo, file)


async def _migrate(check: bool) -> list[MigrationResult]:
    async with connections() as connected:
        return await (
            migrations.pending(connected.mongo) if check else migrations.migrate(connected.mongo, SystemClock())
        )


def _print(found: dict[str, CollectionContent], what: str) -> None:
    for name, content in found.items():
        if content.documents:
            print(f"{name:<24}{content.documents:>10}")
    print(f"{sum(content.documents for content in found.values())} documents {what}.")


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return (error.strerror or repr(error)).lower()
    return str(error)
