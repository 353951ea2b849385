"""Cart changes that a model proposes: made when the customer confirms them, otherwise void."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from services.router.commands.dispatch import decide_command
from shared.decisions.decision import Decision, DecisionKind
from shared.decisions.pipeline import decide_message
from shared.domain.conversation import CartLine, Conversation, Mode
from shared.messages.cart import CartAction, CartChange
from shared.messages.commands import AgentMessage, HandOff, OrderChanged, ProposeCart, StartFlow, TakeOver
from shared.messages.content import Choice, ChoiceKind, Reaction
from shared.messages.inbound import InboundMessage
from shared.messages.outbound import ButtonsBody, OutboundMessage, Presence, ReactionBody, TextBody, body_text
from tests.services.builders import NOW, decision_context, inbound
from tests.services.shop_builders import a_shop

CONTEXT = decision_context(a_shop())
_BASE: dict[str, Any] = {
    "workspace": "acme",
    "correlation_id": "0" * 32,
    "created_at": NOW,
    "conversation_id": "conversation",
    "by": "ai",
}
OAK = CartChange(action=CartAction.ADD, sku="C1", quantity=2)


def _conversation(**changes: Any) -> Conversation:
    """Return a conversation after a model's answer."""
    state = decide_message(CONTEXT, None, inbound("I would like some coasters of oak, two"), NOW).conversation
    return msgspec.structs.replace(state, **({"through_ai": 0} | changes))


def _command(*changes: CartChange, **values: Any) -> ProposeCart:
    return ProposeCart(**{"id": "p1", **_BASE, "turn": 1, "index": 1, "changes": changes or (OAK,), **values})


def _proposed(*changes: CartChange, **state: Any) -> Conversation:
    return decide_command(CONTEXT, _conversation(**state), _command(*changes), NOW).conversation


def _write(state: Conversation, text: str, **values: Any) -> Decision:
    return decide_message(CONTEXT, state, inbound(text, number=2, **values), NOW)


def _tap(state: Conversation, id_: str) -> Decision:
    return decide_message(CONTEXT, state, inbound(Choice(kind=ChoiceKind.BUTTON, id=id_, title="Yes"), number=2), NOW)


def _texts(decision: Decision) -> str:
    messages = [message for _, message in decision.outputs if isinstance(message, OutboundMessage)]
    return "\n".join(body_text(message.body) for message in messages if not isinstance(message.body, Presence))


def _cart(state: Conversation) -> dict[str, int]:
    return {line.sku: line.quantity for line in state.cart}


def test_customer_is_asked_to_confirm_after_the_models_answer() -> None:
    decision = decide_command(CONTEXT, _conversation(), _command(), NOW)
    ((_, message),) = decision.outputs
    assert isinstance(message, OutboundMessage)
    assert isinstance(message.body, ButtonsBody)
    assert message.body.body == "Add 2 x Oak coaster (USD 4.50 each) to your cart?"
    assert [button.title for button in message.body.buttons] == ["Yes", "No"]
    assert (message.turn, message.index) == (1, 1), "it belongs to the turn of the answer"
    assert _cart(decision.conversation) == {}, "nothing is changed before the confirmation"
    assert decide_command(CONTEXT, _conversation(), _command(), NOW).outputs == decision.outputs, (
        "a repeated decision has the same outputs"
    )


YES = ["yes", "Yes, please!", "OK", "sí", "Oui", "sim", "1"]


@pytest.mark.parametrize("text", YES)
def test_yes_changes_the_cart_once_and_shows_it(text: str) -> None:
    decision = _write(_proposed(), text)
    assert decision.kind is DecisionKind.SHOP
    assert _cart(decision.conversation) == {"C1": 2}
    assert "Oak coaster x 2 = USD 9.00" in _texts(decision)
    assert decision.conversation.proposal is None
    assert _cart(_write(decision.conversation, text if text != "1" else "yes").conversation) == {"C1": 2}, "only once"


def test_yes_button_changes_the_cart() -> None:
    decision = _tap(_proposed(), "propose:yes:p1")
    assert _cart(decision.conversation) == {"C1": 2}


@pytest.mark.parametrize("text", ["no", "No, thanks", "cancel", "nao", "2"])
def test_no_discards_the_proposal(text: str) -> None:
    decision = _write(_proposed(), text)
    assert (_texts(decision), _cart(decision.conversation)) == ("All right, nothing was changed.", {})
    assert decision.conversation.proposal is None


OTHER = ["how much is delivery", "yes but in slate", "STOP", "talk to a person", "catalogue", "3"]


@pytest.mark.parametrize("text", OTHER)
def test_any_other_message_discards_the_proposal(text: str) -> None:
    state = _write(_proposed(), text).conversation
    assert (state.proposal, _cart(state)) == (None, {})
    later = decide_message(CONTEXT, state, inbound("yes", number=3), NOW)
    assert _cart(later.conversation) == {}


