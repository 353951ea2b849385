"""`parley apply`: creates or changes a workspace from a file; applying it twice changes nothing."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from devtools.cli.changes import lines
from devtools.cli.connections import connections, run
from devtools.cli.running import export_if_running
from devtools.cli.secret_variables import secret_variables
from devtools.stack.errors import StackError
from shared.clock import SystemClock
from shared.crypto import Secrets
from shared.domain.model_prices import load_prices
from shared.operations.workspaces.apply import (
    AccountSharingRefused,
    ApplyReport,
    WorkspaceApplier,
    refuse_unknown_models,
)
from shared.operations.workspaces.file import read
from shared.operations.workspaces.flows import read_flows_of
from shared.repositories.workspace_changes import ChangeOptions
from shared.settings import load
from shared.workspace.remarks import remarks


class RemovalRefused(StackError):
    """Raised when the file would remove things, or undo edits of the console, without permission."""


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
        over_console: Annotated[
            bool, typer.Option("--over-console", help="Undo what was changed in the console since.")
        ] = False,
        allow_unknown_model: Annotated[
            bool, typer.Option("--allow-unknown-model", help="Take names of models that have no price.")
        ] = False,
        as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
        dir: Annotated[Path, typer.Option(help="State directory of the stack.")] = Path(".parley"),  # noqa: A002
    ) -> None:
        """Create or change a workspace from a workspace file.

        `${NAME}` in secret fields is taken from the environment, or from `.env`.
        """
        export_if_running(dir)
        options = ChangeOptions(allow_removal, share_account, over_console, dry_run)
        report = run(_apply(file, options, allow_env or (), allow_unknown_model=allow_unknown_model))
        print(json.dumps(report.document(), ensure_ascii=False) if as_json else _text(report))
        if report.is_refused:
            raise RemovalRefused(f"{file}: {_refusal(report)}")


def apply_file(file: Path) -> str:
    """Apply a file to the installation that the environment names; return the outcome in a sentence.

    Raises StackError; RemovalRefused when something would be removed.
    """
    report = run(_apply(file, ChangeOptions()))
    if report.is_refused:
        raise RemovalRefused(f"{file}: {_refusal(report)}")
    return _first_line(report)


async def _apply(
    file: Path, options: ChangeOptions, allow_env: Sequence[str] = (), *, allow_unknown_model: bool = False
) -> ApplyReport:
    loaded = read(file, secret_variables(), allow_env)
    flows = read_flows_of(file, loaded.wanted)
    if not allow_unknown_model:
        refuse_unknown_models(file, loaded.wanted, load_prices(load().ai_prices).models)
    async with connections() as known:
        applier = WorkspaceApplier(known.mongo, known.redis, Secrets(known.settings.secret_keys), SystemClock())
        try:
            return await applier.apply(loaded, flows, options)
        except AccountSharingRefused as error:
            raise AccountSharingRefused(f"{file}: {error}") from None


def _text(report: ApplyReport) -> str:
    noted = [f"note: {remark}" for remark in remarks(report.wanted)]
    return "\n".join([_first_line(report), *lines(report.applied.changes), *noted])


def _first_line(report: ApplyReport) -> str:
    outcome = "not applied" if report.is_refused else report.outcome
    dry = " (dry run: nothing was stored)" if report.dry_run else ""
    wanted = report.wanted
    flows = f", {len(wanted.flows)} flows" if wanted.flows else ""
    counts = f"{len(wanted.channels)} channels, {len(wanted.faqs)} FAQs{flows}"
    return f"workspace {wanted.workspace}: {outcome}, {counts}{dry}"


def _refusal(report: ApplyReport) -> str:
    if report.undone:
        paths = ", ".join(change.path for change in report.undone)
        return (
            f"it would undo what was changed in the console: {paths}. Take it over into the file (`parley export "
            f"{report.wanted.workspace}`), or apply with --over-console if it is meant to go"
        )
    return (
        f"it would remove {', '.join(report.refused)}. Put it back into the file, or apply with --allow-removal "
        "if it is meant to go"
    )
