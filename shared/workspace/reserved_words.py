"""Words of customers that count before everything else, whatever a flow waits for: no more messages, messages again, a
person, and the menu. Pure.
"""

from collections.abc import Callable

from shared.domain.conversation import FlowPosition
from shared.messages.content import Choice, Content
from shared.text import phrases
from shared.text.agent_request import asks_for_agent
from shared.text.opt_out import asks_for_no_messages
from shared.workspace.config import Bot, Conversing


def asks_to_stop(content: Content, text: str, conversing: Conversing, flow: FlowPosition | None) -> bool:
    """Return whether the customer wants no more messages. flow: the running one; what it offers leads where it says."""
    if is_offered(content, text, flow):
        return False
    return asks_for_no_messages(text) or phrases.is_one_of(text, conversing.stop_words)


def asks_to_start(
    content: Content, text: str, conversing: Conversing, flow: FlowPosition | None, opted_out_of: Callable[[], str]
) -> bool:
    """Return whether a customer who has opted out wants messages again. flow: the running one; what it offers leads
    where it says. opted_out_of: returns `all`, `marketing` or an empty text; asked only after one of the words, for it
    costs a read of the customer.
    """
    if not phrases.is_one_of(text, (*phrases.OPT_IN, *conversing.start_words)) or is_offered(content, text, flow):
        return False
    left = opted_out_of()
    if left == "marketing":
        return phrases.is_one_of(text, (*phrases.OPT_IN_TO_MARKETING, *conversing.start_words))
    return bool(left)


def is_offered(content: Content, text: str, flow: FlowPosition | None) -> bool:
    """Return whether the customer pressed or wrote one of the options that the running flow offers."""
    if flow is None or not flow.options:
        return False
    if isinstance(content, Choice) and any(content.id == id_ for id_, _ in flow.options):
        return True
    return phrases.is_one_of(text, tuple(title for _, title in flow.options))


def asks_for_person(
    content: Content, text: str, bot: Bot, flow: FlowPosition | None, answers_flow: Callable[[], bool]
) -> bool:
    """Return whether the customer asks for an agent. flow: where the conversation is in one: an option of it leads
    where the flow says, with any title. answers_flow: returns whether the text is a valid answer to its question;
    then a word such as "manager" is one.
    """
    if flow is not None and isinstance(content, Choice) and _may_belong(content, flow):
        return False
    if is_offered(content, text, flow):
        return False
    if phrases.is_one_of(text, bot.handoff_words) or asks_for_agent(text, alone=False):
        return True
    return asks_for_agent(text) and not (flow is not None and answers_flow())


def asks_to_leave_flow(content: Content, text: str, flow: FlowPosition | None) -> bool:
    """Return whether the words, and no option of the flow, are `menu` or `help`."""
    if isinstance(content, Choice) or is_offered(content, text, flow):
        return False
    return phrases.is_one_of(text, phrases.LEAVES_FLOW) or phrases.is_one_of(text, phrases.HELP)


def _may_belong(button: Choice, flow: FlowPosition) -> bool:
    """Return whether a button is one that the flow offers, or may be: below a template before a step without options.
    Others are of earlier messages, and lead nowhere in the flow.
    """
    offered = {name for option in flow.options for name in option}
    return not offered or button.id in offered or button.title in offered
