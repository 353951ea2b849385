"""The engine of flows: what is said, asked, kept and done, and that nothing that goes wrong loses a conversation."""

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.conversation import CartLine, CustomerChange, FlowFrame
from shared.flows import load
from shared.flows.engine import engine
from shared.flows.engine.actions import ActionCall, ActionResult, CustomerInput
from shared.flows.engine.engine import FlowBook, trigger
from shared.messages.outbound import TextBody
from tests.services.flow_builders import PICTURE, Talk, book, example, flow, in_time, said


def test_branch_follows_the_first_true_condition() -> None:
    steps = """\
  which:
    branch:
      - {if: n > 10, then: many}
      - {if: n > 1, then: some}
    else: none
  many: {end: many}
  some: {end: some}
  none: {end: none}
"""
    for number, expected in ((11, "many"), (2, "some"), (1, "none"), (None, "none")):
        assert Talk(flow(steps, variables={"n": number})).begin().heard == [expected]


def test_later_steps_see_changes_of_the_customer() -> None:
    steps = """\
  note: {add_tags: ["{{ 'v' + 'ip' }}"], remove_tags: [old], fields: {size: "{{ 2 * 2 }}", gone: null}, qualified: true}
  said: {end: "{{ customer.tags }} {{ customer.fields.size + 1 }} {{ customer.qualified }}"}
"""
    talk = Talk(flow(steps), customer={"name": "Ada", "tags": ["old", "new"], "fields": {"gone": 1}}).begin()
    assert talk.outcome.effects == (
        CustomerChange(add_tags=("vip",), remove_tags=("old",), fields={"size": 4, "gone": None}, qualified=True),
    )
    assert talk.heard == ["new, vip 5 yes"]


def test_customers_text_is_never_evaluated_as_a_template() -> None:
    steps = "  q: {ask: Name, save: it}\n  r: {set: {copy: '{{ it }}'}}\n  s: {end: 'Hi {{ copy }}'}\n"
    assert Talk(flow(steps)).begin().say("{{ customer.phone }}").heard == ["Hi {{ customer.phone }}"]


def test_action_gets_its_arguments_and_chooses_the_next_step() -> None:
    calls: list[ActionCall] = []

    def add(call: ActionCall) -> ActionResult:
        calls.append(call)
        cart = (*call.cart, CartLine(sku=call.arguments["sku"], quantity=call.arguments["quantity"]))
        outcome = "full" if len(cart) > 2 else ""
        return ActionResult(outcome=outcome, bodies=(TextBody(body="Added"),), variables={"size": len(cart)}, cart=cart)

    steps = """\
  one: {call: add, with: {sku: "{{ sku }}", quantity: "{{ 1 + 1 }}", deep: [{x: "{{ sku }}"}]}}
  two: {call: add, with: {sku: B, quantity: 1}, outcomes: {full: full}}
  end_of_it: {end: "{{ size }} in it"}
  full: {end: full}
"""
    talk = Talk(flow(steps, variables={"sku": "A", "size": 0}), {"add": add})
    assert talk.begin().heard == ["Added", "Added", "2 in it"]
    assert calls[0].arguments == {"sku": "A", "quantity": 2, "deep": [{"x": "A"}]}
    assert talk.outcome.cart == (CartLine(sku="A", quantity=2), CartLine(sku="B", quantity=1))
    assert talk.begin().heard == ["Added", "Added", "full"]


def test_option_of_an_action_is_chosen_by_number() -> None:
    def catalogue(call: ActionCall) -> ActionResult:
        return ActionResult(bodies=(TextBody(body="1. Oak 2. Ash"),), options=(("C1", "Oak"), ("C2", "Ash")))

    steps = "  list: {call: show}\n  which: {wait: answer, save: sku}\n"
    steps += "  got: {end: 'You want {{ sku }} ({{ choice }}, {{ answer }})'}\n"
    assert Talk(flow(steps), {"show": catalogue}).begin().say("2").heard == ["You want C2 (C2, 2)"]
    assert Talk(flow(steps), {"show": catalogue}).begin().say("pine").heard == ["You want pine (, pine)"]


def test_options_do_not_carry_over_to_the_next_question() -> None:
    steps = "  a: {choose: x, options: [A, B]}\n  b: {wait: answer, save: it}\n  c: {end: 'got {{ it }}'}\n"
    assert Talk(flow(steps)).begin().say("1").say("2").heard == ["got 2"]


