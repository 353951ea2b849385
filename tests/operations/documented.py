"""The commands that docs/operations.md prints, run as they stand there, with file names and numbers of the test."""

import shlex
from collections.abc import Mapping
from pathlib import Path

from devtools import guides
from tests.cli.runner import ROOT, CommandResult, parley
from tests.e2e.waiting import in_thread

PAGE = ROOT / "docs/operations.md"


def words_of(start: str, page: Path = PAGE) -> list[str]:
    """Return the words of the only `parley` command of a page that begins so."""
    commands = {tuple(shlex.split(one.text)) for one in guides.commands(page) if one.text.startswith("parley ")}
    wanted = tuple(shlex.split(start))
    exact = [one for one in commands if one == wanted]
    found = exact or [one for one in commands if one[: len(wanted)] == wanted]
    assert len(found) == 1, f"{page.name} has {len(found)} commands that begin with {start!r}: {found}"
    return list(found[0][1:])


class Operator:
    """Somebody who types what the page prints. folder: the state directory of the stack."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def does(
        self, start: str, replaced: Mapping[str, object] | None = None, *more: str, fails: bool = False
    ) -> CommandResult:
        """Run the documented command that begins so, in a thread, so that customers write meanwhile. replaced: words of
        the page, and the test's own instead. more: options that only a test with several workspaces needs.

        Fails unless it ends with 0; `fails`: with 1.
        """
        mine = {word: str(other) for word, other in (replaced or {}).items()}
        words = words_of(start)
        assert mine.keys() <= set(words), f"the page has no {mine.keys() - set(words)} in {' '.join(words)}"
        arguments = [*(mine.get(word, word) for word in words), *more, "--dir", str(self._folder)]
        done = await in_thread(parley, *arguments)
        assert done.code == int(fails), f"parley {' '.join(words)}: {done.out}{done.err}"
        return done
