"""Answers and choices in flows: accepted, rejected, asked again."""

import re
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from shared.flows.engine.actions import CustomerInput
from shared.flows.engine.answers import chosen_option
from shared.flows.engine.refusals import BETWEEN, REFUSALS, between, refusal
from shared.messages.outbound import ListBody, MediaBody, TemplateBody
from shared.text.language import LANGUAGES
from tests.services.builders import workspace
from tests.services.flow_builders import FACTS, PICTURE, Talk, flow, said

ANSWERS: list[tuple[str, str, str | CustomerInput, Any]] = [
    ("a text", "type: text", " Ada ", "Ada"),
    (
        "a text that is too short",
        "{type: text, min: 3}",
        "ab",
        "That is too short. Please write at least 3 characters.",
    ),
    ("a text that is too long", "{type: text, max: 3}", "abcd", "That is too long. Please write at most 3 characters."),
    ("a text of 64 KB", "type: text", "x" * 65536, "That is too long. Please write at most 1000 characters."),
    ("a picture instead of a text", "type: text", PICTURE, "Please answer with a text."),
    ("a number", "type: number", "12,5", 12.5),
    ("a price", "type: number", "€1,200.50", 1200.5),
    ("a number in Arabic digits", "type: integer", "١٢", 12),
    ("a number that is too small", "{type: integer, min: 1, max: 9}", "0", "Please write a whole number from 1 to 9."),
    ("half a whole number", "type: integer", "1.5", "Please write a whole number."),
    ("a word instead of a number", "{type: number, max: 9}", "many", "Please write a number of at most 9."),
    ("an address", "type: email", "<Ada@Example.com>.", "Ada@Example.com"),
    ("two addresses", "type: email", "a@b.co or b@b.co", "Please write one e-mail address, such as ada@example.com."),
    ("no address", "type: email", "ada@home", "Please write one e-mail address, such as ada@example.com."),
    ("a national number", "type: phone", "0803 123 4567", "+2348031234567"),
    (
        "no number",
        "type: phone",
        "12",
        "Please write a phone number with its country code; it is too short for its country.",
    ),
    ("a date", "type: date", "24/3", "2026-03-24"),
    ("a date that is past", "{type: date, min: today}", "1.1.2026", "Please write a date from 2026-03-14 on."),
    ("a date that is far", "{type: date, max: today+7}", "1.1.2027", "Please write a date up to 2026-03-21."),
    ("a choice by its title", "{type: choice, choices: [Red, Blue]}", "BLUE!", "Blue"),
    ("a choice by its number", "{type: choice, choices: [Red, Blue]}", "2.", "Blue"),
    ("a choice by its button", "{type: choice, choices: [Red, Blue]}", said("Blue", choice="Blue"), "Blue"),
    ("no choice", "{type: choice, choices: [Red, Blue]}", "3", "Please choose one of these. [Red | Blue]"),
    ("a pattern", "{type: regex, pattern: '[A-Z]{2}-[0-9]+'}", "ng-12", "ng-12"),
    (
        "no pattern",
        "{type: regex, pattern: '[A-Z]{2}-[0-9]+'}",
        "12",
        "That does not look right. Please check it and write it again.",
    ),
    ("a null byte", "type: integer", "\0", "Please write a whole number."),
]


@pytest.mark.parametrize(("keys", "answer", "expected"), [it[1:] for it in ANSWERS], ids=[it[0] for it in ANSWERS])
def test_answers(keys: str, answer: str | CustomerInput, expected: Any) -> None:
    inner = keys.strip("{}") if keys.startswith("{") else keys
    talk = Talk(flow(f"  q: {{ask: What, save: it, {inner}}}\n  end_of_it: {{wait: answer}}\n")).begin().say(answer)
    if talk.position.step == "q":
        assert talk.heard == [expected]
        assert talk.position.tries == 1
    else:
        assert talk.position.variables["it"] == expected


