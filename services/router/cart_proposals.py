"""Changes of the cart that the model proposes: the customer is asked, and only the customer's own yes makes them. Pure.

The proposal stands in the conversation's state from the question to the customer's next message, whatever that is. A
person who takes over, a flow that starts or anything else that is said ends it too.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import msgspec

from services.router.context import DecisionContext
from services.router.decision import Decision, DecisionKind
from services.router.modes import void_decision
from services.router.outputs import outbound_messages
from services.router.turn import MessageTurn
from shared.commerce import shop_operations, texts
from shared.commerce.cart import Cart, CartFull, quantity_of
from shared.commerce.catalog import OfferedOptions, by_sku, refusal_reason, shorten
from shared.commerce.phrases import say
from shared.commerce.results import text_result
from shared.domain import cart as carts
from shared.domain.conversation import Conversation, Mode, Proposal
from shared.flows.engine.actions import ActionResult, ConversationFacts
from shared.messages.cart import CartAction, CartChange
from shared.messages.commands import ProposeCart
from shared.messages.content import Choice
from shared.messages.inbound import Provider
from shared.messages.outbound import Author, Button, ButtonsBody, TextBody
from shared.text import words
from shared.workspace.config import BotMode

_YES, _NO = "propose:yes:", "propose:no:"  # ids of the buttons, before the proposal's
_MOST = 10  # changes in one question


def ask_to_confirm(context: DecisionContext, after: Conversation, command: ProposeCart, now: datetime) -> Decision:
    """Ask the customer, in the turn of the message that the model answered."""
    why = _why_void(context, after, command)
    if why:
        return void_decision(after, command, why)
    facts = context.facts(after, command.id, now)
    _, problems = _changed(facts, after.cart, command.changes)
    if problems:
        return void_decision(after, command, "it cannot be done")
    yes, no = say("button_yes", facts.language), say("button_no", facts.language)
    buttons = (Button(id=_YES + command.id, title=yes), Button(id=_NO + command.id, title=no))
    proposal = Proposal(id=command.id, changes=command.changes)
    options = tuple((button.id, button.title) for button in buttons)
    asked = msgspec.structs.replace(after, proposal=proposal, options=options)
    body = ButtonsBody(body=_question(facts, command.changes), buttons=buttons)
    outputs = outbound_messages(
        asked, command, Provider(asked.provider), (body,), Author.FLOW, now, first=command.index
    )
    return Decision(DecisionKind.COMMAND, asked, outputs, f"asks the customer, by {command.by}")


def drop_superseded(before: Conversation, after: Conversation) -> Conversation:
    """The state after a command: what was proposed before is void once something else is said or someone has it."""
    goes_on = after.mode is Mode.BOT and after.flow is None and after.turn == before.turn
    if after.proposal is None or goes_on:
        return after
    return msgspec.structs.replace(after, proposal=None, options=_without(after.options))


def answer_to_proposal(turn: MessageTurn) -> Decision | MessageTurn | None:
    """The customer answers the question, or says something else, and then it is void."""
    conversation = turn.conversation
    chosen = _chosen(turn)
    proposal = conversation.proposal
    if proposal is None:
        if not chosen.startswith((_YES, _NO)):
            return None
        return turn.with_state(options=_without(conversation.options)).reply(
            DecisionKind.SHOP, _text(turn, "not_open"), Author.FLOW, "an answer to a question that is not open"
        )
    turn = turn.with_state(proposal=None, options=_without(conversation.options))
    if chosen == _YES + proposal.id or (not chosen and words.heard(turn.text, words.YES)):
        return _confirmed(turn, proposal)
    if chosen == _NO + proposal.id or (not chosen and words.heard(turn.text, words.NO)):
        return turn.reply(DecisionKind.SHOP, _text(turn, "unchanged"), Author.FLOW, "a proposal is refused")
    if chosen.startswith((_YES, _NO)):
        return turn.reply(DecisionKind.SHOP, _text(turn, "not_open"), Author.FLOW, "an answer to an earlier question")
    return turn


def _why_void(context: DecisionContext, after: Conversation, command: ProposeCart) -> str:
    if after.mode is not Mode.BOT:
        return "a person has the conversation" if after.mode is Mode.HUMAN else "the conversation is closed"
    if after.flow is not None:
        return "a flow has the conversation"
    if after.turn != command.turn:
        return "the conversation has moved on"
    if not context.workspace.catalog or context.workspace.bot.mode is not BotMode.HYBRID:
        return "there is no shop"
    return "" if 0 < len(command.changes) <= _MOST else "nothing is proposed, or too much"


def _chosen(turn: MessageTurn) -> str:
    """The id of what the customer tapped, or means by a number; empty for other words."""
    content, options = turn.message.content, turn.conversation.options
    if isinstance(content, Choice):
        return content.id
    number = turn.text.strip().rstrip(".)")
    if number in ("1", "2") and _ours(options):
        return options[int(number) - 1][0]
    return ""


def _ours(options: OfferedOptions) -> bool:
    return bool(options) and options[0][0].startswith(_YES)


def _without(options: OfferedOptions) -> OfferedOptions:
    """A number means nothing any more when the question is not open."""
    return () if _ours(options) else options


def _confirmed(turn: MessageTurn, proposal: Proposal) -> Decision:
    """The changes are made, as far as they still can be, and the cart is shown."""
    facts = turn.context.facts(turn.conversation, turn.message.id, turn.now)
    cart, problems = _changed(facts, turn.conversation.cart, proposal.changes)
    result = _shown(facts, cart, problems)
    turn = turn.with_state(cart=cart if result.cart is None else result.cart, options=result.options)
    return turn.reply(DecisionKind.SHOP, result.bodies, Author.FLOW, "a proposal is confirmed")


def _shown(facts: ConversationFacts, cart: Cart, problems: Sequence[str]) -> ActionResult:
    before = "\n".join(texts.within(problems, 600)) if problems else say("done", facts.language)
    if cart:
        return shop_operations.show_cart(facts, cart, before=before)
    return replace(text_result(f"{before}\n{texts.empty_cart(facts.language)}"), cart=())


def _changed(facts: ConversationFacts, cart: Cart, changes: Sequence[CartChange]) -> tuple[Cart, tuple[str, ...]]:
    """The cart after the changes, and what is to be said about those that cannot be made."""
    problems: list[str] = []
    for change in changes:
        problem, cart = _one(facts, cart, change)
        problems += [problem] if problem else []
    return cart, tuple(problems)


def _one(facts: ConversationFacts, cart: Cart, change: CartChange) -> tuple[str, Cart]:
    product = by_sku(facts.workspace, change.sku)
    if product is None:
        return texts.gone(facts.language), cart
    puts_in = change.action is CartAction.ADD or change.quantity > quantity_of(cart, change.sku)
    reason = refusal_reason(facts, cart, product) if puts_in and change.action is not CartAction.REMOVE else ""
    if reason:
        return reason, cart
    try:
        return "", carts.apply_change(cart, change)
    except CartFull as full:
        return f"{shorten(product.name)} was not added: {full}.", cart
    except ValueError:
        return f"{shorten(product.name)}: that quantity is not possible.", cart


def _question(facts: ConversationFacts, changes: Sequence[CartChange]) -> str:
    """In the shop's words and with its prices, whatever the model has said."""
    lines = [_line(facts, change) for change in changes]
    if len(lines) == 1:
        return f"{lines[0][0].upper()}{lines[0][1:]}?"
    return "\n".join((say("shall_i", facts.language), *texts.within([f"– {line}" for line in lines], 900)))


def _line(facts: ConversationFacts, change: CartChange) -> str:
    product, language = by_sku(facts.workspace, change.sku), facts.language
    values = {
        "quantity": f"{change.quantity:,}",
        "product": shorten(product.name if product else change.sku, 40),
        "each": say("each", language, price=texts.price(product, language)) if product else "",
    }
    if change.action is CartAction.SET and not change.quantity:
        return say("propose_out", language, **values)
    return say(f"propose_{change.action.value}", language, **values)


def _text(turn: MessageTurn, name: str) -> tuple[TextBody, ...]:
    return (TextBody(body=say(name, turn.context.language(turn.conversation))),)
