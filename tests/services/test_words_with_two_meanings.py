"""Words with a fixed meaning that mean something else here: options and answers of a flow, an order."""

from dataclasses import replace
from typing import Any

import pytest

from shared.decisions.decision import DecisionKind
from shared.domain.conversation import CustomerChange
from shared.domain.customer import customer_view
from shared.messages.content import Choice, ChoiceKind
from shared.messages.inbound import Context
from tests.services.builders import decision_context
from tests.services.flow_builders import book, flow
from tests.services.shop_builders import a_shop
from tests.services.visits import Visit, visit


def _asking(*titles: str) -> str:
    options = ", ".join(f"{title}: done" for title in titles)
    steps = f'  ask: {{choose: "Which?", options: {{{options}}}, save: got}}\n  done: "It is {{{{ got }}}}."\n'
    return flow(steps, triggers={"keywords": ["go"]})


def _question(**values: Any) -> str:
    return flow(
        "  ask: " + str({"ask": "Please tell us.", "save": "got", **values}) + '\n  done: "It is {{ got }}."\n',
        triggers={"keywords": ["go"]},
    )


def _known(**customer: Any) -> Visit:
    of = a_shop(bot={"debounce_ms": 0})
    return Visit(
        replace(decision_context(of, customer={**customer_view(None), **customer}), book=book(_asking("Alta")))
    )


def _tapped(title: str) -> Choice:
    return Choice(kind=ChoiceKind.BUTTON, id=title, title=title)


@pytest.mark.parametrize("title", ["Baja", "Sair", "Alta", "Home", "Menu", "Help", "Agent", "Manager"])
@pytest.mark.parametrize("typed", [True, False], ids=["typed", "pressed"])
def test_option_of_a_flow_leads_where_the_flow_says(title: str, typed: bool) -> None:
    ada = visit(_asking(title, "Other")).say("go")
    said = title.lower() if typed else _tapped(title)
    assert ada.say(said).replies == [f"It is {title}."]
    assert not [one for one in ada.decision.effects if isinstance(one, CustomerChange)]


def test_option_of_a_flow_opts_nobody_in() -> None:
    ada = _known(opted_out=True, opted_out_of="all").say("go").say(_tapped("Alta"))
    assert ada.kind is DecisionKind.FLOW


@pytest.mark.parametrize("title", ["Baja", "Stop"])
def test_button_that_the_flow_does_not_offer_opts_out(title: str) -> None:
    for content in (title, _tapped(title)):
        assert visit(_question()).say("go").say(content).kind is DecisionKind.OPTED_OUT


@pytest.mark.parametrize(
    "word", ["cancel", "cancelar", "annuler", "basta", "remover", "Cancelar suscripción", "拒收", "やめてください"]
)
def test_ambiguous_word_opts_out_only_where_nothing_else_is_meant(word: str) -> None:
    assert visit().say(word).kind is DecisionKind.OPTED_OUT
    ordered = visit().say("1 x 10").say("place order")
    assert ordered.decision.effects
    assert ordered.say(word).kind is not DecisionKind.OPTED_OUT
    assert visit().say("Which wood is the most durable outdoors?").say(word).kind is not DecisionKind.OPTED_OUT
    assert visit().say("hi").wait(hours=30).say(word).kind is DecisionKind.OPTED_OUT


@pytest.mark.parametrize(("state", "opts_out"), [("placed", False), ("shipped", False), ("delivered", True)])
def test_ambiguous_word_may_be_about_an_open_order(state: str, opts_out: bool) -> None:
    ada = _known(recent_orders=[{"number": "K7M4-Q2XC", "state": state}]).say("cancel")
    assert (ada.kind is DecisionKind.OPTED_OUT) is opts_out


@pytest.mark.parametrize(
    ("word", "of", "kind"),
    [
        ("start", "marketing", DecisionKind.SHOP),
        ("subscribe", "marketing", DecisionKind.OPTED_IN),
        ("start", "all", DecisionKind.OPTED_IN),
    ],
)
def test_opt_out_of_marketing_is_not_undone_by_a_word_for_the_menu(word: str, of: str, kind: DecisionKind) -> None:
    assert _known(opted_out=True, opted_out_of=of).say(word).kind is kind


@pytest.mark.parametrize("answer", ["Manager", "Supervisor", "Consultant", "Operator", "una persona"])
def test_person_may_be_the_answer_to_a_question_of_a_flow(answer: str) -> None:
    ada = visit(_question()).say("go").say(answer)
    assert (ada.kind, ada.replies) == (DecisionKind.FLOW, [f"It is {answer}."])


@pytest.mark.parametrize("answer", ["una persona", "uma pessoa", "une personne svp", "Just one person"])
def test_one_person_is_a_number(answer: str) -> None:
    assert visit(_question(type="integer")).say("go").say(answer).replies == ["It is 1."]


@pytest.mark.parametrize(
    ("words", "values"),
    [
        ("manager", {"type": "integer"}),
        ("agent", {}),
        ("a real person please", {}),
        ("I want to talk to a manager", {}),
        ("call me", {}),
        ("quiero hablar con una persona", {}),
    ],
)
def test_agent_is_reached_from_a_question_of_a_flow(words: str, values: dict[str, Any]) -> None:
    assert visit(_question(**values)).say("go").say(words).kind is DecisionKind.HANDED_OFF


@pytest.mark.parametrize(("word", "leaves"), [("menu", True), ("help", True), ("Home", False), ("inicio", False)])
def test_only_words_for_the_menu_leave_a_flow(word: str, leaves: bool) -> None:
    assert (visit(_question()).say("go").say(word).kind is DecisionKind.SHOP) is leaves


def test_second_press_of_a_button_opts_nobody_out() -> None:
    steps = "  a: {choose: 'One?', options: {Baja: b, Alta: b}}\n  b: {ask: 'Two?', save: got}\n"
    ada = visit(flow(steps, triggers={"keywords": ["go"]})).say("go")
    for replies in (["Two?"], []):
        ada.say(_tapped("Baja"), context=Context(reply_to="wamid.out"))
        assert ada.replies == replies
    assert ada.kind is DecisionKind.NOTHING_SAID
    assert ada.decision.conversation.flow is not None
