"""Checking a flow beside the published ones reads each of these once, by the quick parser."""

from pathlib import Path

import pytest

from shared.flows import load, yaml_tree
from shared.operations.flows import publishing
from shared.operations.flows.publishing import checked_beside

FLOW = "flow: {name}\ntriggers: {{keywords: [{name}]}}\nsteps:\n  say: Hello\n"
ROOT = Path(__file__).parents[2]
EXAMPLES = [path.read_text() for path in sorted((ROOT / "docs/examples/flows").glob("*.yaml"))]
SCALARS = """\
flow: all  # a comment
variables: {a: yes, b: No, c: 007, d: 1.50, e: -3, f: ~, g: true, h: 2026-01-01, i: 1e3, j: "\\u00e9\\n", k: 'it''s'}
steps:
  ask: |
    Two
      lines 👍
  tell: >-
    folded
    text

    more
  last: [x, {y: z}, "", null, 0x1F, 12:30, .5]
"""


def flow(name: str) -> str:
    return FLOW.format(name=name)


def test_published_flows_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    tree_of = yaml_tree.read_tree

    def counting(text: str, *, quick: bool = False) -> yaml_tree.Tree:
        read.append(f"{text.split()[1]} {'quick' if quick else 'with errors'}")
        return tree_of(text, quick=quick)

    monkeypatch.setattr(load, "read_tree", counting)
    publishing._stored_flow.cache_clear()
    published = {name: flow(name) for name in ("cost-a", "cost-b", "cost-c")}
    for _ in range(3):
        assert checked_beside(flow("cost-c"), "cost-c", published).problems == ()
    assert sorted(read) == ["cost-a quick", "cost-b quick", *["cost-c with errors"] * 3]
    (problem,) = checked_beside(flow("cost-c").replace("[cost-c]", "[cost-a]"), "cost-c", published).problems
    assert "begins" in problem.message


@pytest.mark.parametrize("text", [SCALARS, *EXAMPLES], ids=["scalars", "appointment", "lead"])
def test_quick_parser_reads_the_same(text: str) -> None:
    assert yaml_tree.read_tree(text, quick=True) == yaml_tree.read_tree(text)
