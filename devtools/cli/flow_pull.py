"""`parley flow pull`: takes the draft of a flow from the console into its file, and never over changes of the file."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from devtools.cli.connections import run
from devtools.cli.running import DEFAULT_DIR, DirOption
from devtools.cli.workspace_session import workspace_session
from devtools.stack.errors import StackError
from shared.operations.flows.differences import unified_diff
from shared.repositories.flow_drafts import FlowDrafts
from shared.repositories.flow_tests import FlowTestTexts
from shared.repositories.flows import Flows


@dataclass(frozen=True, slots=True)
class Pulled:
    """A flow as the console has it. known: all texts that it has seen; a file with one of them holds no changes of
    its own. tests: empty: there are none.
    """

    draft: str
    known: frozenset[str]
    tests: str


def pull(
    name: Annotated[str, typer.Argument(help="The flow.")],
    to: Annotated[Path | None, typer.Option("--to", help="Its file; default: flows/NAME.yaml.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Also over changes of the file.")] = False,
    workspace: Annotated[str, typer.Option("--workspace", "-w", help="Default: the only one.")] = "",
    dir: DirOption = DEFAULT_DIR,  # noqa: A002
) -> None:
    """Write a flow's draft into its file, and its tests beside it. Refused if the file has changes of its own."""
    file = to or Path("flows") / f"{name}.yaml"
    found = run(_found(dir, workspace, name))
    for line in written(file, found, force=force):
        print(line)


def written(file: Path, found: Pulled, *, force: bool) -> list[str]:
    """Write draft and tests; return what was done. Raises StackError with the differences if the file has changes."""
    before = _text(file)
    if before == found.draft:
        done = [f"{file}: is the draft already"]
    elif before is None or force or before in found.known:
        _write(file, found.draft)
        done = [f"{file}: {'made' if before is None else 'replaced'}"]
    else:
        said = unified_diff(before, found.draft, str(file), "draft")
        raise StackError(f"{file} has changes that the console does not know; --force replaces them\n{said}")
    tests = file.with_suffix(".test.yaml")
    there = _text(tests)
    if found.tests and there != found.tests:
        if there is None or force:
            _write(tests, found.tests)
            done.append(f"{tests}: {'made' if there is None else 'replaced'}")
        else:
            done.append(f"{tests}: left as it is; the tests in the console differ (--force replaces it)")
    return done


async def _found(dir: Path, workspace: str, name: str) -> Pulled:  # noqa: A002 - as the option is called
    async with workspace_session(dir, workspace) as session:
        mongo, owner = session.mongo, session.workspace.workspace
        draft = await FlowDrafts(mongo, owner).get(name)
        if draft is None:
            raise StackError(f"the flow `{name}` has no draft")
        stored = Flows(mongo, owner)
        sources = [await stored.get(name, one.version) for one in await stored.history(name)]
        tests = await FlowTestTexts(mongo, owner).get(name)
    return Pulled(draft.source, frozenset(one for one in sources if one is not None), tests.source if tests else "")


def _text(file: Path) -> str | None:
    """Return the very characters of a file; None: there is none."""
    try:
        return file.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        raise StackError(f"{file} is not UTF-8") from None


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode("utf-8"))
