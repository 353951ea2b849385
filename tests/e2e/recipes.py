"""The recipes of docs/api.md: their blocks and documented outputs, and a shell that runs them one after another."""

import asyncio
import os
import re
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs/api.md"
_BLOCK = re.compile(
    r"^### (.+?)\n(?:(?!^#).)*?^```(sh|python)\n(.+?)^```\n```text\n(.+?)^```$", re.MULTILINE | re.DOTALL
)
_SECONDS = 30.0
_END = "end-of-recipe"


@dataclass(frozen=True, slots=True)
class Recipe:
    """A recipe. language: `sh` or `python`. output: as it is documented; `…` stands for any text."""

    title: str
    language: str
    code: str
    output: str

    @property
    def script(self) -> str:
        """Return the commands for a shell."""
        return self.code if self.language == "sh" else f"python3 - <<'PYTHON'\n{self.code}PYTHON\n"

    def prints(self, text: str) -> bool:
        """Return whether a text is the documented output."""
        pattern = ".*?".join(map(re.escape, self.output.strip().split("…")))
        return re.fullmatch(pattern, text.strip(), re.DOTALL) is not None


def read_recipes(replacements: Mapping[str, str]) -> list[Recipe]:
    """Return the recipes in their order. replacements: of what the page assumes, such as the address of the console."""
    section = PAGE.read_text().partition("\n## Recipes\n")[2].partition("\n## ")[0]
    for old, new in replacements.items():
        assert old in section, f"docs/api.md does not have {old}"
        section = section.replace(old, new)
    found = [Recipe(*parts) for parts in _BLOCK.findall(section)]
    assert len(found) == section.count("\n### "), "a recipe has no block, or no output behind it"
    return found


class RecipeShell:
    """A shell of a person who copies recipes into it."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def run(self, script: str) -> str:
        """Return what the commands print. Raises AssertionError if the last one fails or they take too long."""
        assert self._process.stdin
        self._process.stdin.write(f"{script}\necho {_END} $?\n".encode())
        lines: list[str] = []
        try:
            async with asyncio.timeout(_SECONDS):
                while not (lines and lines[-1].startswith(_END)):
                    lines.append(await self._line())
        except TimeoutError:
            raise AssertionError(f"not within {_SECONDS:g} s; printed so far: {lines}") from None
        assert lines.pop() == f"{_END} 0", lines
        return "\n".join(lines)

    async def _line(self) -> str:
        assert self._process.stdout
        line = await self._process.stdout.readline()
        if not line:
            raise AssertionError("the shell has ended")
        return line.decode().rstrip("\r\n").removeprefix("\ufeff")


@asynccontextmanager
async def recipe_shell(folder: Path) -> AsyncIterator[RecipeShell]:
    """Run a shell in a folder until the end of the block. `python3` is this interpreter's; no proxy is used."""
    env = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    env["PATH"] = f"{Path(sys.executable).parent}:{env['PATH']}"
    process = await asyncio.create_subprocess_exec("sh", cwd=folder, env=env, stdin=PIPE, stdout=PIPE, stderr=STDOUT)
    try:
        yield RecipeShell(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
