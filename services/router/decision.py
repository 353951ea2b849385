"""What the router decides: a new state of the conversation, what else changes, and the records that follow from it."""

from dataclasses import dataclass
from enum import StrEnum

from shared.domain.conversation import Conversation, Effect
from shared.messages.base import Message
from shared.topics import Topic


class DecisionKind(StrEnum):
    """Why there is this answer, or none. Shown by `parley trace`."""

    FAQ = "faq"
    AI = "ai"
    FLOW = "flow"
    SHOP = "shop"
    HANDED_OFF = "handed_off"
    NO_ANSWER = "no_answer"  # nothing of ours can answer: said so, and a person is asked
    HUMAN = "human"  # a person has the conversation
    NOTHING_SAID = "nothing_said"  # a reaction, an edit, a system notice: kept, not answered
    LIMITED = "limited"  # the sender writes too much: kept; said so once
    OLD = "old"  # it comes later than providers deliver (`shared.domain.record_age`): kept, and nothing else
    LOOP = "loop"  # the same again and again: most likely another bot; a person is to look
    UNREADABLE = "unreadable"  # a type that the bot cannot read: said so
    OPTED_OUT = "opted_out"
    OPTED_IN = "opted_in"
    COMMAND = "command"
    VOID = "void"  # a command that came too late to mean anything


@dataclass(frozen=True, slots=True)
class Decision:
    """conversation: the state from now on. outputs: topic and message, in the order in which they are published.

    note: a few words about why, without the customer's text. effects: carried out before the outputs are published.
    """

    kind: DecisionKind
    conversation: Conversation
    outputs: tuple[tuple[Topic, Message], ...] = ()
    note: str = ""
    effects: tuple[Effect, ...] = ()
