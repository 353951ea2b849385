"""Order of flows and shop among the router's stages, and the state of a flow that is left."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from shared.decisions.decision import Decision, DecisionKind
from shared.domain.conversation import CustomerChange, Mode, OrderPlaced
from shared.domain.customer import customer_view
from shared.messages.commands import StartFlow, TimeUp
from shared.messages.content import (
    CatalogOrder,
    Choice,
    ChoiceKind,
    Media,
    MediaKind,
    OrderItem,
    Welcome,
)
from tests.services.builders import NOW, decision_context
from tests.services.flow_builders import book
from tests.services.shop_builders import a_shop
from tests.services.visits import Visit, visit

LEAD = """
flow: lead
triggers: {keywords: [quote], buttons: [get_quote]}
steps:
  city: {ask: "Which city?", type: text, save: city, timeout: {after: 10m, then: gone}}
  many: {ask: "How many?", type: integer, save: many, retries: 1, else: hand_off}
  keep: {add_tags: [lead], fields: {city: "{{ city }}"}}
  done: "{{ many }} cups for {{ city }}."
  stop: {end: true}
  gone: "Are you there?"
"""


def test_shop_leads_from_the_menu_to_an_order() -> None:
    ada = visit().say("hi")
    assert ada.kind is DecisionKind.SHOP
    assert "Choose from the menu" in ada.replies[0]
    assert "1. Oak coaster – " in ada.say("1").replies[0]
    assert "Added: 10 x Oak coaster" in ada.say("1 x 10").replies[0]
    ada.say("place order")
    (order,) = ada.decision.effects
    assert isinstance(order, OrderPlaced)
    assert (order.total, order.currency) == ("45.00", "USD")
    assert order.number in ada.replies[0]
    assert ada.state is not None
    assert ada.state.cart == ()


def test_redelivered_message_places_the_same_order() -> None:
    ada = visit().say("1 x 10")
    before, number = ada.state, ada.number
    first = ada.say("place order").decision
    again = Visit(ada.decision_context, before)
    again.number, again.now = number, ada.now - timedelta(seconds=20)
    assert again.say("place order").decision.effects == first.effects


def test_order_from_the_whatsapp_catalogue_is_placed() -> None:
    item = OrderItem(sku="C1", quantity=3, price="4.50", currency="USD")
    ada = visit().say(CatalogOrder(catalog_id="1", items=(item,)))
    assert ada.kind is DecisionKind.SHOP
    (order,) = ada.decision.effects
    assert isinstance(order, OrderPlaced)
    assert order.total == "13.50"


def test_opened_chat_shows_the_menu() -> None:
    assert "Choose from the menu" in visit().say(Welcome()).replies[0]
    assert Visit(decision_context()).say(Welcome()).kind is DecisionKind.NOTHING_SAID


def test_number_still_chooses_after_an_faq_answer() -> None:
    ada = visit().say("catalogue").say("Do you deliver?")
    assert (ada.kind, ada.replies) == (DecisionKind.FAQ, ["Within three days."])
    assert "Slate coaster" in ada.say("2").replies[0]


def test_number_chooses_nothing_after_a_models_answer() -> None:
    ada = visit().say("catalogue").say("what would you give to a friend who paints")
    assert ada.kind is DecisionKind.AI
    assert ada.say("2").kind is DecisionKind.AI


def test_active_flow_gets_all_answers() -> None:
    ada = visit(LEAD).say("quote")
    assert (ada.kind, ada.replies) == (DecisionKind.FLOW, ["Which city?"])
    assert ada.say("Lagos").replies == ["How many?"]
    assert ada.say("a dozen or so").replies == ["Please write a whole number."]
    ada.say("12")
    assert ada.replies == ["12 cups for Lagos."]
    assert ada.state is not None
    assert ada.state.flow is None
    changes = [effect for effect in ada.decision.effects if isinstance(effect, CustomerChange)]
    assert changes[0].add_tags == ("lead",)
    assert ada.say("quote").replies == ["Which city?"]


def test_trigger_button_begins_a_flow() -> None:
    ada = visit(LEAD).say(Choice(kind=ChoiceKind.BUTTON, id="get_quote", title="Get a quote"))
    assert ada.replies == ["Which city?"]


@pytest.mark.parametrize(
    ("word", "kind", "stays"),
    [
        ("menu", DecisionKind.SHOP, False),
        ("Help!", DecisionKind.SHOP, False),
        ("agent", DecisionKind.HANDED_OFF, False),
        ("STOP", DecisionKind.OPTED_OUT, False),
        ("cancel", DecisionKind.FLOW, True),
        ("Do you deliver?", DecisionKind.FLOW, True),
    ],
)
def test_only_some_words_interrupt_a_flow(word: str, kind: DecisionKind, stays: bool) -> None:
    ada = visit(LEAD).say("quote").say(word)
    assert ada.kind is kind
    assert ada.state is not None
    assert (ada.state.flow is not None) == stays


def test_uninterruptible_flow_still_has_menu_and_help() -> None:
    strict = LEAD.replace("flow: lead", "flow: lead\ninterruptible: false")
    assert visit(strict).say("quote").say("menu").replies == ["How many?"]


def test_flow_without_valid_answers_hands_off() -> None:
    ada = visit(LEAD).say("quote").say("Lagos").say("many").say("very many")
    assert ada.kind is DecisionKind.HANDED_OFF
    assert ada.state is not None
    assert (ada.state.mode, ada.state.flow, ada.state.waiting_since) == (Mode.HUMAN, None, ada.now)


def test_flow_sends_its_text_before_the_models_answer() -> None:
    ask = 'flow: tea\ntriggers: {keywords: [tea]}\nsteps:\n  one: "A moment."\n  two: {ai: "Suggest a tea."}\n'
    ada = visit(ask).say("tea")
    assert ada.replies == ["A moment."]
    assert ada.asked is not None
    assert (ada.asked.brief, ada.asked.index) == ("Suggest a tea.", 1)


def test_voice_message_may_trigger_a_flow_or_gets_a_polite_answer() -> None:
    voice = Media(kind=MediaKind.AUDIO, media_id="1", voice=True)
    first = 'flow: hello\ntriggers: {first_message: true}\nsteps:\n  one: "Welcome."\n'
    assert visit(first).say(voice).replies == ["Welcome."]
    assert visit().say(voice).kind is DecisionKind.UNREADABLE


def test_flows_and_shop_depend_on_the_bot_mode() -> None:
    for mode, kind in (("faq", DecisionKind.NO_ANSWER), ("ai", DecisionKind.AI), ("flow", DecisionKind.FLOW)):
        of = a_shop(bot={"mode": mode, "debounce_ms": 0})
        ada = Visit(replace(decision_context(of, customer=customer_view(None)), book=book(LEAD))).say("quote")
        assert ada.kind is kind, mode


@pytest.mark.parametrize("word", ["cancel", "Quit", "annuler", "cancelar", "encerrar"])
def test_ambiguous_stop_word_opts_out_only_outside_a_dialogue(word: str) -> None:
    assert visit().say(word).kind is DecisionKind.OPTED_OUT
    assert visit().say("1 x 10").say(word).kind is not DecisionKind.OPTED_OUT
    own = f'flow: away\ntriggers: {{keywords: ["{word}"]}}\nsteps:\n  one: "Which order?"\n'
    assert visit(own).say(word).kind is DecisionKind.FLOW


def test_command_starts_a_flow_with_variables() -> None:
    ada = visit(LEAD).say("hello").command(StartFlow, flow="lead")
    assert (ada.kind, ada.replies) == (DecisionKind.FLOW, ["Which city?"])
    assert ada.say("Lagos").replies == ["How many?"]
    assert ada.command(StartFlow, flow="none").kind is DecisionKind.VOID


def test_no_flow_begins_while_an_agent_has_the_conversation() -> None:
    assert visit(LEAD).say("agent").command(StartFlow, flow="lead").kind is DecisionKind.VOID


def test_timeout_of_a_step_continues_the_flow() -> None:
    ada = visit(LEAD).say("quote")
    assert ada.state is not None
    due = ada.state.due_at
    assert due == ada.now + timedelta(minutes=10)
    assert ada.wait(minutes=10).command(TimeUp, due_at=due).replies == ["Are you there?"]
    assert ada.command(TimeUp, due_at=due).kind is DecisionKind.VOID


def test_started_flow_may_ask_the_model() -> None:
    ask = 'flow: tea\nsteps:\n  one: "A moment."\n  two: {ai: "Suggest a tea."}\n'
    ada = visit(ask).say("hello").command(StartFlow, flow="tea")
    assert ada.asked is not None
    assert (ada.asked.message_ids, ada.asked.index, ada.asked.turn) == ((), 1, ada.decision.conversation.turn)
    assert ada.decision.conversation.through_ai == ada.asked.turn


def test_exhausted_limit_hands_off() -> None:
    ada = visit()
    ada.decision_context = replace(ada.decision_context, exceeded="messages_per_month")
    assert ada.say("hi").kind is DecisionKind.HANDED_OFF
    assert ada.decision.note == "limit: messages_per_month"


@pytest.mark.parametrize(
    "text",
    [
        "x" * 65_536,
        "\n".join(str(number) for number in range(10_000)),
        "1 x 10\n" * 10_000,
        "\x00\x00",
        "\u202e\u2066 1 x 10 \u2069",
        "👨‍👩‍👧‍👦" * 8_000,
        "שלום עולם " * 6_000,
        "a\ud800b",
        "{{ 1/0 }}",
        "1 x 99999999999999999999999",
    ],
    ids=[
        "64 KB",
        "ten thousand numbers",
        "ten thousand lines",
        "nulls",
        "bidi",
        "emoji",
        "rtl",
        "surrogate",
        "braces",
        "huge",
    ],
)
def test_any_text_is_decided_with_or_without_a_flow(text: str) -> None:
    for ada in (visit(LEAD), visit(LEAD).say("quote"), visit(LEAD).say("quote").say("Lagos")):
        clean = text.encode(errors="replace").decode()  # as JSON brings it
        ada.say(clean)
        assert ada.state is not None


def test_decision_has_one_time() -> None:
    def at(now: datetime) -> Decision:
        ada = visit(LEAD)
        ada.now = now
        return ada.say("quote").decision

    assert at(NOW) == at(NOW)


def test_qualification_rule_applies_once() -> None:
    rule = 'customer.order_count > 2 and "trade" not in customer.tags'
    loyal = {**customer_view(None), "order_count": 3}
    for customer, effects in (
        (loyal, (CustomerChange(qualified=True),)),
        ({**loyal, "qualified": True}, ()),
        ({**loyal, "tags": ["trade"]}, ()),
        (customer_view(None), ()),
    ):
        ada = visit(qualified_when=rule)
        ada.decision_context = replace(ada.decision_context, customer=customer)
        assert ada.say("Do you deliver?").decision.effects == effects
