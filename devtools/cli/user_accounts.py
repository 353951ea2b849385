"""`parley user`: creates, invites and disables users of the console, and lists and ends their sessions."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Annotated

import typer

from devtools.cli.connections import Connections, connections, run
from devtools.cli.running import DEFAULT_DIR, DirOption, export_if_running
from devtools.cli.screen import console
from devtools.cli.user import user_name
from devtools.stack.errors import StackError
from shared.clock import SystemClock
from shared.domain.accounts import Role, Session
from shared.maintenance.indexes import ensure_indexes
from shared.operations.accounts.links import INVITATION, RESET_PASSWORD, link_to
from shared.operations.accounts.people import FIRST_PASSWORD, Admission, AlreadyMember, People, audit_entry
from shared.operations.errors import NotFound
from shared.repositories.workspaces import Workspaces

WorkspaceOption = Annotated[str, typer.Option("--workspace", "-w", help="The workspace.")]
EmailArgument = Annotated[str, typer.Argument(help="The person's e-mail address.")]
RoleOption = Annotated[Role, typer.Option("--role", help="owner, admin, agent or viewer.")]
OwnerOption = Annotated[bool, typer.Option("--owner", help="The same as --role owner.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Users: create, invite, disable, sessions, erase.", no_args_is_help=True)
    group.command()(create)
    group.command()(invite)
    group.command()(disable)
    group.command()(sessions)
    group.command()(erase)
    app.add_typer(group, name="user")


def create(
    email: EmailArgument,
    workspace: WorkspaceOption,
    role: RoleOption = Role.AGENT,
    owner: OwnerOption = False,
    name: Annotated[str, typer.Option("--name", help="The person's name.")] = "",
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Make a user and member; print a one-time link, valid for a day, to set the password."""
    export_if_running(dir)
    wanted = Role.OWNER if owner else role
    link = run(_create(email, workspace, wanted, name))
    print(f"{email} is {wanted} of {workspace}.")
    print(f"Set a password within 24 hours: {link}" if link else "The person has a password already.")


def invite(
    email: EmailArgument,
    workspace: WorkspaceOption,
    role: RoleOption = Role.AGENT,
    owner: OwnerOption = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Print a one-time link, valid for seven days, by which the person becomes a member."""
    export_if_running(dir)
    print(run(_invite(email, workspace, Role.OWNER if owner else role)))


def disable(
    email: EmailArgument,
    undo: Annotated[bool, typer.Option("--undo", help="Give access again.")] = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Take away a user's access to all workspaces and end all sessions, within five seconds."""
    export_if_running(dir)
    print(run(_disable(email, undo)))


def sessions(
    email: EmailArgument,
    end: Annotated[bool, typer.Option("--end", help="End all of them.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """List a user's sessions, or end them."""
    export_if_running(dir)
    found = run(_sessions(email, end))
    for one in found:
        print(_as_json(one)) if as_json else console().print(_as_line(one))
    if end:
        print(f"{len(found)} sessions ended.")
    elif not found and not as_json:
        print(f"{email} has no session.")


def erase(
    email: EmailArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without this nothing is removed.")] = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Remove a user with sessions and memberships. The audit log keeps the user's id and name until it ends."""
    if not yes:
        raise StackError(f"this removes {email} for good; add --yes")
    export_if_running(dir)
    run(_erase(email))
    print(f"{email} is removed.")


@asynccontextmanager
async def _opened(workspace: str = "") -> AsyncIterator[tuple[Connections, People]]:
    """Open connections. Raises NotFound if the named workspace does not exist."""
    async with connections() as known:
        await ensure_indexes(known.mongo)
        if workspace and await Workspaces(known.mongo, SystemClock()).get(workspace) is None:
            raise NotFound(f"there is no workspace {workspace!r}: make it first, with `parley apply -f FILE`")
        yield known, People(known.mongo, SystemClock())


async def _create(email: str, workspace: str, role: Role, name: str) -> str:
    async with _opened(workspace) as (known, people):
        user, _ = await people.get_or_create(email, name)
        try:
            await people.admit(workspace, user, Admission(role))
        except AlreadyMember:
            if user.password:
                raise
        await _record(known, people, "user.create", f"member:{user.id}", workspace)
        if user.password:
            return ""
        token = await people.password_link(user, FIRST_PASSWORD)
        return link_to(known.settings.console_url, RESET_PASSWORD, token)


async def _invite(email: str, workspace: str, role: Role) -> str:
    async with _opened(workspace) as (known, people):
        made, token = await people.invite(workspace, email, Admission(role), f"cli:{user_name()}")
        await _record(known, people, "user.invite", f"invitation:{made.id}", workspace)
        return link_to(known.settings.console_url, INVITATION, token)


async def _disable(email: str, undo: bool) -> str:
    async with _opened() as (known, people):
        user = await people.user(email)
        if undo:
            done = await people.enable(user)
            text = f"{email} has access again." if done else f"{email} was not disabled."
        else:
            text = f"{email} is disabled; {await people.disable(user)} sessions ended."
        await _record(known, people, "user.enable" if undo else "user.disable", f"user:{user.id}")
        return text


async def _sessions(email: str, end: bool) -> list[Session]:
    async with _opened() as (known, people):
        user = await people.user(email)
        found = await people.sessions(user)
        if end:
            await people.end_sessions(user, "ended on the command line")
            await _record(known, people, "user.end_sessions", f"user:{user.id}")
        return found


async def _erase(email: str) -> None:
    async with _opened() as (known, people):
        user = await people.user(email)
        await _record(known, people, "user.erase", f"user:{user.id}")
        await people.erase(user)


async def _record(known: Connections, people: People, action: str, target: str, workspace: str = "") -> None:
    entry = audit_entry(action, SystemClock().now(), target, by=user_name(), workspace=workspace)
    await people.record(entry, timedelta(days=known.settings.console_audit_days))


def _as_json(one: Session) -> str:
    times = {name: getattr(one, name).isoformat() for name in ("made_at", "seen_at", "ends_at")}
    return json.dumps({"id": one.id, **times, "address": one.address, "agent": one.agent, "factor": one.factor})


def _as_line(one: Session) -> str:
    return f"{one.id[:12]}  since {one.made_at:%Y-%m-%d %H:%M}  seen {one.seen_at:%Y-%m-%d %H:%M} UTC  {one.address}"
