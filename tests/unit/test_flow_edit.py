"""The edit engine: what each operation writes, what it refuses, and how it is undone."""

import difflib
from typing import Any

import pytest

from shared.flows.edit.apply import apply, apply_all
from shared.flows.edit.operations import operation_of
from shared.flows.edit.refused import Refused
from shared.flows.edit.targets import targets, uses_following
from shared.flows.graph import edges
from shared.flows.load import read_flow
from shared.flows.yaml_tree import read_tree
from tests.unit.flow_texts import examples

SOURCE = """\
# The menu.
flow: menu   # its name
triggers: {keywords: [menu]}

steps:
  hello: "Hi there!"   # a greeting

  # Offers the choice.
  menu:
    choose: What now?
    options:
      Order: order
      # an agent
      Person: hand_off
      Later:
    next: bye
  order: |
    You can order at any time.

    Thanks!

  count:
    ask: "How many?"
    save: n
    # type: integer
  check:
    branch:
      - {if: n > 3, then: bye}
    else: menu
  bye:
    end: Bye
"""


def edited(text: str = SOURCE, /, **operation: object) -> str:
    """Return the text after an operation, which can be undone."""
    done = apply(text, operation_of(operation))
    assert apply(done.source, done.inverse).source == text
    return done.source


def changed(**operation: object) -> list[str]:
    """Return the lines that an operation removes and adds."""
    before, after = SOURCE.splitlines(), edited(**operation).splitlines()
    found = [line for line in difflib.ndiff(before, after) if line[0] in "-+" and line[2:].strip()]
    return [f"{line[0]}{line[2:]}" for sign in "-+" for line in found if line[0] == sign]


CASES = [
    ("a plain text stays plain", ["steps", "bye", "end"], "See you", ["-    end: Bye", "+    end: See you"]),
    ("one that needs quotes gets them", ["steps", "bye", "end"], "a: b", ["-    end: Bye", '+    end: "a: b"']),
    ("text that looks like a number", ["steps", "bye", "end"], "12", ["-    end: Bye", '+    end: "12"']),
    ("a quoted text stays quoted", ["steps", "count", "ask"], "Fine", ['-    ask: "How many?"', '+    ask: "Fine"']),
    (
        "a comment on the line stays",
        ["steps", "hello"],
        'Say "hi"',
        ['-  hello: "Hi there!"   # a greeting', '+  hello: "Say \\"hi\\""   # a greeting'],
    ),
    (
        "several lines become a block",
        ["steps", "bye", "end"],
        "Bye\n\nbye",
        ["-    end: Bye", "+    end: |-", "+      Bye", "+      bye"],
    ),
    (
        "a block stays a block",
        ["steps", "order"],
        "Order!\n",
        ["-    You can order at any time.", "-    Thanks!", "+    Order!"],
    ),
    (
        "a value in brackets",
        ["steps", "check", "branch", 0, "if"],
        "n > 3, or {",
        ["-      - {if: n > 3, then: bye}", '+      - {if: "n > 3, or {", then: bye}'],
    ),
    ("a new key", ["steps", "count", "type"], "integer", ["+    type: integer"]),
    (
        "a new item",
        ["steps", "check", "branch", 1],
        {"if": "n", "then": "end"},
        ["+      - {if: n, then: end}"],
    ),
    (
        "a short form becomes long",
        ["steps", "hello", "next"],
        "bye",
        [
            '-  hello: "Hi there!"   # a greeting',
            "+  hello:",
            '+    text: "Hi there!"   # a greeting',
            "+    next: bye",
        ],
    ),
    ("an empty value", ["steps", "menu", "options", "Later"], "bye", ["-      Later:", "+      Later: bye"]),
    (
        "parts of what is not there",
        ["variables", "count"],
        1,
        ["+variables:", "+  count: 1"],
    ),
]


@pytest.mark.parametrize(("label", "path", "value", "lines"), CASES, ids=[case[0] for case in CASES])
def test_setting_a_value_changes_only_its_characters(
    label: str, path: list[str], value: object, lines: list[str]
) -> None:
    assert changed(op="set", path=path, value=value) == lines


