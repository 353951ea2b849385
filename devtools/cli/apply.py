"""`parley apply`: creates or changes a workspace from a file; applying it twice changes nothing.

The file is the whole truth: what it does not name is back at its default, and what it does not list is taken away. As
that may be somebody's work, it is refused until whoever applies says that it is meant.
"""

import asyncio
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from devtools.cli.changes import lines
from devtools.cli.connections import MONGODB_DRIVER
from devtools.cli.running import export_if_running
from devtools.stack.environment import read_dotenv
from devtools.stack.errors import StackError
from devtools.stack.services import PROJECT
from services.ai.pricing.prices import load_prices
from shared.clock import SystemClock
from shared.crypto import Secrets
from shared.errors import Conflict, DependencyAway
from shared.maintenance.indexes import ensure_indexes
from shared.maintenance.operator import Operator
from shared.operations.workspaces import model_names
from shared.operations.workspaces.file import LoadedWorkspaceFile, line_of, read
from shared.operations.workspaces.flows import FlowSource, read_flows_of
from shared.operations.workspaces.secrets import owners
from shared.repositories.flows import Flows
from shared.repositories.workspaces import AccountShared, Applied, ChannelTaken, WorkspaceEditor, WouldRemove
from shared.settings import SettingsError, load
from shared.storage.documents import plain
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from shared.workspace.config import WorkspaceFile


class RemovalRefused(StackError):
    """The file would take things away, and nobody said that it may."""


@dataclass(frozen=True, slots=True)
class ApplyOptions:
    """The options of the command: what the operator says is meant."""

    allow_removal: bool = False
    dry_run: bool = False
    share_account: bool = False
    allow_env: tuple[str, ...] = ()
    allow_unknown_model: bool = False


@dataclass(frozen=True, slots=True)
class ApplyReport:
    """What became of a file, or (refused: the paths that would be lost) why nothing did."""

    wanted: WorkspaceFile
    applied: Applied
    dry_run: bool
    refused: tuple[str, ...] = ()

    def first_line(self) -> str:
        outcome = "not applied" if self.refused else self.applied.outcome
        dry = " (dry run: nothing was stored)" if self.dry_run else ""
        flows = f", {len(self.wanted.flows)} flows" if self.wanted.flows else ""
        counts = f"{len(self.wanted.channels)} channels, {len(self.wanted.faqs)} FAQs{flows}"
        return f"workspace {self.wanted.workspace}: {outcome}, {counts}{dry}"

    def text(self) -> str:
        return "\n".join([self.first_line(), *lines(self.applied.changes)])

    def refusal(self) -> str:
        return (
            f"it would remove {', '.join(self.refused)}. Put it back into the file, or apply with --allow-removal "
            "if it is meant to go"
        )

    def document(self) -> dict[str, Any]:
        return {
            "workspace": self.wanted.workspace,
            "outcome": "refused" if self.refused else self.applied.outcome,
            "dry_run": self.dry_run,
            "channels": len(self.wanted.channels),
            "faqs": len(self.wanted.faqs),
            "flows": len(self.wanted.flows),
            "changes": plain(self.applied.changes),
            "refused": list(self.refused),
        }


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def apply(
        file: Annotated[Path, typer.Option("--file", "-f", help="The workspace file (YAML).")],
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change; store nothing.")] = False,
        allow_removal: Annotated[
            bool, typer.Option("--allow-removal", help="Take away what the file does not list any more.")
        ] = False,
        allow_env: Annotated[
            list[str] | None,
            typer.Option(
                "--allow-env", help="A variable that ${…} may name besides the workspace's own: NAME or PREFIX_*."
            ),
        ] = None,
        share_account: Annotated[
            bool, typer.Option("--share-account", help="Take an account or number that another workspace has too.")
        ] = False,
        allow_unknown_model: Annotated[
            bool, typer.Option("--allow-unknown-model", help="Take names of models that have no price.")
        ] = False,
        as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")] = False,
        dir: Annotated[Path, typer.Option(help="State directory of the stack.")] = Path(".parley"),  # noqa: A002
    ) -> None:
        """Create or change a workspace from a workspace file.

        `${NAME}` in secret fields is taken from the environment, or from `.env`.
        """
        export_if_running(dir)
        meant = ApplyOptions(allow_removal, dry_run, share_account, tuple(allow_env or ()), allow_unknown_model)
        report = _report(file, meant)
        print(json.dumps(report.document(), ensure_ascii=False) if as_json else report.text())
        if report.refused:
            raise RemovalRefused(f"{file}: {report.refusal()}")


