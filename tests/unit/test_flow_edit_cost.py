"""An edit of a flow and the answer to it parse one text: the edited one. Its checks follow each edge a few times."""

import pytest

from shared.flows import graph, yaml_tree
from shared.flows.edit import document
from shared.flows.edit.apply import apply_all
from shared.flows.edit.operations import operation_of
from shared.messages.inbound import Provider
from shared.operations.flows.describing import described
from shared.operations.flows.warnings import WarningContext

STEPS = 60
SOURCE = "\n".join(
    [
        "flow: long",
        "steps:",
        *(f"  ask_{n}: {{ask: 'Number {n}?', save: v{n}}}\n  say_{n}: 'It is {{{{ v{n} }}}}'" for n in range(STEPS)),
        "  last: {choose: Well?, options: [Good, Bad]}",
        "",
    ]
)
EDITS = (
    {"op": "set", "path": ["steps", "ask_7", "ask"], "value": "How many?"},
    {"op": "connect", "edge": ["steps", "say_9", "next"], "to": "say_3"},
    {"op": "rename_key", "path": ["steps", "last", "options", "Bad"], "to": "Not so good"},
    {"op": "rename_step", "name": "say_9", "to": "told"},
    {"op": "delete_step", "name": "told", "relink": "last"},
    {"op": "insert_step", "name": "new", "after": "say_3", "step": {"text": "New", "next": "end"}},
)


def test_an_edit_parses_one_text(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []
    compose = yaml_tree.compose

    def counting(text: str, *, quick: bool) -> object:
        parsed.append(text)
        return compose(text, quick=quick)

    monkeypatch.setattr("shared.flows.edit.document.compose", counting)
    document.document_of.cache_clear()
    source = apply_all(SOURCE, [operation_of({"op": "set", "path": ["description"], "value": "Long."})]).source
    described(source, "long", WarningContext((Provider.META,)))
    for edit in EDITS:
        parsed.clear()
        source = apply_all(source, [operation_of(edit)]).source
        assert described(source, "long", WarningContext((Provider.META,))).model is not None
        assert len(set(parsed)) == len(parsed), edit
        assert len(parsed) <= (2 if edit["op"] in ("connect", "delete_step") else 1), edit


def test_checks_follow_edges_and_not_each_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    walks: list[int] = []
    reachable_from = graph.reachable_from

    def counting(successors_of: dict[str, list[str]], starts: list[str]) -> set[str]:
        walks.append(len(starts))
        return reachable_from(successors_of, starts)

    monkeypatch.setattr("shared.flows.validation.flow_checks.reachable_from", counting)
    monkeypatch.setattr(graph, "reachable_from", counting)
    assert described(SOURCE, "long", WarningContext((Provider.META,))).problems == ()
    assert len(walks) == 2  # for the checks, and for the picture


def test_a_variable_is_set_on_some_way_to_a_text() -> None:
    ways = {"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": ["b"], "alone": ["d"]}
    passed = graph.passed_before(ways, {"a": 1, "b": 2, "alone": 4})
    assert passed == {"a": 0, "b": 0b111, "c": 1, "d": 0b111, "alone": 0}