def boom(call: ActionCall) -> ActionResult:
    raise KeyError("the customer's own words")


BROKEN = [
    ("an action that fails", "{call: boom}", "step it: action boom failed (KeyError)"),
    ("an action that is not there", "{call: none_such}", "step it: there is no action none_such"),
    ("a sum without numbers", "{set: {n: '{{ nothing + 1 }}'}}", "step it: a sum needs numbers"),
    ("a file without https", "{image: '{{ nothing }}'}", "step it: the address of the file"),
    ("a value that is too large", "{set: {n: '{{ [l, l, l] }}'}}", "step it: a value is kept only up to"),
    ("a sub-flow that is not there", "{sub_flow: none_such}", "step it: there is no flow none_such"),
]


@pytest.mark.parametrize(("step", "note"), [it[1:] for it in BROKEN], ids=[it[0] for it in BROKEN])
def test_failing_step_hands_off(step: str, note: str) -> None:
    text = flow(f"  hi: Hello\n  it: {step}\n", variables={"nothing": None, "l": ["x" * 999] * 9})
    talk = Talk(text, {"boom": boom}).begin()
    assert talk.heard == ["Hello"], "what was said before is said"
    assert talk.outcome.hand_off == "flow f could not go on at step it"
    assert talk.outcome.note.startswith(f"flow f: {note}")
    assert "own words" not in talk.outcome.note
    assert talk.outcome.position is None


def test_endless_loop_without_waiting_hands_off() -> None:
    """Validation finds it; what it cannot see (here: a sub-flow that has changed since) ends so."""
    outer = flow("  a: {sub_flow: inner}\n  b: {jump: a}\n", flow="outer")
    talk = Talk(book(outer, flow("  x: Hi\n", flow="inner"))).begin("outer")
    assert talk.outcome.hand_off is not None
    assert "more than 100 steps without waiting" in talk.outcome.note
    assert len(talk.outcome.bodies) <= 100


def test_sub_flow_shares_variables_and_returns() -> None:
    outer = flow("  a: {sub_flow: inner, with: {n: '{{ 2 + 2 }}'}}\n  b: {end: '{{ it }} of {{ n }}'}\n", flow="outer",
                 variables={"it": "", "n": 0})  # fmt: skip
    inner = flow("  q: {ask: Which, save: it}\n", flow="inner", variables={"n": 9, "own": 1})
    flows = book(outer, inner)
    talk = Talk(flows).begin("outer")
    assert (talk.position.flow, talk.position.step) == ("inner", "q")
    assert talk.position.stack == (FlowFrame(flow="outer", version=flows.flows[0].version, step="b"),)
    assert talk.position.variables == {"it": "", "n": 4, "own": 1}
    assert talk.say("two").heard == ["two of 4"]
    assert talk.outcome.position is None


def test_depth_of_sub_flows_is_limited() -> None:
    talk = Talk(book(flow("  a: {sub_flow: g}\n"), flow("  a: {sub_flow: f}\n", flow="g"))).begin("f")
    assert "more than 10 sub-flows within each other" in talk.outcome.note


def test_timeout_of_the_outer_flow_ends_its_sub_flows() -> None:
    outer = flow("  a: {sub_flow: inner}\n  late: {end: 'Too late.'}\n", flow="outer",
                 timeout={"after": "1h", "then": "late"})  # fmt: skip
    inner = flow("  q: {ask: Which, save: it, timeout: {after: 2h, then: end}}\n", flow="inner",
                 timeout={"after": "1m", "then": "end"})  # fmt: skip
    talk = Talk(book(outer, inner)).begin("outer")
    assert talk.outcome.due_at == in_time(hours=1)
    assert talk.wait("1h").heard == ["Too late."]
    assert talk.outcome.position is None


def test_steps_after_a_timeout_may_wait_without_another_timeout() -> None:
    steps = "  q: {ask: Which, save: it}\n  done: {end: Done}\n  still: {ask: Still there, save: it, next: done}\n"
    talk = Talk(flow(steps, timeout={"after": "1h", "then": "still"})).begin().wait("1h")
    assert talk.heard == ["Still there"]
    assert (talk.position.ends_at, talk.outcome.due_at) == (None, None)
    assert talk.say("yes").heard == ["Done"]