def apply_file(file: Path) -> str:
    """Apply a file to what the environment names; a sentence about what happened.

    Raises StackError; RemovalRefused when something would be lost.
    """
    report = _report(file, ApplyOptions())
    if report.refused:
        raise RemovalRefused(f"{file}: {report.refusal()}")
    return report.first_line()


def _report(file: Path, meant: ApplyOptions) -> ApplyReport:
    found = read(file, {**read_dotenv(PROJECT / ".env"), **os.environ}, meant.allow_env)
    flows = read_flows_of(file, found.wanted)
    if not meant.allow_unknown_model:
        _refuse_unknown_models(file, found.wanted)
    try:
        return ApplyReport(found.wanted, asyncio.run(_apply(found, flows, meant)), meant.dry_run)
    except WouldRemove as error:
        return ApplyReport(found.wanted, Applied("changed", error.changes), meant.dry_run, error.removed)
    except AccountShared as error:
        raise StackError(f"{file}: {error}; apply with --share-account if it is meant") from None
    except (Conflict, DependencyAway, ChannelTaken, SettingsError) as error:
        raise StackError(str(error)) from None


async def _apply(found: LoadedWorkspaceFile, flows: Sequence[FlowSource], meant: ApplyOptions) -> Applied:
    wanted = found.wanted
    settings = load()
    mongo = Mongo(settings.mongodb_uri.get_secret_value(), settings.mongodb_database, MONGODB_DRIVER)
    redis = Redis(settings.redis_url.get_secret_value())
    try:
        clock = SystemClock()
        _refuse_secrets_of_others(found, await Operator(mongo).workspaces())
        if not meant.dry_run:
            await ensure_indexes(mongo)
            kept = Flows(mongo, wanted.workspace)
            for source in flows:  # before the workspace names them
                await kept.put(source.flow.name, source.flow.version, source.text, clock.now())
        editor = WorkspaceEditor(mongo, redis, Secrets(settings.secret_keys), clock)
        refs = [source.ref for source in flows]
        return await editor.change(
            wanted,
            refs,
            allow_removal=meant.allow_removal,
            share_account=meant.share_account,
            dry_run=meant.dry_run,
        )
    finally:
        await redis.close()
        await mongo.close()


def _refuse_unknown_models(file: Path, wanted: WorkspaceFile) -> None:
    """Refuse names of models that have no price. Raises StackError."""
    try:
        prices = load_prices(load().ai_prices)
    except SettingsError as error:
        raise StackError(str(error)) from None
    wrong = [
        f"{file}:{line_of(file, *steps)}: {'.'.join(map(str, steps))}: {said}; "
        "apply with --allow-unknown-model if it is meant"
        for steps, said in model_names.unknown(wanted.bot, prices.models)
    ]
    if wrong:
        raise StackError("\n".join(wrong))


def _refuse_secrets_of_others(found: LoadedWorkspaceFile, workspaces: Sequence[str]) -> None:
    """Refuse variables whose beginning is another workspace's name. Raises StackError."""
    wrong = [
        f"{name} looks like a secret of the workspace {other}: apply with `--allow-env {name}` if it is meant"
        for name, other in owners(found.variables, found.allowed, workspaces)
    ]
    if wrong:
        raise StackError("\n".join(wrong))