def test_setting_a_whole_step_writes_only_what_differs() -> None:
    step = {"choose": "And now?", "options": {"Order": "order", "Person": "bye", "Later": None}, "next": "bye"}
    lines = changed(op="set", path=["steps", "menu"], value=step)
    assert lines == [
        "-    choose: What now?",
        "-      Person: hand_off",
        "+    choose: And now?",
        "+      Person: bye",
    ]


def test_unset_takes_the_comment_directly_above_along() -> None:
    lines = changed(op="unset", path=["steps", "menu", "options", "Person"])
    assert lines == ["-      # an agent", "-      Person: hand_off"]


def test_the_only_part_of_a_list_leaves_an_empty_one() -> None:
    assert "    branch: []\n" in edited(op="unset", path=["steps", "check", "branch", 0])


def test_an_inserted_step_stands_behind_another_one() -> None:
    done = edited(op="insert_step", name="when", after="count", step={"ask": "When?", "save": "d", "type": "date"})
    assert "    # type: integer\n  when:\n    ask: When?\n    save: d\n    type: date\n  check:\n" in done


def test_an_inserted_first_step_becomes_the_start() -> None:
    done = edited(op="insert_step", name="first", after=None, step="Welcome")
    assert next(iter(read_flow(done).content.steps)) == "first"


def test_a_renamed_step_is_renamed_where_it_is_named() -> None:
    lines = changed(op="rename_step", name="bye", to="farewell")
    assert lines == [
        "-    next: bye",
        "-      - {if: n > 3, then: bye}",
        "-  bye:",
        "+    next: farewell",
        "+      - {if: n > 3, then: farewell}",
        "+  farewell:",
    ]


def test_a_deleted_step_is_refused_while_it_is_named() -> None:
    with pytest.raises(Refused, match="is named in menu → next, check → branch → 0 → then") as refused:
        edited(op="delete_step", name="bye")
    assert refused.value.line == 16


def test_a_deleted_step_leaves_its_place_to_another() -> None:
    done = edited(op="delete_step", name="order", relink="check")
    assert "      Order: check\n" in done
    assert "  order:" not in done


def test_what_continued_with_a_deleted_step_leads_on_to_the_other_one() -> None:
    done = edited(op="delete_step", name="count", relink="bye")
    assert "  order:\n    text: |\n      You can order at any time.\n\n      Thanks!\n    next: bye\n" in done


def test_a_moved_step_keeps_what_it_leads_to() -> None:
    before = {(edge.source, edge.label): edge.target for edge in edges(read_flow(SOURCE))}
    done = edited(op="move_step", name="count", after="hello")
    assert {(edge.source, edge.label): edge.target for edge in edges(read_flow(done))} == before
    assert list(read_flow(done).content.steps) == ["hello", "count", "menu", "order", "check", "bye"]
    assert "    # type: integer\n" in done


def test_a_move_is_refused_when_it_would_write_next() -> None:
    with pytest.raises(Refused, match="continue with the one below"):
        edited(op="move_step", name="count", after="hello", keep_implicit=True)


def test_the_first_step_is_not_moved_away() -> None:
    with pytest.raises(Refused, match="the flow begins with"):
        edited(op="move_step", name="hello", after="bye")


@pytest.mark.parametrize(
    ("edge", "to", "lines"),
    [
        (["steps", "menu", "options", "Order"], "bye", ["-      Order: order", "+      Order: bye"]),
        (["steps", "menu", "options", "Order"], None, ["-      Order: order", "+      Order: null"]),
        (["steps", "check", "else"], "end", ["-    else: menu", "+    else: end"]),
        (
            ["steps", "check", "branch", 0],
            "menu",
            ["-      - {if: n > 3, then: bye}", "+      - {if: n > 3, then: menu}"],
        ),
        (["steps", "count", "next"], "bye", ["+    next: bye"]),
        (["steps", "menu", "next"], None, ["-    next: bye"]),
    ],
)
def test_an_edge_is_led_elsewhere(edge: list[str], to: str | None, lines: list[str]) -> None:
    assert changed(op="connect", edge=edge, to=to) == lines