def test_button_of_an_earlier_proposal_changes_nothing() -> None:
    first = msgspec.structs.replace(_write(_proposed(), "hm, wait").conversation, through_ai=0)
    for state in (first, msgspec.structs.replace(_proposed(), proposal=None)):
        decision = _tap(state, "propose:yes:p1")
        assert "not open any more" in _texts(decision)
        assert _cart(decision.conversation) == {}
    other = _tap(_proposed(), "propose:yes:p0")
    assert "not open any more" in _texts(other)
    assert (other.conversation.proposal, _cart(other.conversation)) == (None, {})


def test_reaction_confirms_nothing() -> None:
    message = inbound(Reaction(provider_message_id="wamid.1", emoji="👍"), number=2)
    assert _cart(decide_message(CONTEXT, _proposed(), message, NOW).conversation) == {}


def test_yes_on_another_day_confirms_nothing() -> None:
    late: InboundMessage = inbound("yes", number=2, at=NOW + timedelta(days=1))
    assert _cart(decide_message(CONTEXT, _proposed(), late, late.created_at).conversation) == {}


VOID = {
    "an agent has the conversation": {"mode": Mode.HUMAN},
    "the conversation is closed": {"mode": Mode.CLOSED},
    "the customer wrote again": {"turn": 2},
}


@pytest.mark.parametrize("state", VOID.values(), ids=VOID)
def test_proposal_is_void_when_the_conversation_has_moved_on(state: dict[str, Any]) -> None:
    decision = decide_command(CONTEXT, _conversation(**state), _command(), NOW)
    assert (decision.kind, decision.outputs, decision.conversation.proposal) == (DecisionKind.VOID, (), None)


BAD = {
    "an unknown product": [CartChange(action=CartAction.ADD, sku="C9", quantity=1)],
    "too many": [CartChange(action=CartAction.ADD, sku="C1", quantity=10_000)],
    "too many in two steps": [CartChange(action=CartAction.ADD, sku="C1", quantity=6_000)] * 2,
    "none": [CartChange(action=CartAction.ADD, sku="C1", quantity=0)],
    "a negative quantity": [CartChange(action=CartAction.REMOVE, sku="C1", quantity=-1)],
    "too many changes": [OAK] * 11,
}


@pytest.mark.parametrize("changes", BAD.values(), ids=BAD)
def test_impossible_change_is_not_proposed(changes: list[CartChange]) -> None:
    decision = decide_command(CONTEXT, _conversation(), _command(*changes), NOW)
    assert (decision.kind, decision.outputs, decision.conversation.proposal) == (DecisionKind.VOID, (), None)


def test_several_changes_are_confirmed_together() -> None:
    state = _conversation(cart=(CartLine(sku="C2", quantity=5), CartLine(sku="77", quantity=1)))
    changes = (
        OAK,
        CartChange(action=CartAction.REMOVE, sku="C2", quantity=2),
        CartChange(action=CartAction.SET, sku="77", quantity=0),
    )
    decision = decide_command(CONTEXT, state, _command(*changes), NOW)
    assert _texts(decision).startswith(
        "Shall I change your cart?\n– add 2 x Oak coaster (USD 4.50 each) to your cart\n"
        "– remove 2 x Slate coaster from your cart\n– take Cork coaster out of your cart"
    )
    assert _cart(_write(decision.conversation, "yes").conversation) == {"C2": 3, "C1": 2}


def test_removed_product_is_not_added_and_the_customer_is_informed() -> None:
    smaller = decision_context(a_shop(CONTEXT.workspace.model_dump(mode="json")["catalog"][1:]))
    decision = decide_message(smaller, _proposed(), inbound("yes", number=2), NOW)
    assert _cart(decision.conversation) == {}
    assert "not available any more" in _texts(decision)


COMMANDS = [
    TakeOver(id="c1", **(_BASE | {"by": "u1"})),
    AgentMessage(id="c1", body=TextBody(body="Hello"), **(_BASE | {"by": "u1"})),
    HandOff(id="c1", reason="x", **_BASE),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda it: type(it).__name__)
def test_proposal_ends_when_an_agent_or_a_flow_takes_the_conversation(command: Any) -> None:
    state = decide_command(CONTEXT, _proposed(), command, NOW).conversation
    assert (state.proposal, state.options) == (None, ())


def test_reaction_of_an_agent_leaves_the_proposal_open() -> None:
    reaction = ReactionBody(provider_message_id="wamid.1", emoji="👍")
    command = AgentMessage(id="c1", body=reaction, **(_BASE | {"by": "u1"}))
    decision = decide_command(CONTEXT, _proposed(), command, NOW)
    assert _cart(_write(decision.conversation, "yes").conversation) == {"C1": 2}


def test_void_command_leaves_the_proposal_open() -> None:
    for command in (
        StartFlow(id="c1", flow="none", **_BASE),
        OrderChanged(id="c1", number="K7M4-Q2XC", state="paid", text="", **_BASE),
    ):
        assert decide_command(CONTEXT, _proposed(), command, NOW).conversation.proposal is not None


def test_nothing_is_proposed_without_a_catalogue() -> None:
    for of in (a_shop(catalog=[]), a_shop(bot={"mode": "ai"})):
        assert (
            decide_command(replace(CONTEXT, workspace=of), _conversation(), _command(), NOW).kind is DecisionKind.VOID
        )
