"""Decides on changes of an order's state. Pure."""

from dataclasses import replace
from datetime import datetime

from shared.commerce.order_changes import decide_order_change
from shared.decisions.context import DecisionContext
from shared.decisions.decision import Decision, DecisionKind
from shared.decisions.modes import send_in_new_turn, void_decision
from shared.domain import window
from shared.domain.conversation import Conversation, OrderAdvanced
from shared.messages.commands import OrderChanged
from shared.messages.outbound import Author, TemplateBody, TextBody

_NO_TEMPLATE = "the customer wrote last more than 24 hours ago, and there is no order_template or window_template"


def change_order(context: DecisionContext, after: Conversation, command: OrderChanged, now: datetime) -> Decision:
    """Change an order's state and tell the customer, unless opted out or unreachable outside the window."""
    change = decide_order_change(context.order, command, context.language(after))
    if change.state is None:
        return void_decision(after, command, change.why, change.refusal)
    effects = (OrderAdvanced(number=command.number, state=change.state, by=command.by),)
    note = f"order {command.number} is {change.state}"
    if not command.tell:
        return Decision(DecisionKind.COMMAND, after, (), f"{note}; not told: as requested", effects)
    if context.customer.get("opted_out") and context.customer.get("opted_out_of") != "marketing":
        note = f"{note}; not told: the customer has opted out"
        return Decision(DecisionKind.COMMAND, after, (), note, effects)
    template = _template(context, after.channel, command.number, change.text)
    if template is None and not window.is_open(after.last_inbound_at, now):
        return Decision(DecisionKind.COMMAND, after, (), f"{note}; not told: {_NO_TEMPLATE}", effects)
    bodies = (TextBody(body=change.text),)
    decision = send_in_new_turn(after, command, bodies, Author.SYSTEM, now, note, if_closed=template)
    return replace(decision, effects=effects)


def _template(context: DecisionContext, channel: str, number: str, text: str) -> TemplateBody | None:
    """Return the template for use outside the customer-service window; delivery decides whether it is needed."""
    own = context.workspace.order_template
    if own is not None:
        return TemplateBody(name=own.name, language=own.language, parameters=(number, " ".join(text.split())))
    general = context.workspace.window_template_of(channel)
    return window.replacement_for(TextBody(body=text), general) if general else None
