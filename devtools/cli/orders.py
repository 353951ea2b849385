"""`parley orders`: what customers have ordered; give an order its next state, of which the customer hears."""

import asyncio
import getpass
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from devtools.cli.connections import Connections, connections, producing, run
from devtools.cli.running import DEFAULT_DIR, export_if_running
from devtools.cli.screen import console
from devtools.stack.errors import StackError
from shared.clock import SystemClock
from shared.domain import ids
from shared.domain.orders import (
    ALLOWED_TRANSITIONS,
    Order,
    OrderState,
    TransitionNotAllowed,
    check_transition,
    parse_order_number,
)
from shared.kafka.codec import to_record
from shared.messages.commands import OrderChanged
from shared.repositories.conversations import Conversations
from shared.repositories.orders import Orders
from shared.storage.documents import plain
from shared.text.printable import one_line
from shared.topics import CONVERSATION_COMMANDS

DirOption = Annotated[Path, typer.Option("--dir", help="State directory of the stack.")]
WorkspaceOption = Annotated[str, typer.Option("--workspace", "-w", help="Whose orders.")]
NumberArgument = Annotated[str, typer.Argument(help="The order's number, such as K7M4-Q2XC.")]
_PATIENCE = 10.0  # seconds until the router has done it
_LOOK = 0.2


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Orders: list, show, advance.", no_args_is_help=True)
    group.command("list")(list_orders)
    group.command()(show)
    group.command()(advance)
    app.add_typer(group, name="orders")


def list_orders(
    workspace: WorkspaceOption,
    state: Annotated[str, typer.Option("--state", help="Only those in this state.")] = "",
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=1000, help="At most so many.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on one line for each order.")] = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """List orders, the newest first."""
    wanted = _state(state) if state else None
    found = _with_stack(dir, _find(workspace, wanted, limit))
    for order in found:
        if as_json:
            print(json.dumps(_plain(order)))
            continue
        what = f"{sum(line.quantity for line in order.lines):,} pieces of {len(order.lines)} products"
        at = f"{order.placed_at:%Y-%m-%d %H:%M:%S} UTC"
        console().print(f"{order.number}  {order.state:<9}  {at}  {order.currency} {order.total}  {what}")
    if not found and not as_json:
        print(f"{workspace} has no orders{f' that are {state}' if state else ''}.")


def show(
    number: NumberArgument,
    workspace: WorkspaceOption,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on one line.")] = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Show an order: what was ordered, what it costs, which states it has had."""
    order = _with_stack(dir, _get(workspace, number))
    if as_json:
        print(json.dumps(_plain(order)))
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
    text: Annotated[str, typer.Option("--text", help="What the customer is told, instead of the usual words.")] = "",
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Give an order another state; the customer is told. Waits until the router has done it."""
    order, why_not = _with_stack(dir, _advance(workspace, number, _state(state), text))
    print(f"{order.number} is {order.state} now; the customer is {f'not told: {why_not}' if why_not else 'told'}.")


def _with_stack(dir: Path, work: Any) -> Any:  # noqa: A002 - as the option is called
    export_if_running(dir)
    return run(work)


def _state(written: str) -> OrderState:
    try:
        return OrderState(written.lower())
    except ValueError:
        raise StackError(f"{written!r} is not a state of an order: {', '.join(OrderState)}") from None


@asynccontextmanager
async def _of(workspace: str) -> AsyncIterator[Connections]:
    """Connected. Raises StackError when there is no such workspace."""
    async with connections() as known:
        names = await known.operator.workspaces()
        if workspace not in names:
            raise StackError(f"there is no workspace {workspace!r}; there are: {', '.join(names) or 'none'}")
        yield known


async def _find(workspace: str, state: OrderState | None, limit: int) -> list[Order]:
    async with _of(workspace) as known:
        return await Orders(known.mongo, workspace).find(state, limit)


async def _get(workspace: str, number: str) -> Order:
    async with _of(workspace) as known:
        return await _known(known, workspace, number)


async def _known(known: Connections, workspace: str, number: str) -> Order:
    order = await Orders(known.mongo, workspace).get(parse_order_number(number))
    if order is None:
        raise StackError(f"{workspace} has no order {number}; `parley orders list` shows which it has")
    return order


async def _advance(workspace: str, number: str, state: OrderState, text: str) -> tuple[Order, str]:
    """Ask the router for it and wait: the order, and why the customer is not told, or an empty text.

    Raises StackError when it is not allowed, or not done in time.
    """
    async with _of(workspace) as known:
        order = await _known(known, workspace, number)
        try:
            check_transition(order.number, order.state, state)
        except TransitionNotAllowed as error:
            raise StackError(str(error)) from None
        conversations = Conversations(known.mongo, workspace)
        conversation = await conversations.get(order.conversation_id)
        if conversation is None:
            raise StackError(f"{order.number} belongs to a customer who has been erased; nobody could be told")
        command = _command(order, workspace, state, text)
        record = to_record(CONVERSATION_COMMANDS, command, lane=conversation.id, shards=conversation.shards)
        async with producing(known.settings) as producer:
            await producer.send([record], _PATIENCE)
        advanced = await _until(known, workspace, order.number, state)
        _, recorded = await conversations.load(conversation.id, command.id)
        return advanced, recorded.decision.partition("not told: ")[2] if recorded is not None else ""


def _command(order: Order, workspace: str, state: OrderState, text: str) -> OrderChanged:
    """The same change asked for twice is one command. Its id has the state before, for one may be refused too early."""
    id_ = ids.derived_id("order-changed", order.id, order.state.value, state.value)
    return OrderChanged(
        id=id_,
        workspace=workspace,
        correlation_id=ids.correlation_id(id_),
        created_at=SystemClock().now(),
        conversation_id=order.conversation_id,
        by=_user(),
        number=order.number,
        state=state.value,
        text=text,
    )


async def _until(known: Connections, workspace: str, number: str, state: OrderState) -> Order:
    try:
        async with asyncio.timeout(_PATIENCE):
            while True:
                order = await _known(known, workspace, number)
                if any(change.state is state for change in order.states):
                    return order
                await asyncio.sleep(_LOOK)
    except TimeoutError:
        raise StackError(
            f"{number} is not {state} after {_PATIENCE:.0f} s; it will be as soon as the router gets to it, if it runs"
        ) from None


def _plain(order: Order) -> Any:
    return plain(order)


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user need not have a name
        return "unknown"
