"""Reading flows: what a file means, and that each mistake is named with its line, its step and what to do."""

import json
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]  # it publishes no types
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.flows import load, mermaid, schema
from shared.flows.flow import Flow
from shared.flows.steps import STEP_TYPES, Choose, SendText
from shared.flows.validation.problem import FlowInvalid
from shared.flows.validation.workspace_checks import check_flows
from shared.flows.yaml_tree import read_tree

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "docs/examples/flows").glob("*.yaml"))

GOOD = """\
flow: shop
triggers:
  keywords: [buy]
variables: {count: 0}
timeout: {after: 1h, then: bye}
steps:
  hello: "Hello {{ customer.name }}!"
  menu:
    choose: "What next?"
    options:
      Count: add
      Leave: bye
  add:
    set: {count: "{{ count + 1 }}"}
  far:
    branch:
      - if: count > 3
        then: bye
    else: menu
  bye:
    end: "Bye."
"""


def document(page: Path = ROOT / "docs/flows.md") -> str:
    """The example of the page about the language."""
    return page.read_text().split("```yaml\n")[1].split("```")[0]


def problems(text: str) -> list[str]:
    """Return the problems of a file, without its name."""
    with pytest.raises(FlowInvalid) as raised:
        load.read_flow(text, "f")
    return [line.removeprefix("f:") for line in str(raised.value).splitlines()]


def test_valid_file_is_read() -> None:
    flow = load.read_flow(GOOD)
    assert (flow.name, flow.first_step, flow.next_step("hello"), flow.next_step("add"), flow.next_step("bye")) == (
        "shop",
        "hello",
        "menu",
        "far",
        "end",
    )
    assert isinstance(flow.step("hello"), SendText)
    assert isinstance(flow.step("menu"), Choose)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_are_valid_flows(path: Path) -> None:
    load.read_flow(path.read_text())
    jsonschema.validate(read_tree(path.read_text()).value, schema.schema())


def test_example_in_docs_is_a_valid_flow() -> None:
    load.read_flow(document())
    jsonschema.validate(read_tree(document()).value, schema.schema())


def test_docs_name_every_step_type_and_key() -> None:
    page = (ROOT / "docs/flows.md").read_text()
    for key in load._KEYS:
        assert f"`{key}" in page or f"{key}:" in page or f" {key}," in page or f"{key}}}" in page, key


# A label, a text in GOOD, its replacement, and the expected problem.
MISTAKES = [
    ("an unknown step", "Count: add", "Count: ad", "11: menu: there is no step `ad`"),
    ("an unknown step of the time-out", "then: bye}", "then: by}", "5: timeout: there is no step `by`"),
    ("an unreachable step", "Leave: bye", "Leave: bye\n  lost: Hello", "13: lost: nothing leads here"),
    (
        "an undeclared variable",
        "count > 3",
        "cuont > 3",
        "17: far: `cuont` is not a variable of this flow; did you mean",
    ),
    ("an unknown part of the customer", "customer.name", "customer.nmae", "7: hello: there is no `customer.nmae`"),
    ("a template that cannot be read", "{{ customer.name }}", "{{ customer.name", "7: hello: a `{{` has no `}}`"),
    ("a condition that cannot be read", "count > 3", "count >", "17: far: the expression cannot be read"),
    ("a condition that is refused", "count > 3", "open('x')", "17: far: `open` is not a function"),
    (
        "a time-out without a target",
        "timeout: {after: 1h, then: bye}",
        "timeout: {after: 1h}",
        "5: timeout: `then` is missing",
    ),
    ("a time that is none", "after: 1h", "after: soon", "5: timeout: a time is written as 30s"),
    ("a time that is too long", "after: 1h", "after: 99d", "5: timeout: the longest time is 30d"),
    ("an unknown key", "variables:", "varaibles:", "4: varaibles: `varaibles` is not known; did you mean `variables`?"),
    ("an unknown key of a step", "choose:", "choos:", "8: menu: `choos` is not known; did you mean `choose`?"),
    ("a key of another step", 'end: "Bye."', 'end: "Bye."\n    save: x', "22: bye: `save` does not belong here"),
    ("a missing name", "flow: shop\n", "", "1: flow: `flow` is missing"),
    ("a bad name", "flow: shop", "flow: My Shop", "1: flow: a flow's name has small letters"),
    ("a reserved step", "  bye:", "  end:", "20: end: `end` has a meaning of its own"),
    (
        "a reserved variable",
        "{count: 0}",
        "{count: 0, customer: 1}",
        "4: variables: `customer` has a meaning of its own",
    ),
    ("a step written twice", "  far:", "  add:", "15: file: `add` is written twice"),
    ("no YAML", "[buy]", "[buy", "4: file: not YAML"),
    ("an alias", "[buy]", "[*buy]", "3: file: `*name` (an alias) is not used"),
    (
        "a tag",
        "[buy]",
        "!!python/object:os.system [buy]",
        "3: file: `tag:yaml.org,2002:python/object:os.system` is not used",
    ),
    ("too long a text", "Hello {{", "H" * 5000 + "{{", "7: hello: the text has 5001 characters; at most 4096"),
    ("too long a text with buttons", "What next?", "W" * 1025, "9: menu: the text has 1025 characters; at most 1024"),
    (
        "options that fit nothing",
        "Leave: bye",
        "Leave that and never come back again: bye",
        "10: menu: the title of a row has at most 24",
    ),
    ("a trigger of nothing", "[buy]", '["!!!"]', "3: triggers: `!!!` has no letter or digit"),
    ("a slow pattern", "keywords: [buy]", 'regex: "(a+)+"', "3: triggers: the pattern is refused: a repetition within"),
    ("a branch without conditions", "      - if: count > 3\n        then: bye\n", "      []\n", "16: far: `branch` "),
    ("pass where it means nothing", "else: menu", "else: pass", "19: far: `pass` is only for an answer"),
]


