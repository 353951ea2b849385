"""The starter `welcome` beside the shop and the FAQ: what they know is theirs."""

from pathlib import Path

import pytest

from shared.decisions.decision import DecisionKind
from shared.messages.commands import TimeUp
from shared.messages.content import Choice, ChoiceKind, Media, MediaKind, Welcome
from tests.services.flow_builders import flow
from tests.services.visits import Visit, visit

WELCOME = (Path(__file__).parents[2] / "shared/flows/starters/welcome/en.yaml").read_text()
FIRST = flow("  one: {ask: 'How can we help?', save: got}\n", triggers={"first_message": True})


def _tapped(id_: str) -> Choice:
    return Choice(kind=ChoiceKind.BUTTON, id=id_, title="Place order")


def _welcomed() -> Visit:
    ada = visit(WELCOME).say("hi")
    assert ada.kind is DecisionKind.FLOW
    return ada


def test_number_after_the_catalogue_is_the_shops() -> None:
    ada = _welcomed().say("catalogue").say("1")
    assert ada.kind is DecisionKind.SHOP
    assert "Oak coaster" in ada.replies[0]


def test_number_after_the_cart_is_the_shops() -> None:
    ada = _welcomed().say("1 x 10").say("cart")
    assert ada.decision.conversation.options
    assert ada.say("2").kind is DecisionKind.SHOP


def test_number_is_the_flows_until_the_shop_offers_something() -> None:
    assert _welcomed().say("1").replies[0].startswith("We are here")
    assert _welcomed().say("Do you deliver?").say("1").replies[0].startswith("We are here")


def test_number_is_the_flows_again_after_a_time_out_in_which_it_asks() -> None:
    steps = (
        "  one: {choose: 'Tea?', options: {Yes: end, No: end}, else: pass, timeout: {after: 10m, then: two}}\n"
        "  two: {choose: 'Milk?', options: {White: end, Black: sure}, style: numbers}\n"
        "  sure: {ask: 'Sure?', save: sure}\n"
    )
    ada = visit(flow(steps, triggers={"keywords": ["tea please"]})).say("tea please").say("catalogue")
    assert ada.state is not None
    assert ada.state.due_at is not None
    ada.now = ada.state.due_at
    assert ada.command(TimeUp, due_at=ada.now).replies == ["Milk?\n\n1. White\n2. Black"]
    assert ada.say("2").replies == ["Sure?"]


def test_button_of_the_flow_is_the_flows_after_the_catalogue() -> None:
    row = Choice(kind=ChoiceKind.BUTTON, id="welcome_hours", title="Opening hours")
    for said in (row, "Opening hours"):
        assert _welcomed().say("catalogue").say(said).kind is DecisionKind.FLOW


@pytest.mark.parametrize("said", ["place order", _tapped("shop:place_order")], ids=["typed", "pressed"])
def test_order_of_a_new_session_is_placed(said: Choice | str) -> None:
    ada = visit(WELCOME).say("catalogue").say("1 x 10").wait(hours=30).say(said)
    assert ada.kind is DecisionKind.SHOP
    assert ada.decision.effects


@pytest.mark.parametrize(
    ("said", "kind"), [("Do you deliver?", DecisionKind.FAQ), ("catalogue", DecisionKind.SHOP)], ids=str
)
def test_first_message_that_others_know_begins_no_flow(said: str, kind: DecisionKind) -> None:
    assert visit(FIRST).say(said).kind is kind


@pytest.mark.parametrize(
    "said",
    ["hi", "menu", "help", "I would like to rent a boat", "4", Welcome(), Media(kind=MediaKind.AUDIO, media_id="1")],
    ids=str,
)
def test_other_first_messages_begin_the_flow(said: Welcome | Media | str) -> None:
    assert visit(FIRST).say(said).kind is DecisionKind.FLOW


def test_trigger_of_its_own_begins_a_flow_that_has_first_message_too() -> None:
    own = flow(
        "  one: {ask: 'How can we help?', save: got}\n", triggers={"first_message": True, "keywords": ["catalogue"]}
    )
    assert visit(own).say("catalogue").kind is DecisionKind.FLOW