def test_question_is_repeated_up_to_its_limit_then_continues_at_the_given_step() -> None:
    steps = "  q: {ask: How many?, save: n, type: integer, retries: 2, reprompt: 'A number, please.', else: lost}\n"
    steps += "  thanks: {end: Thanks}\n  lost: {end: Never mind}\n"
    talk = Talk(flow(steps.replace("How many?", '"How many?"'))).begin()
    for tries in (1, 2):
        assert talk.say("what?").heard == ["A number, please."]
        assert talk.position.tries == tries
    assert talk.say("what?").heard == ["Never mind"]
    assert talk.outcome.position is None


def test_flow_hands_off_after_too_many_invalid_answers() -> None:
    talk = Talk(flow("  q: {ask: n, save: n, type: integer, retries: 0}\n")).begin().say("x")
    assert (talk.outcome.hand_off, talk.outcome.position) == ("flow f", None)
    assert talk.outcome.note == "flow f: handed off"


def test_invalid_answer_may_be_left_to_other_stages() -> None:
    talk = Talk(flow("  q: {ask: n, save: n, type: integer, else: pass, timeout: {after: 1h, then: end}}\n")).begin()
    before = talk.position
    for _ in range(9):
        talk.say("do you deliver?")
        assert (talk.outcome.taken, talk.outcome.bodies, talk.position) == (False, (), before)
    assert talk.say("3").outcome.taken


CHOICES = """\
  pick: {choose: Which, save: it, options: {Tea: {id: t, description: hot}, Coffee: {id: c}, Juice: {id: j}}}
  w: {wait: answer}
"""


@pytest.mark.parametrize("heard", ["2", "2.", "(2)", "option 2", "coffee", " Coffee! ", "2️⃣"])
def test_option_is_chosen_by_number_or_title(heard: str) -> None:
    assert Talk(flow(CHOICES)).begin().say(heard).position.variables == {"it": "c"}


@pytest.mark.parametrize("heard", ["4", "0", "tea and coffee", "", "\u200f", "x" * 65536])
def test_invalid_choice_repeats_the_options(heard: str) -> None:
    talk = Talk(flow(CHOICES)).begin().say(heard)
    assert talk.heard == ["Please choose one of these. <Tea | Coffee | Juice>"]


def test_button_of_an_earlier_message_is_ignored() -> None:
    assert Talk(flow(CHOICES)).begin().say(said("Old", choice="old")).position.step == "pick"


def test_options_are_sent_as_buttons_list_or_numbers() -> None:
    row = Talk(flow(CHOICES)).begin().outcome.bodies[0]
    assert isinstance(row, ListBody)
    assert (row.rows[0].id, row.rows[0].title, row.rows[0].description) == ("t", "Tea", "hot")
    assert Talk(flow("  q: {choose: x, options: [A, B]}\n")).begin().heard == ["x [A | B]"]
    numbers = flow("  q: {choose: x, style: numbers, options: {A: {}, B: {description: big}}}\n")
    assert Talk(numbers).begin().heard == ["x\n\n1. A\n2. B (big)"]


def test_text_too_long_for_buttons_has_numbered_options() -> None:
    steps = "  q: {choose: '{{ long }}', options: [A, B]}\n"
    (text,) = Talk(flow(steps, variables={"long": "x" * 1500})).begin().heard
    assert text.endswith("\n\n1. A\n2. B")


