"""Stages for opting out and in."""

from functools import partial

from shared.decisions.decision import Decision, DecisionKind
from shared.decisions.stages.flows import pressed_elsewhere
from shared.decisions.turn import MessageTurn
from shared.domain.conversation import CustomerChange
from shared.domain.orders import OrderState
from shared.messages.inbound import Consent
from shared.messages.outbound import Author, TextBody
from shared.text import phrases
from shared.text.opt_out import STOP_WORDS_WHEN_IDLE
from shared.workspace import reserved_words

CONSENT_CHANGES = {
    Consent.STOP: CustomerChange(opted_out=True),
    Consent.START: CustomerChange(opted_out=False),
    Consent.STOP_MARKETING: CustomerChange(marketing=False),
    Consent.RESUME_MARKETING: CustomerChange(marketing=True),
}
"""Change to the customer for each consent."""
_CLOSED_ORDERS = (OrderState.DELIVERED, OrderState.CANCELLED)
_KINDS = {
    Consent.STOP: DecisionKind.OPTED_OUT,
    Consent.STOP_MARKETING: DecisionKind.OPTED_OUT,
    Consent.START: DecisionKind.OPTED_IN,
    Consent.RESUME_MARKETING: DecisionKind.OPTED_IN,
    Consent.HELP: DecisionKind.NOTHING_SAID,
}


def change_consent_of_flood(turn: MessageTurn) -> Decision | None:
    """Opt out a sender whom ingress has marked for writing far too much, too, but confirm nothing."""
    if not turn.message.limited:
        return None
    if turn.message.consent is not None:
        return _changed_at_provider(turn, turn.message.consent)
    state = turn.conversation
    if not reserved_words.asks_to_stop(turn.message.content, turn.text, turn.context.workspace.conversing, state.flow):
        return None
    turn = turn.with_state(flow=None, options=()).with_effects(CustomerChange(opted_out=True))
    return turn.silent(DecisionKind.OPTED_OUT, "too many messages to confirm it")


def change_consent(turn: MessageTurn) -> Decision | None:
    """Opt the customer out or in again; also while an agent has the conversation."""
    if turn.message.consent is not None:
        return _changed_at_provider(turn, turn.message.consent)
    flow = None if pressed_elsewhere(turn) else turn.conversation.flow
    said = (turn.message.content, turn.text, turn.context.workspace.conversing, flow)
    if reserved_words.asks_to_stop(*said):
        return _opted_out(turn)
    if reserved_words.asks_to_start(*said, opted_out_of=partial(_opted_out_of, turn)):
        return _confirmed(turn, DecisionKind.OPTED_IN, "started", CustomerChange(opted_out=False))
    return None


def _opted_out_of(turn: MessageTurn) -> str:
    customer = turn.context.customer
    return str(customer.get("opted_out_of") or "all") if customer.get("opted_out") else ""


def opt_out_when_idle(turn: MessageTurn) -> Decision | None:
    """Opt out on words such as `cancel`, unless they may be about something else: a flow, a cart, offered options, an
    open order, or what was said before in this session.
    """
    if not phrases.is_one_of(turn.text, STOP_WORDS_WHEN_IDLE) or _is_busy(turn):
        return None
    return _opted_out(turn)


def _is_busy(turn: MessageTurn) -> bool:
    state = turn.conversation
    if state.flow is not None or state.cart or state.options or state.session_at != turn.message.created_at:
        return True
    orders = turn.context.customer.get("recent_orders") or ()
    return any(order.get("state") not in _CLOSED_ORDERS for order in orders)


def _opted_out(turn: MessageTurn) -> Decision:
    return _confirmed(turn, DecisionKind.OPTED_OUT, "stopped", CustomerChange(opted_out=True))


def _confirmed(turn: MessageTurn, kind: DecisionKind, text: str, change: CustomerChange) -> Decision:
    """text: field name of the workspace's confirmation."""
    turn = turn.with_state(flow=None, options=()).with_effects(change)
    return turn.reply(kind, (TextBody(body=turn.workspace_text(text)),), Author.SYSTEM)


def _changed_at_provider(turn: MessageTurn, consent: Consent) -> Decision:
    """Apply a consent that the provider has recognised and answered itself; send nothing more."""
    if change := CONSENT_CHANGES.get(consent):
        turn = turn.with_state(flow=None, options=()).with_effects(change)
    return turn.silent(_KINDS[consent], f"the provider has acted on it: {consent}")