def test_an_edge_to_an_agent_cannot_be_led_elsewhere() -> None:
    source = "flow: a\nsteps:\n  x:\n    hand_off: why\n"
    with pytest.raises(Refused, match="cannot lead elsewhere"):
        edited(source, op="connect", edge=["steps", "x", "hand_off"], to="x")


def test_an_option_moves_with_its_comment() -> None:
    options = ["steps", "menu", "options", "Person"]
    assert edited(op="move", path=options, to=0) == SOURCE.replace(
        "      Order: order\n      # an agent\n      Person: hand_off\n",
        "      # an agent\n      Person: hand_off\n      Order: order\n",
    )
    assert edited(op="move", path=options, to=2) == SOURCE.replace(
        "      # an agent\n      Person: hand_off\n      Later:\n",
        "      Later:\n      # an agent\n      Person: hand_off\n",
    )
    with pytest.raises(Refused):
        edited(op="move", path=options, to=3)


def test_items_move_within_brackets_and_behind_hyphens() -> None:
    brackets = "steps:\n  a: {choose: x, options: [One, 'Two',  Three]}   # c\n"
    assert edited(brackets, op="move", path=["steps", "a", "options", 2], to=0) == brackets.replace(
        "One, 'Two',  Three", "Three, One,  'Two'"
    )
    cases = (
        "steps:\n  a:\n    branch:\n      # few\n      - {if: x, then: b}\n\n      - if: y\n        then: end\n  b: Hi"
    )
    assert edited(cases, op="move", path=["steps", "a", "branch", 1], to=0) == (
        "steps:\n  a:\n    branch:\n      - if: y\n        then: end\n\n      # few\n      - {if: x, then: b}\n  b: Hi"
    )


LISTS = (
    """steps:\n  a: {choose: x, options: [One, 'Two', "3"]}   # c\n""",
    """steps:\n  a:\n    choose: x\n    options:\n      - One   # first\n      - 'Two'\n      - "3"\n""",
)


@pytest.mark.parametrize("source", LISTS, ids=["brackets", "lines"])
def test_options_in_a_list_are_named_by_their_titles(source: str) -> None:
    def options(title: str, **operation: object) -> list[object]:
        found = read_tree(edited(source, path=["steps", "a", "options", title], **operation)).value
        return list(found["steps"]["a"]["options"])

    assert options("Two", op="rename_key", to="Second") == ["One", "Second", "3"]
    assert "'Second'" in edited(source, op="rename_key", path=["steps", "a", "options", "Two"], to="Second")
    assert options("3", op="rename_key", to="12") == ["One", "Two", "12"]
    assert options("Two", op="unset") == ["One", "3"]
    assert options("3", op="move", to=0) == ["3", "One", "Two"]
    assert options("New", op="set", value=None) == ["One", "Two", "3", "New"]
    assert options("One", op="set", value=None) == ["One", "Two", "3"]
    with pytest.raises(Refused, match="there is a `3` already"):
        options("One", op="rename_key", to="3")


def test_a_new_option_that_leads_somewhere_makes_a_mapping_of_the_list() -> None:
    path = ["steps", "a", "options", "New"]
    assert edited(LISTS[0], op="set", path=path, value="a") == LISTS[0].replace(
        """[One, 'Two', "3"]""", "{One: null, Two: null, 3: null, New: a}"
    )


@pytest.mark.parametrize("pad", ["      ", "    "])
def test_titles_in_a_list_become_keys_with_their_comments(pad: str) -> None:
    source = f"steps:\n  a:\n    choose: x\n    options:\n{pad}- One   # first\n{pad}# odd\n{pad}- '2: b'\n"
    done = edited(source, op="connect", edge=["steps", "a", "options", "One"], to="a")
    assert [line.strip() for line in done.splitlines()[4:]] == ["One: a   # first", "# odd", "'2: b':"]
    assert read_tree(done).value["steps"]["a"]["options"] == {"One": "a", "2: b": None}


