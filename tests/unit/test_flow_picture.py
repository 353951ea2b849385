"""The picture of a flow, the differences of two, warnings of providers, and tests of flows."""

import pytest

from shared.flows import graph
from shared.flows.engine.book import FlowBook
from shared.flows.load import read_flow
from shared.flows.meaning import differences
from shared.flows.picture import draw
from shared.flows.yaml_tree import read_tree
from shared.messages.inbound import Provider
from shared.operations.errors import FileInvalid
from shared.operations.flows.provider_warnings import provider_warnings
from shared.operations.flows.trials import read_trials, run_trials
from shared.operations.flows.word_warnings import word_warnings
from shared.workspace.config import Workspace
from tests.unit.flow_texts import examples

FLOW = "flow: a\nsteps:\n  x:\n    ask: How?\n    save: how\n  y:\n    end: Fine\n"
WORKSPACE = Workspace.model_validate({"workspace": "acme", "name": "Acme"})


@pytest.mark.parametrize("source", examples(), ids=range(len(examples())))
def test_picture_has_the_edges_of_the_graph(source: str) -> None:
    flow = read_flow(source)
    drawn = [(edge.source, edge.target, edge.label, edge.path) for edge in draw(read_tree(source)).edges if edge.source]
    assert drawn == [(edge.source, edge.target, edge.label, edge.path) for edge in graph.edges(flow)]
    assert all(step.reachable and step.valid for step in draw(read_tree(source)).steps)


def test_picture_keeps_the_order_of_titles() -> None:
    source = "flow: a\nsteps:\n  x: {text: Hi, buttons: {'2': b, '1': a}}\n  y: {text: Ho, list: {B: {id: b}, A: a}}\n"
    assert [step.titles for step in draw(read_tree(source)).steps] == [("2", "1"), ("B", "A")]


def test_meaning_names_steps_that_are_added_renamed_moved_and_changed() -> None:
    old = {"flow": "a", "steps": {"x": "X", "y": {"text": "Y"}, "z": {"end": "Z"}, "w": "W"}}
    new = {"flow": "a", "priority": 1, "steps": {"z": {"end": "Z"}, "x": "X", "y2": "Y", "w": "V", "n": "N"}}
    found = [(one.kind, one.what, one.name, one.before) for one in differences(old, new)]
    assert found == [
        ("added", "priority", "priority", ""),
        ("renamed", "step", "y2", "y"),
        ("changed", "step", "w", ""),
        ("added", "step", "n", ""),
        ("moved", "step", "z", ""),
    ]


def test_buttons_that_a_provider_lacks_are_warned_of() -> None:
    flow = read_flow("flow: a\nsteps:\n  x:\n    choose: Well?\n    options: {'Yes': end, 'No': end}\n")
    assert provider_warnings(flow, [Provider.META]) == []
    (warning,) = provider_warnings(flow, [Provider.MSG91])
    assert (warning.step, warning.line, warning.message) == ("x", 3, "buttons will be shown as numbered text")


def test_words_that_opt_out_are_warned_of() -> None:
    flow = read_flow(
        "flow: a\ntriggers:\n  keywords: [menu, STOP]\n  contains: [stop]\nsteps:\n"
        "  x:\n    choose: Well?\n    options:\n      Alta: y\n      Baja: y\n      Cancel: y\n"
        "  y: {ask: And, save: a, type: choice, choices: [More, No más]}\n"
        "  z: {text: Hi, buttons: {Sair!: b, Stay: c}}\n"
        "  v: {ai: Talk, until: [bye, arrêt]}\n"
    )
    found = [(one.provider, one.step, one.line) for one in word_warnings(flow)]
    assert found == [(None, "triggers", 3), (None, "x", 10), (None, "z", 13), (None, "v", 14)]
    assert [one.step for one in word_warnings(flow, ("no mas",))] == ["triggers", "x", "y", "z", "v"]
    assert "`Baja`" in word_warnings(flow)[1].message


def test_words_that_ask_for_a_person_are_warned_of() -> None:
    flow = read_flow(
        "flow: a\ntriggers: {keywords: [order, human, boss]}\nsteps:\n"
        "  x: {choose: Well, options: {Human: v, Boss: v}}\n"
        "  v: {ai: Talk, until: [bye, agent]}\n"
    )
    assert [(one.step, one.line) for one in word_warnings(flow)] == [("triggers", 2), ("v", 5)]
    assert [one.step for one in word_warnings(flow, (), ("Boss",))] == ["triggers", "triggers", "v"]


def test_tests_say_in_which_turn_what_was_different() -> None:
    turns = "      - {hear: {start: a}, say: ['How?'], step: x}\n      - {hear: so, say: ['No']}\n"
    tests = f"tests:\n  - name: ok\n    talk:\n{turns}"
    (result,) = run_trials(read_trials(tests), FlowBook([read_flow(FLOW)]), "a", WORKSPACE)
    assert result.failures == ("turn 2: say: expected ['No'], got ['Fine']",)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("tests: 3", "tests:1: tests"),
        (
            "tests:\n  - name: x\n    talk:\n      - hear: {text: a, button: b}\n",
            "tests:4: tests → 0 → talk → 0 → hear",
        ),
        ("tests: [", "tests:1: not YAML"),
    ],
)
def test_tests_that_cannot_be_read_are_named_by_line(source: str, said: str) -> None:
    with pytest.raises(FileInvalid, match=said.replace("[", r"\[")):
        read_trials(source)
