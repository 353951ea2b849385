"""Stage for the shop: menu, catalogue, cart, orders."""

from shared.commerce.shop import answer_shop_message
from shared.decisions.decision import Decision, DecisionKind
from shared.decisions.stages.customer_input import SCRIPTED_MODES, facts_of, input_of
from shared.decisions.turn import MessageTurn
from shared.messages.outbound import Author


def answer_from_shop(turn: MessageTurn) -> Decision | None:
    """Answer a message about the shop."""
    if turn.context.workspace.bot.mode not in SCRIPTED_MODES:
        return None
    result = answer_shop_message(facts_of(turn), input_of(turn), turn.conversation.options)
    if result is None:
        return None
    cart = turn.conversation.cart if result.cart is None else result.cart
    note = turn.conversation.cart_note if result.note is None else result.note
    product = str(result.variables.get("sku") or turn.conversation.product)
    turn = turn.with_state(options=result.options, cart=cart, cart_note=note if cart else "", product=product)
    turn = turn.with_effects(*result.effects)
    return turn.reply(DecisionKind.SHOP, result.bodies, Author.FLOW, result.outcome)