def test_every_kind_of_message_is_sent() -> None:
    steps = """\
  one: [no]
  a: {text: ["One", "Two {{ 1 + 1 }}"]}
  b: {text: Press, buttons: {Menu: menu, Help: help}}
  c: {text: Look, list: {Menu: {id: menu, description: all}}, button: More}
  d: {image: "https://x.example/{{ name }}.png", caption: "{{ name }}"}
  f: {document: "id:1234567890", filename: "{{ name }}.pdf"}
  e: {template: order_update, language: pt_BR, parameters: ["{{ name }}", "a\\n b", "{{ none_such }}"]}
"""
    steps = steps.replace("  one: [no]\n", "")
    talk = Talk(flow(steps, variables={"name": "cat", "none_such": None})).begin()
    assert talk.heard[:4] == ["One", "Two 2", "Press [Menu | Help]", "Look <Menu>"]
    assert talk.outcome.bodies[4:] == (
        MediaBody(kind="image", url="https://x.example/cat.png", caption="cat"),  # type: ignore[arg-type]  # a StrEnum
        MediaBody(kind="document", media_id="1234567890", filename="cat.pdf"),  # type: ignore[arg-type]
        TemplateBody(name="order_update", language="pt_BR", parameters=("cat", "a b", "-")),
    )
    assert talk.outcome.position is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_refusals_are_in_the_customers_language(language: str) -> None:
    conversation = msgspec.structs.replace(FACTS.conversation, language=language)
    of = workspace(languages=list(LANGUAGES))
    talk = Talk(flow("  one: {ask: 'Which?', save: got, type: integer, min: 1, max: 9}\n"), workspace=of)
    talk.facts = replace(talk.facts, conversation=conversation)
    reason = refusal("integer", language, between=between("1", "9", language))
    assert talk.begin().say("many").heard == [reason]
    talk = Talk(flow("  one: {choose: 'Which?', options: {Tea: end, Milk: end}}\n"), workspace=of)
    talk.facts = replace(talk.facts, conversation=conversation)
    assert talk.begin().say("wine").heard == [f"{refusal('choose', language)} [Tea | Milk]"]


def test_refusals_exist_in_all_languages_with_the_same_values() -> None:
    for texts in (*REFUSALS.values(), *BETWEEN.values()):
        assert texts.keys() == set(LANGUAGES)
        names = {frozenset(re.findall(r"{(\w+)}", text)) - {"reason"} for text in texts.values()}
        assert len(names) == 1


def test_title_without_letters_may_be_written() -> None:
    options = (("good", "\N{THUMBS UP SIGN}"), ("bad", "\N{THUMBS DOWN SIGN}"))
    assert chosen_option(options, said("\N{THUMBS DOWN SIGN} ")) == "bad"
    assert chosen_option(options, said("\N{WHITE MEDIUM STAR}")) is None
    assert chosen_option((("none", ""),), said("!")) is None


def _pressed(title: str, message: str) -> CustomerInput:
    return said(title, choice=title, reply_to=message)


def test_second_press_of_a_button_answers_no_later_question() -> None:
    options = "{options: {Yes: two, No: end}, choose: 'Is your name Ada?'}"
    sure = "{options: {Yes: gone, No: end}, choose: 'Shall we delete all?'}"
    talk = Talk(flow(f"  one: {options}\n  two: {sure}\n  gone: All is deleted.\n")).begin()
    assert talk.say(_pressed("Yes", "wamid.1")).heard == ["Shall we delete all? [Yes | No]"]
    before = talk.position
    assert talk.say(_pressed("Yes", "wamid.1")).heard == []
    assert talk.position == before
    assert talk.say(_pressed("Yes", "wamid.2")).heard == ["All is deleted."]


def test_second_press_of_the_button_that_began_a_flow_answers_no_question() -> None:
    steps = "  one: {choose: 'Which?', options: {Tea: end, go: end}}\n"
    talk = Talk(flow(steps, triggers={"buttons": ["go"]})).begin(said=_pressed("go", "wamid.1"))
    assert talk.say(_pressed("go", "wamid.1")).heard == []
    assert talk.say(_pressed("go", "wamid.2")).outcome.position is None


def test_button_of_an_unknown_message_is_an_answer() -> None:
    talk = Talk(flow("  one: {choose: 'One?', options: {Yes: two}}\n  two: {choose: 'Two?', options: {Yes: end}}\n"))
    assert talk.begin().say(_pressed("Yes", "")).heard == ["Two? [Yes]"]
    assert talk.say(_pressed("Yes", "")).outcome.position is None


def test_quoted_message_may_be_answered_in_words_again() -> None:
    talk = Talk(flow("  one: {ask: 'One?', save: a}\n  two: {ask: 'Two?', save: b}\n")).begin()
    assert talk.say(said("1", reply_to="wamid.1")).heard == ["Two?"]
    assert talk.say(said("2", reply_to="wamid.1")).outcome.position is None