@pytest.mark.parametrize(("before", "after", "said"), [it[1:] for it in MISTAKES], ids=[it[0] for it in MISTAKES])
def test_mistake_is_reported_with_line_and_step(before: str, after: str, said: str) -> None:
    assert GOOD.count(before) == 1
    found = problems(GOOD.replace(before, after))
    assert any(line.startswith(said) for line in found), found


STEPS = [
    ("ask without save", "ask: Who?", "`save` is missing"),
    ("ask of an unknown type", "{ask: Who, save: x, type: colour}", "`type` input should be"),
    (
        "ask for a choice of nothing",
        "{ask: Who, save: x, type: choice}",
        "`type: choice` and `choices` belong together",
    ),
    ("a pattern without its type", "{ask: Who, save: x, pattern: a}", "`type: regex` and `pattern` belong together"),
    ("a limit of another type", "{ask: Who, save: x, type: email, min: 3}", "has no `min` and `max`"),
    ("a limit that is no date", "{ask: When, save: x, type: date, min: soon}", "a limit is `today`"),
    ("limits that nothing fits", "{ask: n, save: x, type: number, min: 9, max: 3}", "`min` is more than `max`"),
    ("four buttons", "{choose: x, options: [A, B, C, D], style: buttons}", "at most 3 buttons, not 4"),
    (
        "a button that is too long",
        "{choose: x, options: [ABCDEFGHIJKLMNOPQRSTU], style: buttons}",
        "at most 20 characters",
    ),
    ("eleven rows", f"{{choose: x, options: {list('ABCDEFGHIJK')}}}", "at most 10 rows, not 11"),
    (
        "a description that is too long",
        f"{{choose: x, options: {{A: {{description: {'d' * 73}}}}}}}",
        "at most 72 characters",
    ),
    ("options that read the same", "{choose: x, options: [Yes, 'yes!']}", "two options have the same title"),
    ("options with the same id", "{choose: x, options: {A: {id: o}, B: {id: o}}}", "two options have the same id"),
    ("four buttons of a text", "{text: x, buttons: {A: a, B: b, C: c, D: d}}", "at most 3 buttons, not 4"),
    ("buttons and a list", "{text: x, buttons: {A: a}, list: {B: b}}", "not both"),
    ("two files", "{image: 'https://a.b/c.png', video: 'https://a.b/c.mp4'}", "one step sends one file"),
    ("a file without https", "image: 'http://a.b/c.png'", "begins with https://"),
    ("an id that is none", "image: 'id:abc'", "`id:` and the id of an uploaded one"),
    ("a caption that is too long", f"{{image: 'https://a.b/c.png', caption: {'c' * 1025}}}", "at most 1024"),
    ("a reason with a customer's words", "hand_off: '{{ answer }}'", "the reason is a plain text"),
    ("a step that is a number", "5", "has keys and values"),
    ("a text that is a list of nothing", "{text: []}", "`text` "),
    ("a bad name of an action", "call: Do It", "an action's name"),
    ("a function as a value", "{end: '{{ len }}'}", "`len` is a function: write `len(…)`"),
    ("a jump into nothing", "jump: nowhere", "there is no step `nowhere`"),
    ("a jump to itself", "jump: it", "goes round for ever without waiting (it → it)"),
    ("a variable before it is set", "{set: {a: '{{ b }}'}}\n  then: {set: {b: 1}}", "`b` is not set yet here"),
    ("a step with next behind its end", "{end: Bye, next: it}", "`next` does not belong here"),
]


