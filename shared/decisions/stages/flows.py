"""Stages for flows: continue the running one, start one by a trigger."""

from dataclasses import replace
from typing import Any

from shared.commerce.keywords import ShopKeyword, keyword_of
from shared.decisions.decision import Decision, DecisionKind
from shared.decisions.stages import answers, shop
from shared.decisions.stages.customer_input import SCRIPTED_MODES, facts_of, input_of
from shared.decisions.turn import MessageTurn
from shared.domain.conversation import FlowPosition
from shared.flows.engine import engine
from shared.flows.engine.actions import CustomerInput
from shared.flows.engine.answers import chosen_option
from shared.messages.content import Choice, Welcome, text_of
from shared.messages.inbound import InboundMessage
from shared.messages.outbound import Author
from shared.workspace import reserved_words


def skip_old_press(turn: MessageTurn) -> Decision | None:
    """Do not answer a second press of a button of the running flow, or one of an earlier question, whatever its title
    says.
    """
    position, pressed = turn.conversation.flow, turn.context.pressed
    if position is None:
        return None
    if engine.pressed_before(position, input_of(turn)):
        return turn.silent(DecisionKind.NOTHING_SAID, "a button that was pressed before")
    if not pressed_elsewhere(turn) or pressed is None or pressed.author != Author.FLOW:
        return None
    if shop.answer_from_shop(turn) is not None:
        return None  # the shop's button, with the title of an option
    return turn.silent(DecisionKind.NOTHING_SAID, "a button of an earlier question")


def depends_on_pressed_message(position: FlowPosition | None, message: InboundMessage) -> bool:
    """Return whether the decision depends on which message of ours the customer pressed a button of."""
    content, reply_to = message.content, message.context.reply_to
    if position is None or not position.asked or not reply_to or not isinstance(content, Choice):
        return False
    said = CustomerInput(content=content, text=text_of(content), choice=content.id, reply_to=reply_to)
    return engine.may_be_elsewhere(position, said)


def pressed_elsewhere(turn: MessageTurn) -> bool:
    """Return whether the customer pressed a button below another message than the flow's question, though it is like
    one of the question.
    """
    position, pressed = turn.conversation.flow, turn.context.pressed
    return (
        position is not None
        and pressed is not None
        and engine.pressed_elsewhere(position, input_of(turn), pressed.cause)
    )


def continue_flow(turn: MessageTurn) -> Decision | MessageTurn | None:
    """Give the message to the running flow. `menu` and `help` end an interruptible one."""
    position, book = turn.conversation.flow, turn.context.book
    if position is None:
        return None
    if reserved_words.asks_to_leave_flow(turn.message.content, turn.text, position) and book.interruptible(position):
        return turn.with_state(flow=None)
    if _is_later_option(turn) or pressed_elsewhere(turn):
        return None
    return _apply(turn, engine.answer(book, position, input_of(turn), facts_of(turn), turn.context.actions))


def fits_flow(turn: MessageTurn) -> bool:
    """Return whether the message is a valid answer to the running flow's question."""
    position = turn.conversation.flow
    return position is not None and engine.fits(turn.context.book, position, input_of(turn), facts_of(turn))


def start_flow(turn: MessageTurn) -> Decision | MessageTurn | None:
    """Start the flow that the message triggers."""
    context = turn.context
    if context.workspace.bot.mode not in SCRIPTED_MODES or turn.conversation.flow is not None:
        return None
    customer_input = input_of(turn)
    name = engine.trigger(context.book, customer_input)
    if name is not None and customer_input.first:
        otherwise = engine.trigger(context.book, replace(customer_input, first=False))
        name = otherwise if otherwise != name and _others_know_it(turn) else name
    if name is None:
        return None
    return _apply(turn, engine.begin(context.book, name, facts_of(turn), context.actions, said=customer_input))


def _is_later_option(turn: MessageTurn) -> bool:
    """Return whether the customer chose, in words or by number, one of the options that the shop offered after the flow
    had left a message to it.
    """
    later, said = turn.conversation.options, input_of(turn)
    return bool(later) and not said.choice and chosen_option(later, said) is not None


def _others_know_it(turn: MessageTurn) -> bool:
    """Return whether the shop, or the FAQ for sure, answers the message: no first message that a flow should take.
    Greetings, `menu` and `help` are.
    """
    if isinstance(turn.message.content, Welcome) or keyword_of(turn.text) in (ShopKeyword.MENU, ShopKeyword.HELP):
        return False
    return shop.answer_from_shop(turn) is not None or answers.answer_from_faq(turn) is not None


def _apply(turn: MessageTurn, outcome: engine.FlowOutcome) -> Decision | MessageTurn:
    """Turn a flow's outcome into a decision; into a changed turn when the flow has not taken the message."""
    state: dict[str, Any] = {"flow": outcome.position}
    if outcome.taken:
        state["options"] = ()
    if outcome.cart is not None:
        state |= {"cart": outcome.cart, "cart_note": turn.conversation.cart_note if outcome.cart else ""}
    turn = turn.with_state(**state).with_effects(*outcome.effects)
    if not outcome.taken:
        return turn
    if outcome.hand_off is not None:
        text = turn.workspace_text("handoff_reply")
        return turn.hand_off(DecisionKind.HANDED_OFF, outcome.hand_off, text, before=outcome.bodies)
    if outcome.ask_ai is not None:
        return turn.ask_model(outcome.note, brief=outcome.ask_ai, before=outcome.bodies)
    if not outcome.bodies:
        return turn.silent(DecisionKind.FLOW, outcome.note)
    return turn.reply(DecisionKind.FLOW, outcome.bodies, Author.FLOW, outcome.note)
