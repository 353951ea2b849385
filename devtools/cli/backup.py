"""`parley backup`, `parley restore`, `parley migrate`: the whole database to a file and back, and its versions."""

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
    file: Annotated[Path, typer.Argument(help="To write; such as parley-2026-03-04.jsonl.gz.")],
    verify: Annotated[bool, typer.Option(help="Restore it into a database beside, compare, and drop that.")] = True,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Write all of MongoDB to a file, as it is at one moment, while the services go on.

    Has what customers wrote, and credentials encrypted with SECRETS_KEY, which is not in it: keep that apart.
    """
    export_if_running(dir)
    try:
        _print(run(_backup(file, verify)), "written" + (", restored beside and compared" if verify else ""))
    except (OSError, BadDump) as error:
        raise StackError(f"{file}: {_why(error)}") from None


def restore(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="What `parley backup` wrote.")],
    check: Annotated[bool, typer.Option("--check", help="Only read the file and say what it has.")] = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Put a backup into an empty database (MONGODB_DATABASE), and compare. Start the services afterwards."""
    export_if_running(dir)
    try:
        found = dump.check(file) if check else run(_restore(file))
    except (OSError, dump.BadDump) as error:
        raise StackError(f"{file}: {_why(error)}") from None
    except dump.NotEmpty as error:
        raise StackError(f"{error}: restore into another one (MONGODB_DATABASE=…), or drop it first") from None
    _print(found, "in the file" if check else "restored and compared")


def migrate(
    check: Annotated[
        bool, typer.Option("--check", help="Only say what is to be done; exit code 1: something.")
    ] = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Create the indexes and migrate stored documents to this version. The services may go on meanwhile."""
    export_if_running(dir)
    try:
        found = run(_migrate(check))
    except Conflict as error:
        raise StackError(str(error)) from None
    print("\n".join(report(found)))
    if check and found:
        raise typer.Exit(1)


async def _backup(file: Path, verify: bool) -> dict[str, CollectionContent]:
    async with connections() as known:
        written = await dump.dump(known.mongo, file, SystemClock().now())
        if verify:
            beside = known.mongo.other_database(f"{known.mongo.database}-verify-{SystemClock().now():%Y%m%d%H%M%S}")
            try:
                await ensure_indexes(beside)
                await dump.restore(beside, file)
            finally:
                await beside.drop()
        return written


async def _restore(file: Path) -> dict[str, CollectionContent]:
    async with connections() as known:
        await ensure_indexes(known.mongo)
        return await dump.restore(known.mongo, file)


async def _migrate(check: bool) -> list[MigrationResult]:
    async with connections() as known:
        return await (migrations.pending(known.mongo) if check else migrations.migrate(known.mongo, SystemClock()))


def _print(found: dict[str, CollectionContent], what: str) -> None:
    for name, content in found.items():
        if content.documents:
            print(f"{name:<24}{content.documents:>10}")
    print(f"{sum(content.documents for content in found.values())} documents {what}.")


def _why(error: Exception) -> str:
    if isinstance(error, OSError):
        return (error.strerror or repr(error)).lower()
    return str(error)