@pytest.mark.parametrize(("step", "said"), [it[1:] for it in STEPS], ids=[it[0] for it in STEPS])
def test_inconsistent_step_is_refused(step: str, said: str) -> None:
    step = step if step.startswith("{") or ": " not in step else f"\n    {step}"
    found = problems(f"flow: f\nsteps:\n  it: {step}\n")
    assert any(said in line and ": it: " in line for line in found), found


def test_all_mistakes_are_reported_at_once() -> None:
    text = GOOD.replace("Count: add", "Count: ad").replace("count > 3", "cuont > 3").replace("[buy]", "['!']")
    assert [line.split(":")[0] for line in problems(text)] == ["3", "11", "17"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- a\n- b",
        "flow",
        "null",
        "flow: f\nsteps: {}",
        "flow: f\nsteps: []",
        "? [a]\n: b",
        "[" * 500,
        "\x00",
        "a:\n\t- b",
    ],
)
def test_file_without_a_flow_is_refused(text: str) -> None:
    assert problems(text)


@given(st.text(max_size=200))
def test_any_text_is_a_flow_or_invalid(text: str) -> None:
    for whole in (text, f"flow: f\nsteps:\n  a: {text}", f"flow: f\nsteps:\n  a:\n    ask: {text}\n    save: x"):
        try:
            load.read_flow(whole)
        except FlowInvalid as error:
            assert error.problems


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(load._KEYS), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(load._KEYS), _VALUES, max_size=4), st.sampled_from(tuple(STEP_TYPES)), _VALUES)
def test_any_values_are_a_step_or_invalid(keys: dict[str, object], kind: str, value: object) -> None:
    step = json.dumps({kind: value, **keys})
    try:
        load.read_flow(f"flow: f\nsteps:\n  a: {step}\n")
    except FlowInvalid as error:
        assert all(problem.message for problem in error.problems)


SAME = [
    ("a comment", "# hello\n" + GOOD),
    ("a short form written out", GOOD.replace('"Hello {{ customer.name }}!"', '{text: "Hello {{ customer.name }}!"}')),
    ("a default written out", GOOD.replace("flow: shop", "flow: shop\ninterruptible: true")),
    ("another form of an option", GOOD.replace("Leave: bye", "Leave: {then: bye}")),
]
OTHER = [
    ("another text", GOOD.replace("Bye.", "Good bye.")),
    ("another order of options", GOOD.replace("Count: add\n      Leave: bye", "Leave: bye\n      Count: add")),
]


@pytest.mark.parametrize(("label", "text"), SAME)
def test_version_ignores_comments_and_short_forms(label: str, text: str) -> None:
    assert text != GOOD
    assert load.read_flow(text).version == load.read_flow(GOOD).version, label


@pytest.mark.parametrize(("label", "text"), OTHER)
def test_version_changes_with_the_content(label: str, text: str) -> None:
    assert load.read_flow(text).version != load.read_flow(GOOD).version, label
    assert len(load.read_flow(text).version) == 12


def flows(*texts: str) -> list[Flow]:
    return [load.read_flow(text, f"f{number}") for number, text in enumerate(texts, 1)]


