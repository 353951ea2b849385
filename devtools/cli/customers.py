"""`parley customers`: list, find, show and tag customers; list segments. Import, export and erasure: own modules."""

import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from devtools.cli import customers_erase, customers_files
from devtools.cli.connections import run
from devtools.cli.running import DEFAULT_DIR, DirOption
from devtools.cli.screen import console
from devtools.cli.workspace_session import operator_cause, workspace_session
from shared.domain.phone import mask
from shared.operations.customers.queries import CustomerQueries
from shared.operations.customers.tags import change_tags, tag_change
from shared.operations.masking import masked
from shared.text.printable import one_line

T = TypeVar("T")
WorkspaceOption = Annotated[str, typer.Option("--workspace", "-w", help="The workspace, unless there is only one.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")]
RawOption = Annotated[bool, typer.Option("--raw", help="Do not mask phone numbers.")]
LimitOption = Annotated[int, typer.Option(min=1, max=10_000, help="At most this many.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Customers: list, show, find, tag, import, export, erase, segments.", no_args_is_help=True)
    group.command("list")(list_customers)
    group.command()(show)
    group.command()(find)
    group.command()(tag)
    group.command("import")(customers_files.import_)
    group.command()(customers_files.export)
    group.command()(customers_erase.erase)
    group.command()(segments)
    app.add_typer(group, name="customers")


def list_customers(
    workspace: WorkspaceOption = "",
    segment: Annotated[str, typer.Option("--segment", "-s", help="Only the customers of this segment.")] = "",
    limit: LimitOption = 20,
    as_json: JsonOption = False,
    raw: RawOption = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """List those who wrote last, or the customers of a segment, and how many there are."""

    found = _query(dir, workspace, lambda it: it.page(segment, limit))
    _print(found.customers, as_json=as_json, raw=raw)
    if not as_json:
        print(f"{len(found.customers)} of {found.total}" + (f" in {segment}" if segment else " customers"))


def find(
    text: Annotated[str, typer.Argument(help="The beginning of a name, a phone number, #tag, @username or bsuid:…")],
    workspace: WorkspaceOption = "",
    limit: LimitOption = 20,
    as_json: JsonOption = False,
    raw: RawOption = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Find customers. Exit code 1 if there is none."""
    found = _query(dir, workspace, lambda it: it.find(text, limit))
    _print(found, as_json=as_json, raw=raw)
    if not found:
        if not as_json:
            print("Nobody is found by that.")
        raise typer.Exit(1)


def show(
    who: Annotated[str, typer.Argument(help="A customer's id, or what only one is found by.")],
    workspace: WorkspaceOption = "",
    as_json: JsonOption = False,
    raw: RawOption = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Show all that is known about one customer."""
    found = _query(dir, workspace, lambda it: it.get(who))
    if as_json:
        print(json.dumps(found, ensure_ascii=False, default=_time))
        return
    shown = found if raw else masked(found)
    for name, value in shown.items():
        if value not in ("", None, [], {}):
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=_time)
            print(f"{name:<18}{one_line(text)}")


def tag(
    who: Annotated[str, typer.Argument(help="A customer's id, or what only one is found by.")],
    add: Annotated[list[str] | None, typer.Option("--add", "-a", help="A tag to give; may be repeated.")] = None,
    remove: Annotated[list[str] | None, typer.Option("--remove", "-r", help="A tag to take; may be repeated.")] = None,
    workspace: WorkspaceOption = "",
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Give a customer tags, or take them away."""
    change = tag_change(add or (), remove or ())
    tags = _query(dir, workspace, lambda it: change_tags(it, who, change, operator_cause("tag", it.now)))
    print("tags: " + (", ".join(tags) or "none"))


def segments(
    workspace: WorkspaceOption = "",
    as_json: JsonOption = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """List the workspace's segments, their conditions, and how many customers each has now."""
    for one in _query(dir, workspace, lambda it: it.segments()):
        name, count = one.segment.name, one.customers
        conditions = one.segment.model_dump(mode="json", exclude_defaults=True, exclude={"name"})
        if as_json:
            print(json.dumps({"name": name, "customers": count, "asks": conditions}, ensure_ascii=False))
        else:
            text = ", ".join(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in conditions.items())
            print(f"{name:<24}{count:>9}  {text or 'everybody'}")


def _query(dir: Path, workspace: str, ask: Callable[[CustomerQueries], Awaitable[T]]) -> T:  # noqa: A002
    async def connected() -> T:
        async with workspace_session(dir, workspace) as known:
            return await ask(known.queries)

    return run(connected())


def _print(found: list[dict[str, Any]], *, as_json: bool, raw: bool) -> None:
    for one in found:
        if as_json:
            print(json.dumps(one, ensure_ascii=False, default=_time))
            continue
        number = one["phone"] or f"bsuid:{one['bsuid']}"
        last = f"{one['last_contacted_at']:%Y-%m-%d %H:%M}" if one["last_contacted_at"] else "never wrote"
        marks = [f"#{each}" for each in one["tags"]] + ["opted out"] * one["opted_out"]
        marks += ["undeliverable"] if one["undeliverable_at"] else []
        name = one["name"] or "(no name)"
        said = f"{one['id']}  {number if raw else mask(number)}  {name}  {last}  {' '.join(marks)}"
        console().print(" ".join(said.rstrip().splitlines()))


def _time(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)
