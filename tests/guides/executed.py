"""Tells whether a check runs a documented command of `docker` or `kubectl`, by the strings of its source."""

import ast
import re
from collections.abc import Iterator
from functools import cache

from devtools import guides
from devtools.guides import DocumentedCommand

_READS_RUNBOOKS = "devtools/deploy/cluster_pods/guides.py"  # it runs each line of their blocks
_READS_BLOCKS = "run_block"
_SHORTEST_MARKER = 15


def by(check: str, command: DocumentedCommand, block: str) -> bool:
    """Return whether a check runs a command, or one of its kind with other values. block: of commands that it is in."""
    if check == _READS_RUNBOOKS:
        return not command.in_sentence
    source = (guides.ROOT / check).read_text()
    strings = _strings(source)
    if _READS_BLOCKS in source:
        if _is_read(block, strings):
            return True
        strings += tuple(one.text for one in _blocks_of_the_guide() if _is_read(one.text, strings))
    words = {word for one in strings for word in re.findall(r"[a-z-]+", one)}
    return set(_verbs(command.text)) <= words


def _is_read(block: str, strings: tuple[str, ...]) -> bool:
    """Return whether a block has the text by which a check finds it."""
    return any(one in block for one in strings if len(one) >= _SHORTEST_MARKER and not one.startswith("deploy/"))


@cache
def _blocks_of_the_guide() -> tuple[guides.Block, ...]:
    blocks, _ = guides.split(guides.ROOT / "docs/deploy.md")
    return tuple(one for one in blocks if one.has_commands)


def _verbs(text: str) -> list[str]:
    """Return at most two words that say what a command does: `rollout undo`, `compose up`."""
    _, *words = text.replace("-n parley ", "").replace("-n kube-system ", "").split()
    ends = next((at for at, word in enumerate(words) if not re.fullmatch("[a-z]+", word)), len(words))
    return words[: min(ends, 2)]


@cache
def _strings(source: str) -> tuple[str, ...]:
    """Return the strings of a module without its docstrings."""
    return tuple(_found(ast.parse(source)))


def _found(node: ast.AST) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue
        if isinstance(child, ast.Constant) and isinstance(child.value, str):
            yield child.value
        yield from _found(child)
