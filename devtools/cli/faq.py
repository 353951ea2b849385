"""`parley faq`: tests questions, checks files, and lists and dismisses unanswered questions."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from devtools.cli.connections import connections, run
from devtools.cli.running import DEFAULT_DIR, DirOption, export_if_running
from devtools.cli.screen import console
from devtools.cli.since import cutoff
from devtools.stack.errors import StackError
from shared.clock import SystemClock
from shared.faq.forecast import FaqForecast, forecast, forecast_lines
from shared.faq.lint import lint_faqs
from shared.operations.faqs import FaqTrial, FaqTrials, dismiss_questions
from shared.operations.masking import masked_text
from shared.operations.workspaces.file import read
from shared.repositories.unanswered import QuestionGroup, UnansweredQuestions
from shared.repositories.workspaces import Workspaces
from shared.text.printable import one_line
from shared.workspace.config import Workspace

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")]
WorkspaceOption = Annotated[str, typer.Option("--workspace", "-w", help="The workspace.")]

_SHOWN = 5  # nearest FAQs


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="FAQ: test, check, unanswered, dismiss.", no_args_is_help=True)
    group.command()(test)
    group.command()(check)
    group.command()(unanswered)
    group.command()(dismiss)
    app.add_typer(group, name="faq")


def test(
    question: Annotated[str, typer.Argument(help="What a customer writes.")],
    workspace: WorkspaceOption,
    as_json: JsonOption = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Show the FAQs nearest to a question, and whether the first one would be the answer. Exit code 1 if not."""
    export_if_running(dir)
    trial = run(_trial(workspace, question))
    found = trial.matches
    for match in found:
        if as_json:
            told = {
                "faq": match.number + 1,
                "score": match.score,
                "certainty": match.certainty,
                "sure": match.sure,
                "question": match.question,
            }
            print(json.dumps({**told, "doubt": match.doubt, "answer": match.answer}, ensure_ascii=False))
        else:
            console().print(f"{match.score:.2f}  FAQ {match.number + 1}  {match.question}")
    sure = bool(found) and found[0].sure
    if not as_json and found and not trial.own:
        console().print(f"Certainty {found[0].certainty:.2f}; sure from {trial.threshold:.2f} on.")
    if not as_json:
        doubt = found[0].doubt if found else "no FAQ is alike"
        console().print(f"Answered: {found[0].answer}" if sure else f"Not answered: {doubt}.")
    if not sure:
        raise typer.Exit(1)


def check(
    file: Annotated[Path, typer.Argument(help="A workspace file (YAML).")],
    as_json: JsonOption = False,
) -> None:
    """List FAQs of a workspace file that are too similar, and estimate how many questions will be answered.

    Exit code 1 if any are too similar.
    """
    wanted = read(file, None).wanted
    found = lint_faqs(wanted.faqs)
    for remark in found:
        if as_json:
            print(json.dumps({"faqs": [number + 1 for number in remark.numbers], "says": remark.message}))
        else:
            numbers = " and ".join(f"FAQ {number + 1}" for number in remark.numbers)
            console().print(f"{numbers}: {remark.message}")
    ahead = forecast(wanted.faqs)
    if ahead is not None and as_json:
        print(json.dumps(_told(ahead)))
    elif ahead is not None:
        for line in forecast_lines(ahead, wanted.bot.faq_threshold):
            console().print(line)
    if found:
        raise typer.Exit(1)
    if not as_json:
        print(f"{len(wanted.faqs)} FAQs, all distinct.")


def _told(ahead: FaqForecast) -> dict[str, Any]:
    pairs = [{"faqs": [one + 1, other + 1], "question": text} for one, other, text in ahead.confusable]
    return {
        "threshold": round(ahead.threshold, 4),
        "tried": ahead.trials,
        "precision": ahead.precision and round(ahead.precision, 4),
        "coverage": ahead.coverage and round(ahead.coverage, 4),
        "confusable": pairs,
        "more_variants": [number + 1 for number in ahead.need_variants],
    }


def unanswered(
    workspace: WorkspaceOption,
    since: Annotated[str, typer.Option("--since", help="Only of the last 90s, 30m, 2h or 7d.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="At most this many groups, the most frequent ones.")] = 20,
    as_json: JsonOption = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """List unanswered questions, grouped by similarity."""
    after = cutoff(since)
    export_if_running(dir)
    groups = run(_groups(workspace, limit, after))
    for group in groups:
        question = one_line(masked_text(group.question))
        if as_json:
            told = {"id": group.id, "count": group.count, "last_at": group.last_at.isoformat(), "question": question}
            print(json.dumps({**told, "nearest": group.nearest, "score": group.score}, ensure_ascii=False))
            continue
        near = f"  nearest: {group.nearest} ({group.score:.2f})" if group.nearest else ""
        console().print(f"{group.id}  {group.count:>4}  {group.last_at:%Y-%m-%d %H:%M}  {question}{near}")
    if not as_json:
        print("`parley faq dismiss` removes one from the list." if groups else "There are no unanswered questions.")


def dismiss(
    ids: Annotated[list[str], typer.Argument(help="Ids, as `parley faq unanswered` shows them.")],
    workspace: WorkspaceOption,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Remove groups from the list of unanswered questions."""
    export_if_running(dir)
    dismissed = run(_dismiss(workspace, ids))
    print(f"{dismissed} questions dismissed.")


async def _workspace(name: str) -> Workspace:
    async with connections() as known:
        found = await Workspaces(known.mongo, SystemClock()).get(name)
    if found is None:
        raise StackError(f"there is no workspace {name!r}")
    return found


async def _trial(workspace: str, question: str) -> FaqTrial:
    found = await _workspace(workspace)
    faqs = [faq.model_dump() for faq in found.faqs]
    async with connections() as known:
        return await FaqTrials(known.mongo).match(workspace, faqs, found.bot.faq_threshold, question, _SHOWN)


async def _groups(workspace: str, limit: int, since: datetime | None) -> list[QuestionGroup]:
    await _workspace(workspace)
    async with connections() as known:
        return await UnansweredQuestions(known.mongo, workspace).groups(limit, since)


async def _dismiss(workspace: str, ids: list[str]) -> int:
    await _workspace(workspace)
    async with connections() as known:
        return await dismiss_questions(known.mongo, workspace, ids, "parley", SystemClock().now())
