"""Words of customers that count before everything else, whatever a flow waits for: no more messages, messages again, a
person, and the menu. Pure.
"""

from shared.domain.conversation import FlowPosition
from shared.messages.content import Choice, Content
from shared.text import phrases
from shared.text.agent_request import asks_for_agent
from shared.workspace.config import Bot, Conversing


def asks_to_stop(text: str, conversing: Conversing) -> bool:
    """Return whether the customer wants no more messages."""
    return phrases.is_one_of(text, (*phrases.OPT_OUT, *conversing.stop_words))


def asks_to_start(text: str, conversing: Conversing) -> bool:
    """Return whether a customer who has opted out wants messages again."""
    return phrases.is_one_of(text, (*phrases.OPT_IN, *conversing.start_words))


def asks_for_person(content: Content, text: str, bot: Bot, flow: FlowPosition | None) -> bool:
    """Return whether the customer asks for an agent. flow: where the conversation is in one: a button of it leads where
    the flow says, with any title.
    """
    if flow is not None and isinstance(content, Choice) and _may_belong(content, flow):
        return False
    return asks_for_agent(text) or phrases.is_one_of(text, bot.handoff_words)


def asks_to_leave_flow(content: Content, text: str) -> bool:
    """Return whether the words, and no button, are `menu` or `help`."""
    if isinstance(content, Choice):
        return False
    return phrases.is_one_of(text, phrases.MENU) or phrases.is_one_of(text, phrases.HELP)


def _may_belong(button: Choice, flow: FlowPosition) -> bool:
    """Return whether a button is one that the flow offers, or may be: below a template before a step without options.
    Others are of earlier messages, and lead nowhere in the flow.
    """
    offered = {name for option in flow.options for name in option}
    return not offered or button.id in offered or button.title in offered