def test_wait_ends_on_timeout_or_on_any_message() -> None:
    steps = "  w: {wait: 2h, then: late, save: it, next: soon}\n  late: {end: late}\n  soon: {end: 'got {{ it }}'}\n"
    assert Talk(flow(steps)).begin().outcome.due_at == in_time(hours=2)
    assert Talk(flow(steps)).begin().wait("2h").heard == ["late"]
    assert Talk(flow(steps)).begin().say("hi").heard == ["got hi"]
    assert Talk(flow(steps)).begin().say(PICTURE).heard == ["got "]
    assert Talk(flow("  w: {wait: 10m}\n  x: {end: later}\n")).begin().wait("10m").heard == ["later"]
    assert Talk(flow("  w: {wait: answer}\n")).begin().outcome.due_at is None


def test_answer_restarts_the_timeout_of_its_step() -> None:
    talk = Talk(flow("  q: {ask: n, save: n, type: integer, timeout: {after: 1h, then: end}}\n")).begin()
    talk.facts = replace(talk.facts, now=in_time(minutes=30))
    assert talk.say("x").outcome.due_at == in_time(minutes=90)


def test_early_timer_changes_nothing() -> None:
    talk = Talk(flow("  w: {wait: 2h}\n")).begin()
    before = talk.position
    talk.wait("1h")
    assert (talk.position, talk.outcome.bodies, talk.outcome.taken) == (before, (), False)


def test_model_answers_one_message_then_the_flow_continues() -> None:
    steps = "  a: {ai: 'Be kind to {{ customer.name }}.'}\n  b: {end: Bye}\n"
    talk = Talk(flow(steps)).begin(said=said("help me"))
    assert (talk.outcome.ask_ai, talk.position.step) == ("Be kind to Ada.", "a")
    talk.say("thanks")
    assert (talk.heard, talk.outcome.ask_ai, talk.outcome.position) == (["Bye"], None, None)


def test_model_answers_until_the_exit_word() -> None:
    steps = "  a: {ai: Advise., until: [done, c'est bon], timeout: {after: 1h, then: b}}\n  b: {end: Bye}\n"
    talk = Talk(flow(steps)).begin()
    for text in ("and blue?", "I am not done"):
        assert talk.say(text).outcome.ask_ai == "Advise."
    assert talk.say("C’est bon!").heard == ["Bye"]
    assert Talk(flow(steps)).begin().wait("1h").heard == ["Bye"]


def test_flow_that_ends_with_the_model_has_ended() -> None:
    talk = Talk(flow("  a: {ai: Advise.}\n")).begin()
    assert (talk.outcome.ask_ai, talk.outcome.position) == ("Advise.", None)


def test_conversation_keeps_the_flow_version_that_it_began_with() -> None:
    steps = "  q: {ask: Which, save: it}\n  thanks: {end: 'Old thanks'}\n"
    old, new = load.read_flow(flow(steps)), load.read_flow(flow(steps.replace("Old", "New")))
    talk = Talk(FlowBook([old])).begin()
    talk.book = FlowBook([old, new], {"f": new.version})
    assert talk.say("x").heard == ["Old thanks"]
    assert talk.begin().say("x").heard == ["New thanks"]


def test_flow_book_lists_and_accepts_missing_versions() -> None:
    steps = "  q: {ask: Which, save: it}\n  thanks: {end: 'Old thanks'}\n"
    old, new = load.read_flow(flow(steps)), load.read_flow(flow(steps.replace("Old", "New")))
    talk = Talk(FlowBook([old])).begin()
    flows = FlowBook([new])
    assert flows.missing(talk.position) == (("f", old.version),)
    assert flows.missing(None) == ()
    talk.book = flows.with_flows([old])
    assert talk.book.missing(talk.position) == ()
    assert talk.book.current("f") == new
    assert talk.say("x").heard == ["Old thanks"]


def test_missing_old_version_continues_at_the_same_step_of_the_new_one() -> None:
    steps = "  q: {ask: Which, save: it}\n  thanks: {end: 'New thanks'}\n"
    talk = Talk(flow(steps.replace("New", "Old"))).begin()
    talk.book = book(flow(steps))
    assert talk.say("x").heard == ["New thanks"]


def test_position_in_a_removed_flow_is_dropped() -> None:
    talk = Talk(flow("  q: {ask: Which, save: it, timeout: {after: 1h, then: end}}\n")).begin()
    talk.book = book(flow("  other: {wait: answer}\n"))
    assert (talk.say("x").outcome.taken, talk.outcome.position) == (False, None)
    talk = Talk(flow("  q: {ask: Which, save: it, timeout: {after: 1h, then: end}}\n")).begin()
    talk.book = FlowBook()
    assert talk.wait("1h").outcome.position is None
    assert Talk(FlowBook()).begin("none").outcome.taken is False


