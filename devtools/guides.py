"""Commands that README and docs print, as they stand there: lines of blocks, and commands within sentences.

A block without a language, or with `sh`, holds commands; so does an indented one. Anything else has its language, or
`text`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = (
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "docs/runbooks").glob("*.md")),
)
# Begin a command within a sentence. A program of a block need not be listed.
PROGRAMS = (
    *("cd", "chronyc", "curl", "docker", "git", "kafka-consumer-groups", "kafka-consumer-groups.sh", "kubectl"),
    *("lint-imports", "make", "npm", "npx", "openssl", "parley", "pip", "pytest", "python", "python3", "redis-cli"),
    *("timedatectl", "tools", "uv"),
)
_FENCE = re.compile(r"^ *```(\S*)\s*$")
_INDENT = " " * 4
_LIST_ITEM = re.compile(r"^([-*]|\d+\.) ")
_COMMENT = re.compile(r"(?:^|\s+)# .*$", re.MULTILINE)
_BEGINS = re.compile(rf"^(?:[A-Z_]+=\S+ )*(?:{'|'.join(map(re.escape, PROGRAMS))}|\.|\S*/bin/\S+) \S")
_SCRIPT = re.compile(r"<<|\(\) \{|; do$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """A block of code. language: as it is written, `indented`, or empty. line: of its first line on the page.
    followed: a block with what it prints is directly below.
    """

    language: str
    line: int
    text: str
    followed: bool = False

    @property
    def has_commands(self) -> bool:
        return self.language in ("", "sh", "indented")

    def commands(self) -> Iterator[tuple[int, str]]:
        """Yield each command with its line on the page. A block that a shell has to read as a whole is one."""
        if self.followed or _SCRIPT.search(self.text):
            yield self.line, self.text
            return
        start, held = 0, ""
        for number, line in enumerate(self.text.splitlines(), start=self.line):
            start = start if held else number
            held += line.removesuffix("\\").strip() + " "
            if not line.endswith("\\"):
                text = _COMMENT.sub("", held).strip()
                held = ""
                if text:
                    yield start, text


@dataclass(frozen=True, slots=True)
class DocumentedCommand:
    """A command of a page. page: its path in the project. line: from 1. text: without comment, on one line unless it is
    a script. in_sentence: it stands in a sentence, where the name of a command alone is a mention.
    """

    page: str
    line: int
    text: str
    in_sentence: bool


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def split(page: Path) -> tuple[list[Block], str]:
    """Return the blocks of a page, and its sentences: the page with empty lines instead of the blocks."""
    blocks: list[Block] = []
    sentences: list[str] = []
    fence: str | None = None
    held: list[str] = []
    in_list = blank = is_end = False
    for number, line in enumerate([*page.read_text().splitlines(), ""], start=1):
        found = _FENCE.match(line)
        indented = line.startswith(_INDENT) and not in_list and (blank or bool(held))
        if fence is None and held and not indented:
            blocks.append(Block("indented", number - len(held), _dedented(held)))
            held = []
        if fence is not None and found:
            blocks.append(Block(fence, number - len(held), _dedented(held)))
            fence, held = None, []
        elif found:
            fence = found[1]
            if fence == "text" and is_end:
                blocks[-1] = replace(blocks[-1], followed=True)
        elif fence is not None or indented:
            held.append(line)
        elif line and not line.startswith(" "):
            in_list = bool(_LIST_ITEM.match(line)) or (in_list and not blank)
        is_sentence = fence is None and not held and not found
        is_end = fence is None and bool(found)
        sentences.append(line if is_sentence else "")
        blank = not line.strip()
    return blocks, "\n".join(sentences)


def commands(page: Path) -> list[DocumentedCommand]:
    """Return the commands of a page in their order."""
    name = name_of(page)
    blocks, sentences = split(page)
    found = [
        DocumentedCommand(name, line, text, in_sentence=False)
        for block in blocks
        if block.has_commands
        for line, text in block.commands()
    ]
    for match in re.finditer(r"`([^`\n]+(?:\n[^`\n]+)?)`", sentences):
        text = " ".join(match[1].split()).replace("\\|", "|")
        if _BEGINS.match(text):
            line = sentences.count("\n", 0, match.start()) + 1
            found.append(DocumentedCommand(name, line, text, in_sentence=True))
    return sorted(found, key=lambda one: one.line)


def _dedented(lines: list[str]) -> str:
    depth = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    return "".join(line[depth:].rstrip() + "\n" for line in lines)
