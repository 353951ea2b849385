"""`parley orders`: lists and shows orders, and advances their state."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from devtools.cli.connections import Connections, connections, producing, run
from devtools.cli.running import DEFAULT_DIR, DirOption, export_if_running
from devtools.cli.screen import console
from devtools.cli.user import user_name
from shared.clock import SystemClock
from shared.domain.orders import (
    ALLOWED_TRANSITIONS,
    Order,
    OrderState,
)
from shared.operations.errors import NotFound
from shared.operations.orders.advance import AdvancedOrder, OrderAdvancer, find_order, order_state
from shared.repositories.orders import Orders
from shared.storage.documents import plain
from shared.text.printable import one_line

WorkspaceOption = Annotated[str, typer.Option("--workspace", "-w", help="The workspace.")]
NumberArgument = Annotated[str, typer.Argument(help="The order's number, such as K7M4-Q2XC.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Orders: list, show, advance.", no_args_is_help=True)
    group.command("list")(list_orders)
    group.command()(show)
    group.command()(advance)
    app.add_typer(group, name="orders")


def list_orders(
    workspace: WorkspaceOption,
    state: Annotated[str, typer.Option("--state", help="Only orders in this state.")] = "",
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=1000, help="At most this many.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """List orders, the newest first."""
    wanted = order_state(state) if state else None
    found = _with_stack(dir, _find(workspace, wanted, limit))
    for order in found:
        if as_json:
            print(json.dumps(plain(order)))
            continue
        what = f"{sum(line.quantity for line in order.lines):,} pieces of {len(order.lines)} products"
        at = f"{order.placed_at:%Y-%m-%d %H:%M:%S} UTC"
        console().print(f"{order.number}  {order.state:<9}  {at}  {order.currency} {order.total}  {what}")
    if not found and not as_json:
        print(f"{workspace} has no orders{f' that are {state}' if state else ''}.")


def show(
    number: NumberArgument,
    workspace: WorkspaceOption,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Show an order: products, total, note and history of states."""
    order = _with_stack(dir, _get(workspace, number))
    if as_json:
        print(json.dumps(plain(order)))
        return
    say = console().print
    say(f"{order.number}  {order.state}  {order.currency} {order.total}")
    for line in order.lines:
        say(f"  {line.quantity:,} x {one_line(line.name)} ({one_line(line.sku)}) at {line.price} = {line.total}")
    if order.note:
        say(f"  note: {one_line(order.note)}")
    for change in order.states:
        say(f"  {change.at:%Y-%m-%d %H:%M:%S} UTC  {change.state} by {change.by}")
    say(f"  conversation {order.conversation_id or 'erased'}, customer {order.customer_id or 'erased'}")
    say(f"  can become: {', '.join(ALLOWED_TRANSITIONS[order.state]) or 'nothing else'}")


def advance(
    number: NumberArgument,
    state: Annotated[str, typer.Argument(help="The new state: confirmed, paid, shipped, delivered or cancelled.")],
    workspace: WorkspaceOption,
    text: Annotated[str, typer.Option("--text", help="Text for the customer instead of the default.")] = "",
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Change the state of an order and notify the customer. Waits until the router has done it."""
    done = _with_stack(dir, _advance(workspace, number, order_state(state), text))
    notified = f"not notified: {done.not_told}" if done.not_told else "notified"
    print(f"{done.order.number} is {done.order.state} now; the customer is {notified}.")


def _with_stack(dir: Path, work: Any) -> Any:  # noqa: A002 - as the option is called
    export_if_running(dir)
    return run(work)


@asynccontextmanager
async def _workspace(workspace: str) -> AsyncIterator[Connections]:
    """Open connections. Raises NotFound when there is no such workspace."""
    async with connections() as known:
        names = await known.operator.workspaces()
        if workspace not in names:
            raise NotFound(f"there is no workspace {workspace!r}; there are: {', '.join(names) or 'none'}")
        yield known


async def _find(workspace: str, state: OrderState | None, limit: int) -> list[Order]:
    async with _workspace(workspace) as known:
        return await Orders(known.mongo, workspace).find(state, limit)


async def _get(workspace: str, number: str) -> Order:
    async with _workspace(workspace) as known:
        return await find_order(known.mongo, workspace, number)


async def _advance(workspace: str, number: str, state: OrderState, text: str) -> AdvancedOrder:
    async with _workspace(workspace) as known, producing(known.settings) as producer:
        order = await find_order(known.mongo, workspace, number)
        advancer = OrderAdvancer(known.mongo, workspace, producer, SystemClock(), user_name())
        return await advancer.advance(order, state, text)