def test_steps_are_not_moved_as_keys() -> None:
    with pytest.raises(Refused):
        edited(op="move", path=["steps", "menu"], to=0)


PASTED = """\
flow: other
steps:
  # from elsewhere
  thanks: 'Thanks!'     # kindly
  order:
    ask: |
      How many?

      Say a number.
    save: n
    reprompt: "?"
    next: thanks
variables: {n: 1}
"""


def test_pasted_steps_stay_as_they_are_written_and_get_free_names() -> None:
    before, behind = SOURCE.split("  count:")
    for text in (PASTED, PASTED.split("steps:\n")[1].split("variables")[0], PASTED.replace("\n", "\r\n")):
        assert edited(op="paste_steps", after="order", text=text) == (
            f"{before.rstrip()}\n"
            "  # from elsewhere\n  thanks: 'Thanks!'     # kindly\n  order_2:\n    ask: |\n      How many?\n\n"
            f'      Say a number.\n    save: n\n    reprompt: "?"\n    next: thanks\n\n  count:{behind}'
        )
    assert edited(op="paste_steps", after=None, text="a:\n  end: Bye\n").index("  a:") == SOURCE.index("  hello")


@pytest.mark.parametrize("text", ["hello", "- a", "a:", "a: 1", "steps: {a: Hi}", "a: [", "# nothing"])
def test_what_has_no_steps_is_not_pasted(text: str) -> None:
    with pytest.raises(Refused):
        edited(op="paste_steps", after="order", text=text)


def test_a_comment_is_never_lost_by_setting() -> None:
    with pytest.raises(Refused, match="would be lost") as refused:
        edited(op="set", path=["steps", "menu", "options"], value={"Later": None, "Order": "order"})
    assert refused.value.line == 13


def test_line_breaks_mark_and_missing_last_break_stay() -> None:
    source = "\ufeff" + SOURCE.replace("\n", "\r\n").removesuffix("\r\n")
    done = edited(source, op="set", path=["steps", "bye", "next"], value="menu")
    assert done.startswith("\ufeff# The menu.\r\n")
    assert done.endswith("    end: Bye\r\n    next: menu")
    assert "\n" not in done.replace("\r\n", "")


def test_what_is_not_yaml_is_edited_as_text_only() -> None:
    broken = edited(op="text", source="flow: [")
    with pytest.raises(Refused, match="not YAML"):
        edited(broken, op="set", path=["flow"], value="x")
    assert edited(broken, op="text", source=SOURCE) == SOURCE


def test_several_operations_are_done_together_or_not_at_all() -> None:
    rename = operation_of({"op": "rename_step", "name": "bye", "to": "end_it"})
    done = apply_all(SOURCE, [rename, operation_of({"op": "set", "path": ["steps", "end_it", "end"], "value": "x"})])
    assert "  end_it:\n    end: x\n" in done.source
    assert apply(done.source, done.inverse).source == SOURCE
    with pytest.raises(Refused, match="there is no step `nobody`"):
        apply_all(SOURCE, [rename, operation_of({"op": "delete_step", "name": "nobody"})])


def test_a_patch_for_another_text_is_refused() -> None:
    inverse = apply(SOURCE, operation_of({"op": "rename_step", "name": "bye", "to": "x"})).inverse
    with pytest.raises(Refused, match="another one"):
        apply(SOURCE, inverse)


@pytest.mark.parametrize("source", examples(), ids=range(len(examples())))
def test_the_names_of_steps_are_those_of_the_graph(source: str) -> None:
    flow = read_flow(source)
    named = {target for _, target in targets(_plain(source))} - {"end", "hand_off"}
    following = dict(zip(flow.content.steps, [*list(flow.content.steps)[1:], "end"], strict=True))
    implicit = {following[name] for name, step in _plain(source)["steps"].items() if uses_following(step)}
    reached = {edge.target for edge in edges(flow) if edge.label != "does not fit"} - {"end", "hand_off"}
    assert reached <= named | implicit


def _plain(source: str) -> dict[str, Any]:
    value = read_tree(source).value
    assert isinstance(value, dict)
    return value
