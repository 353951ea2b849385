"""Cart changes that the model proposes: the customer is asked, and only the customer's own yes applies them. Pure.

A proposal is open from the question to the customer's next message of any kind. A hand-off, a started flow or any other
message sent to the customer closes it too, but for an agent's reaction.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import msgspec

from shared.commerce import shop_operations, texts
from shared.commerce.cart import Cart, CartFull, quantity_of
from shared.commerce.catalog import OfferedOptions, refusal_reason, shorten
from shared.commerce.phrases import say
from shared.commerce.results import text_result
from shared.decisions.context import DecisionContext
from shared.decisions.decision import Decision, DecisionKind
from shared.decisions.modes import void_decision
from shared.decisions.outputs import outbound_messages
from shared.decisions.turn import MessageTurn
from shared.domain import cart as carts
from shared.domain.conversation import Conversation, Mode, Proposal
from shared.flows.engine.actions import ActionResult, ConversationFacts
from shared.messages.cart import CartAction, CartChange
from shared.messages.commands import ProposeCart
from shared.messages.content import Choice
from shared.messages.inbound import Provider
from shared.messages.outbound import Author, Button, ButtonsBody, TextBody
from shared.text import phrases
from shared.workspace.catalog import by_sku
from shared.workspace.config import BotMode

_YES, _NO = "propose:yes:", "propose:no:"  # prefixes of button ids, before the proposal's id
_MAX_CHANGES = 10  # in one question


def ask_to_confirm(context: DecisionContext, after: Conversation, command: ProposeCart, now: datetime) -> Decision:
    """Return the decision that asks the customer, in the turn of the message that the model answered."""
    why = _why_void(context, after, command)
    if why:
        return void_decision(after, command, why)
    facts = context.facts(after, command.id, now)
    _, problems = _apply_changes(facts, after.cart, command.changes)
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
    """Return the state after a command; an open proposal is closed if the command sent something or changed who
    answers."""
    stays_open = after.mode is Mode.BOT and after.flow is None and after.turn == before.turn
    if after.proposal is None or stays_open:
        return after
    return msgspec.structs.replace(after, proposal=None, options=_without_proposal(after.options))


def answer_to_proposal(turn: MessageTurn) -> Decision | MessageTurn | None:
    """Apply the customer's answer to the open proposal; any other message closes it."""
    conversation = turn.conversation
    chosen = _chosen(turn)
    proposal = conversation.proposal
    if proposal is None:
        if not chosen.startswith((_YES, _NO)):
            return None
        return turn.with_state(options=_without_proposal(conversation.options)).reply(
            DecisionKind.SHOP, _body(turn, "not_open"), Author.FLOW, "an answer to a question that is not open"
        )
    turn = turn.with_state(proposal=None, options=_without_proposal(conversation.options))
    if chosen == _YES + proposal.id or (not chosen and phrases.is_one_of(turn.text, phrases.YES)):
        return _confirmed(turn, proposal)
    if chosen == _NO + proposal.id or (not chosen and phrases.is_one_of(turn.text, phrases.NO)):
        return turn.reply(DecisionKind.SHOP, _body(turn, "unchanged"), Author.FLOW, "a proposal is refused")
    if chosen.startswith((_YES, _NO)):
        return turn.reply(DecisionKind.SHOP, _body(turn, "not_open"), Author.FLOW, "an answer to an earlier question")
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
    return "" if 0 < len(command.changes) <= _MAX_CHANGES else "nothing is proposed, or too much"


def _chosen(turn: MessageTurn) -> str:
    """Return the id of the button that the customer tapped or named by its number; empty for other texts."""
    content, options = turn.message.content, turn.conversation.options
    if isinstance(content, Choice):
        return content.id
    number = turn.text.strip().rstrip(".)")
    if number in ("1", "2") and _are_of_proposal(options):
        return options[int(number) - 1][0]
    return ""


def _are_of_proposal(options: OfferedOptions) -> bool:
    return bool(options) and options[0][0].startswith(_YES)


def _without_proposal(options: OfferedOptions) -> OfferedOptions:
    """Return the options without those of a proposal, so that numbers no longer answer it."""
    return () if _are_of_proposal(options) else options


def _confirmed(turn: MessageTurn, proposal: Proposal) -> Decision:
    """Apply the changes that are still possible, and show the cart."""
    facts = turn.context.facts(turn.conversation, turn.message.id, turn.now)
    cart, problems = _apply_changes(facts, turn.conversation.cart, proposal.changes)
    result = _cart_result(facts, cart, problems)
    turn = turn.with_state(cart=cart if result.cart is None else result.cart, options=result.options)
    return turn.reply(DecisionKind.SHOP, result.bodies, Author.FLOW, "a proposal is confirmed")


def _cart_result(facts: ConversationFacts, cart: Cart, problems: Sequence[str]) -> ActionResult:
    before = "\n".join(texts.within(problems, 600, facts.language)) if problems else say("done", facts.language)
    if cart:
        return shop_operations.show_cart(facts, cart, before=before)
    return replace(text_result(f"{before}\n{texts.empty_cart(facts.language)}"), cart=())


def _apply_changes(facts: ConversationFacts, cart: Cart, changes: Sequence[CartChange]) -> tuple[Cart, tuple[str, ...]]:
    """Return the cart after the changes, and a text for each change that is not possible."""
    problems: list[str] = []
    for change in changes:
        problem, cart = _apply_one(facts, cart, change)
        problems += [problem] if problem else []
    return cart, tuple(problems)


def _apply_one(facts: ConversationFacts, cart: Cart, change: CartChange) -> tuple[str, Cart]:
    product = by_sku(facts.workspace, change.sku)
    if product is None:
        return texts.gone(facts.language), cart
    adds = change.action is CartAction.ADD or change.quantity > quantity_of(cart, change.sku)
    reason = refusal_reason(facts, cart, product) if adds and change.action is not CartAction.REMOVE else ""
    if reason:
        return reason, cart
    try:
        return "", carts.apply_change(cart, change)
    except CartFull as full:
        why = texts.full(full, facts.language)
        return say("not_added", facts.language, name=shorten(product.name), why=why), cart
    except ValueError:
        return say("from_one_to", facts.language, name=shorten(product.name), most=f"{carts.MAX_QUANTITY:,}"), cart


def _question(facts: ConversationFacts, changes: Sequence[CartChange]) -> str:
    """Return the question in the shop's words and prices, whatever the model wrote."""
    lines = [_line_text(facts, change) for change in changes]
    if len(lines) == 1:
        return f"{lines[0][0].upper()}{lines[0][1:]}?"
    told = texts.within([f"– {line}" for line in lines], 900, facts.language)
    return "\n".join((say("shall_i", facts.language), *told))


def _line_text(facts: ConversationFacts, change: CartChange) -> str:
    product, language = by_sku(facts.workspace, change.sku), facts.language
    values = {
        "quantity": f"{change.quantity:,}",
        "product": shorten(product.name if product else change.sku, 40),
        "each": say("each", language, price=texts.price(product, language)) if product else "",
    }
    if change.action is CartAction.SET and not change.quantity:
        return say("propose_out", language, **values)
    return say(f"propose_{change.action.value}", language, **values)


def _body(turn: MessageTurn, name: str) -> tuple[TextBody, ...]:
    return (TextBody(body=say(name, turn.context.language(turn.conversation))),)
