"""Flow files in all ways of writing them, with comments in all places, for the tests of the edit engine."""

import random
import re
from pathlib import Path

from shared.flows.yaml_tree import YamlUnreadable, read_tree

ROOT = Path(__file__).parents[2]
_WORDS = [
    "menu",
    "Wie geht's?",
    "a: b",
    "x # y",
    "Sí, claro",
    "日本語",
    "😀 ok",
    "{{ name }}",
    "1",
    "007",
    "true",
    "- a",
    "*b*",
]


def examples() -> list[str]:
    """Return the flows of the documentation and the starters."""
    files = [*ROOT.glob("docs/examples/flows/*.yaml"), *ROOT.glob("shared/flows/starters/*/??.yaml")]
    texts = [file.read_text(encoding="utf-8") for file in sorted(files)]
    described = re.search(r"```yaml\n(flow: table.*?)```", (ROOT / "docs/flows.md").read_text(encoding="utf-8"), re.S)
    assert described is not None
    return [*texts, described[1]]


def with_comments(text: str, chance: random.Random) -> str:
    """Return a flow's text with comments between its lines, and with other line breaks, where its values stay."""
    wanted = read_tree(text).value
    lines = text.split("\n")
    for number in range(chance.randint(3, 12)):
        at = chance.randrange(len(lines) + 1)
        mark = f"# §{number}§"
        trial = list(lines)
        if chance.random() < 0.3 and at < len(lines) and lines[at].strip():
            trial[at] += f"  {mark}"
        else:
            trial.insert(at, " " * chance.choice([0, 2, 4, 6]) + mark)
        if _reads(trial) == wanted:
            lines = trial
    return dressed("\n".join(lines), chance)


def dressed(text: str, chance: random.Random) -> str:
    """Return a text, perhaps with other line breaks, a byte order mark, or without the last line break."""
    if chance.random() < 0.25:
        text = text.rstrip("\n")
    if chance.random() < 0.25:
        text = text.replace("\n", "\r\n")
    return f"\ufeff{text}" if chance.random() < 0.2 else text


def generated(chance: random.Random) -> str:
    """Return the text of a flow; it may name steps that are not there."""
    indent = chance.choice([2, 2, 2, 4, 3])
    names = [f"s{number}" for number in range(chance.randint(1, 9))]
    pad = " " * indent
    parts = ["flow: made", chance.choice(["triggers: {keywords: [made, 'a b']}", f"triggers:\n{pad}keywords: go"])]
    if chance.random() < 0.5:
        parts.append(f"variables:\n{pad}a: 1\n{pad}b: {_scalar(chance)}")
    if chance.random() < 0.3:
        parts.append(f"timeout: {{after: 2h, then: {chance.choice(names)}}}")
    parts.append("steps:")
    for name in names:
        parts += [""] if chance.random() < 0.4 else []
        parts += [f"{pad}# about {name} §{name}§"] if chance.random() < 0.3 else []
        parts.append(_step(name, names, indent, chance))
    return "\n".join(parts) + "\n"


def _step(name: str, names: list[str], indent: int, chance: random.Random) -> str:
    pad, pad2, pad3 = (" " * indent * depth for depth in (1, 2, 3))

    def to() -> str:
        return chance.choice([*names, "end", "hand_off"])

    text = _scalar(chance)
    forms = [
        f"{pad}{name}: {text}",
        f"{pad}{name}: |\n{pad2}First line §{name}b§ of {name}\n\n{pad2}last line",
        f"{pad}{name}:\n{pad2}text: >-\n{pad3}folded\n{pad3}text\n{pad2}next: {to()}",
        f"{pad}{name}: {{text: {_flow_scalar(chance)}, next: {to()}}}",
        f"{pad}{name}:\n{pad2}ask: {text}   # §{name}c§\n{pad2}save: v\n{pad2}timeout: {{after: 5m, then: {to()}}}",
        f"{pad}{name}:\n{pad2}choose: {text}\n{pad2}options: [A, 'B b', \"C\"]\n{pad2}next: {to()}",
        f"{pad}{name}:\n{pad2}choose: {text}\n{pad2}options:\n{pad3}Yes: {to()}\n{pad3}# §{name}d§\n{pad3}No:\n"
        f"{pad3}Maybe: {{then: {to()}, id: m}}\n{pad2}else: pass",
        f"{pad}{name}:\n{pad2}branch:\n{pad3}- {{if: a > 1, then: {to()}}}\n{pad3}- if: b == 'x'  # §{name}e§\n"
        f"{pad3}  then: {to()}\n{pad2}else: {to()}",
        f"{pad}{name}:\n{pad2}branch:\n{pad2}- if: a > 1\n{pad2}  then: {to()}",
        f"{pad}{name}:\n{pad2}set:\n{pad3}a: 2\n{pad3}b: [1, 2, {_flow_scalar(chance)}]",
        f"{pad}{name}:\n{pad2}wait: 2h\n{pad2}then: {to()}",
        f"{pad}{name}: {{jump: {to()}}}",
        f"{pad}{name}:\n{pad2}call: shop.search\n{pad2}with: {{text: a}}\n{pad2}outcomes:\n{pad3}empty: {to()}",
        f"{pad}{name}:\n{pad2}end: {text}\n{pad2}  # §{name}f§",
    ]
    return chance.choice(forms)


def _scalar(chance: random.Random) -> str:
    word = chance.choice(_WORDS)
    styles = [
        '"' + word.replace('"', '\\"') + '"',
        "'" + word.replace("'", "''") + "'",
        "plain text",
        "plain, with more",
    ]
    return chance.choice(styles)


def _flow_scalar(chance: random.Random) -> str:
    return chance.choice(['"a, b"', "'c'", "plain"])


def _reads(lines: list[str]) -> object:
    try:
        return read_tree("\n".join(lines)).value
    except YamlUnreadable:
        return None