BETWEEN = [
    ("the same name", ("flow: a\nsteps: {x: Hi}", "flow: a\nsteps: {x: Ho}"), "f2:1: flow: `a` is the name"),
    (
        "the same keyword, in another spelling",
        (
            "flow: a\ntriggers: {keywords: Café}\nsteps: {x: Hi}",
            "flow: b\ntriggers: {keywords: [cafe]}\nsteps: {x: Hi}",
        ),
        "f2:2: triggers: `keywords: cafe` begins `a` too",
    ),
    (
        "two for the first message",
        (
            "flow: a\ntriggers: {first_message: true}\nsteps: {x: Hi}",
            "flow: b\ntriggers: {first_message: true}\nsteps: {x: Hi}",
        ),
        "f2:2: triggers: `first_message` begins `a` too",
    ),
    (
        "an unknown sub-flow",
        ("flow: a\nsteps: {x: {sub_flow: bb}}", "flow: b\nsteps: {x: Hi}"),
        "f1:2: x: there is no flow `bb`",
    ),
    (
        "a sub-flow of itself",
        ("flow: a\nsteps: {x: {sub_flow: a}}",),
        "f1:2: x: sub-flows that call each other (a → a)",
    ),
    (
        "sub-flows in a circle",
        ("flow: a\nsteps: {x: {sub_flow: b}}", "flow: b\nsteps: {x: {sub_flow: a}}"),
        "f1:2: x: sub-flows that call each other (a → b → a)",
    ),
    (
        "an unknown variable of a sub-flow",
        ("flow: a\nsteps: {x: {sub_flow: b, with: {n: 1}}}", "flow: b\nsteps: {x: Hi}"),
        "f1:2: x: `b` has no variable `n`",
    ),
    (
        "an unknown action",
        ("flow: a\nsteps: {x: {call: shop.ad}}",),
        "f1:2: x: there is no action `shop.ad`; did you mean `shop.add`?",
    ),
    (
        "a round trip through a sub-flow that does not wait",
        ("flow: a\nsteps: {x: {sub_flow: b}, y: {jump: x}}", "flow: b\nsteps: {x: Hi}"),
        "f1:2: x: goes round for ever without waiting (x → y → x)",
    ),
]


@pytest.mark.parametrize(("texts", "said"), [it[1:] for it in BETWEEN], ids=[it[0] for it in BETWEEN])
def test_problems_between_flows_are_reported(texts: tuple[str, ...], said: str) -> None:
    found = list(map(str, check_flows(flows(*texts), ["shop.add"])))
    assert any(line.startswith(said) for line in found), found


def test_same_trigger_at_another_priority_and_loop_with_a_wait_are_valid() -> None:
    first = "flow: a\ntriggers: {keywords: hi}\nsteps: {x: {sub_flow: b}, y: {jump: x}}"
    second = "flow: b\npriority: 5\ntriggers: {keywords: hi}\nsteps: {x: {wait: answer}}"
    assert check_flows(flows(first, second), []) == []


def test_committed_schema_is_current() -> None:
    """If not: python -m shared.flows.schema"""
    assert schema.FILE.read_text(encoding="utf-8") == schema.text()
    jsonschema.Draft202012Validator.check_schema(schema.schema())


BY_SCHEMA = [
    ("a typed key", GOOD.replace("choose:", "choos:")),
    ("a time that is none", GOOD.replace("after: 1h", "after: soon")),
    ("an unknown key", GOOD.replace("variables:", "varaibles:")),
    ("a bad name", GOOD.replace("flow: shop", "flow: My Shop")),
]


@pytest.mark.parametrize(("label", "text"), BY_SCHEMA)
def test_schema_refuses_mistakes(label: str, text: str) -> None:
    jsonschema.validate(read_tree(GOOD).value, schema.schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(read_tree(text).value, schema.schema())


def test_chart_has_each_step_and_edge() -> None:
    chart = mermaid.to_mermaid(load.read_flow(GOOD))
    assert chart.splitlines()[0] == "flowchart TD"
    for line in (
        '  start(["shop"]) --> s0',
        '  s1(["menu: What next?"])',
        '  s3{"far: which way?"}',
        '  s1 -->|"Count"| s2',
        '  s3 -->|"count #gt; 3"| s4',
        '  start -->|"after 1h in all"| s4',
        "  s4 --> stop",
    ):
        assert line in chart.splitlines(), chart
