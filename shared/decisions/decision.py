"""The decision on a record: the conversation's new state, further effects, and the records to publish."""

from dataclasses import dataclass
from enum import StrEnum

from shared.domain.conversation import Conversation, Effect
from shared.messages.base import Message
from shared.messages.command_outcome import Refusal
from shared.topics import Topic


class DecisionKind(StrEnum):
    """Why there is this answer, or none. Shown by `parley trace`."""

    FAQ = "faq"
    AI = "ai"
    FLOW = "flow"
    GREETED = "greeted"  # a greeting is answered with one
    SHOP = "shop"
    HANDED_OFF = "handed_off"
    NO_ANSWER = "no_answer"  # neither FAQ nor model: the customer is told so, and handed off
    HUMAN = "human"  # an agent has the conversation
    NOTHING_SAID = "nothing_said"  # a reaction, an edit, a system notice: stored, not answered
    LIMITED = "limited"  # too many messages of this sender: stored; the customer is told once
    OLD = "old"  # older than providers' retries (`shared.domain.record_age`): stored, nothing else
    LOOP = "loop"  # the same text again and again, most likely from another bot: handed off
    UNREADABLE = "unreadable"  # a type that the bot cannot read: the customer is told so
    OPTED_OUT = "opted_out"
    OPTED_IN = "opted_in"
    COMMAND = "command"
    VOID = "void"  # a command that no longer applies
    REFUSED = "refused"  # another agent has the conversation


@dataclass(frozen=True, slots=True)
class Decision:
    """The router's result for one record. conversation: the new state. outputs: topic and message, in the order in
    which they are published.

    note: the reason in a few words, without the customer's text. effects: carried out before outputs are published.
    refusal: why a command changes nothing; None: it does, or needs not.
    """

    kind: DecisionKind
    conversation: Conversation
    outputs: tuple[tuple[Topic, Message], ...] = ()
    note: str = ""
    effects: tuple[Effect, ...] = ()
    refusal: Refusal | None = None
