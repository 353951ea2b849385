"""The stages of what owners have written: flows and the shop. See `manners.py` for what a stage is."""

from typing import Any

from services.router.decision import Decision, DecisionKind
from services.router.turn import MessageTurn
from shared.commerce import shop
from shared.flows.engine import engine
from shared.flows.engine.actions import ConversationFacts
from shared.flows.engine.actions import CustomerInput as Heard
from shared.messages.content import Choice
from shared.messages.outbound import Author
from shared.storage.documents import plain
from shared.text import words
from shared.workspace.config import BotMode

_SCRIPTED = (BotMode.FLOW, BotMode.HYBRID)


def continue_flow(turn: MessageTurn) -> Decision | MessageTurn | None:
    """A flow waits for this answer. `menu` and `help` leave it, unless it says that it is not to be left."""
    position, book = turn.conversation.flow, turn.context.book
    if position is None:
        return None
    if _wants_out(turn) and book.interruptible(position):
        return turn.with_state(flow=None)
    return _went_on(turn, engine.answer(book, position, _heard(turn), _facts(turn), turn.context.actions))


def start_flow(turn: MessageTurn) -> Decision | MessageTurn | None:
    """Something that a flow waits for to begin."""
    context = turn.context
    if context.workspace.bot.mode not in _SCRIPTED or turn.conversation.flow is not None:
        return None
    heard, facts = _heard(turn), _facts(turn)
    name = engine.trigger(context.book, heard, facts)
    if name is None:
        return None
    return _went_on(turn, engine.begin(context.book, name, facts, context.actions, said=heard))


def answer_from_shop(turn: MessageTurn) -> Decision | None:
    """The menu, the catalogue, the cart and the orders."""
    context = turn.context
    if context.workspace.bot.mode not in _SCRIPTED:
        return None
    result = shop.answer_shop_message(_facts(turn), _heard(turn), turn.conversation.options)
    if result is None:
        return None
    cart = turn.conversation.cart if result.cart is None else result.cart
    note = turn.conversation.cart_note if result.note is None else result.note
    shown = str(result.variables.get("sku") or turn.conversation.product)
    turn = turn.with_state(options=result.options, cart=cart, cart_note=note if cart else "", product=shown)
    turn = turn.with_effects(*result.effects)
    return turn.reply(DecisionKind.SHOP, result.bodies, Author.FLOW, result.outcome)


def _went_on(turn: MessageTurn, outcome: engine.FlowOutcome) -> Decision | MessageTurn:
    """What a flow's outcome means: said at once, asked of the model, handed off; or it was not for the flow."""
    state: dict[str, Any] = {"flow": outcome.position, "options": ()}
    if outcome.cart is not None:
        state |= {"cart": outcome.cart, "cart_note": turn.conversation.cart_note if outcome.cart else ""}
    turn = turn.with_state(**state).with_effects(*outcome.effects)
    if not outcome.taken:
        return turn
    if outcome.hand_off is not None:
        return turn.hand_off(
            DecisionKind.HANDED_OFF, outcome.hand_off, turn.says("handoff_reply"), before=outcome.bodies
        )
    if outcome.ask_ai is not None:
        return turn.ask(outcome.note, brief=outcome.ask_ai, before=outcome.bodies)
    if not outcome.bodies:
        return turn.silent(DecisionKind.FLOW, outcome.note)
    return turn.reply(DecisionKind.FLOW, outcome.bodies, Author.FLOW, outcome.note)


def _wants_out(turn: MessageTurn) -> bool:
    if isinstance(turn.message.content, Choice):
        return False
    return words.heard(turn.text, words.MENU) or words.heard(turn.text, words.HELP)


def _facts(turn: MessageTurn) -> ConversationFacts:
    return turn.context.facts(turn.conversation, turn.message.id, turn.now)


def _heard(turn: MessageTurn) -> Heard:
    content, referral = turn.message.content, turn.message.context.referral
    return Heard(
        content=content,
        text=turn.text,
        choice=content.id if isinstance(content, Choice) else "",
        first=turn.conversation.session_at == turn.message.created_at,
        referral=plain(referral) if referral is not None else {},
        sku=turn.sku,
    )