def test_flow_declares_if_it_is_interruptible() -> None:
    talks = [Talk(flow("  q: {wait: answer}\n", interruptible=value)).begin() for value in (True, False)]
    assert [talk.book.interruptible(talk.position) for talk in talks] == [True, False]
    assert FlowBook().interruptible(talks[1].position), "one that is gone"


TRIGGERS = book(
    flow("  a: Hi\n", flow="exact", triggers={"keywords": ["Café", "buy now"]}),
    flow("  a: Hi\n", flow="words", triggers={"contains": ["how much", "café"]}),
    flow("  a: Hi\n", flow="pattern", triggers={"regex": [r"order (?P<number>\d+).*"]}),
    flow("  a: Hi\n", flow="button", triggers={"buttons": ["cafe"]}),
    flow("  a: Hi\n", flow="ad", triggers={"referrals": ["77"]}),
    flow("  a: Hi\n", flow="first", triggers={"first_message": True}),
    flow("  a: Hi\n", flow="high", priority=5, triggers={"contains": ["urgent"]}),
)
BEGUN: list[tuple[str, CustomerInput, str | None]] = [
    ("the whole message", said("  CAFE! "), "exact"),
    ("the whole message is nearer than words in it", said("café"), "exact"),
    ("words in it", said("And how MUCH is it?"), "words"),
    ("parts of words are no words", said("show muchness"), None),
    ("a pattern", said("Order 12, please"), "pattern"),
    ("a pattern is for the whole message", said("my order 12"), None),
    ("a button", said("Café", choice="cafe"), "button"),
    ("the ad", said("hi", referral={"source_id": "77"}, first=True), "ad"),
    ("another ad", said("hi", referral={"source_id": "78"}), None),
    ("the first message", said("hi", first=True), "first"),
    ("the first message that says something", said("café", first=True), "exact"),
    ("priority is before all", said("how much? urgent!"), "high"),
    ("nothing", said("hello"), None),
    ("an empty message", said(""), None),
    ("a picture", PICTURE, None),
    ("64 KB", said("how " * 16384), None),
]


@pytest.mark.parametrize(("message", "name"), [it[1:] for it in BEGUN], ids=[it[0] for it in BEGUN])
def test_message_begins_the_flow_that_it_triggers(message: CustomerInput, name: str | None) -> None:
    assert trigger(TRIGGERS, message) == name


def test_pattern_groups_and_command_values_are_variables() -> None:
    text = flow("  a: {end: 'order {{ number }} {{ more }}'}\n", triggers={"regex": r"order (?P<number>\d+)"},
                variables={"more": ""})  # fmt: skip
    assert Talk(text).begin(said=said(" ORDER 12 "), variables={"more": "now"}).heard == ["order 12 now"]


def test_time_is_in_the_workspaces_timezone() -> None:
    text = flow("  a: {end: '{{ today }} {{ time }} {{ weekday }}'}\n")
    assert Talk(text).begin().heard == ["2026-03-14 10:26 sat"]


LINES = st.one_of(
    st.text(max_size=60),
    st.sampled_from(["1", "2", "yes", "ada@x.com", "500", "tomorrow", "x" * 5000, "\0", "{{ x }}"]),
)


@given(
    lines=st.lists(st.one_of(LINES, st.sampled_from([None])), max_size=12),
    which=st.sampled_from(["lead", "appointment"]),
)
def test_flow_continues_or_ends_deterministically_on_any_text(lines: list[str | None], which: str) -> None:
    talk = Talk(example(which)).begin()
    for line in lines:
        if talk.outcome.position is None:
            break
        position, facts = talk.position, talk.facts
        if line is None:
            talk.wait("1h")
            again = engine.time_up(talk.book, position, talk.facts, {})
        else:
            talk.say(line)
            again = engine.answer(talk.book, position, said(line), facts, {})
        assert again == talk.outcome
        assert all(len(body.body) <= 4096 for body in talk.outcome.bodies if isinstance(body, TextBody))
        if talk.outcome.position is not None:
            assert len(msgspec.json.encode(talk.outcome.position)) < 20_000
        assert line is None or len(line) < 9 or line not in talk.outcome.note
