"""Decides on the messages of a recorded conversation again, one after the other. Pure.

The state goes on from decision to decision, so flows and carts are as the changed settings make them. Whether an agent
had the conversation is taken from the record, because nobody knows what an agent would have done.
"""

from collections.abc import Iterable, Sequence

import msgspec

from shared.decisions import pipeline
from shared.decisions.context import DecisionContext
from shared.decisions.decision import DecisionKind
from shared.domain.conversation import Conversation, Mode
from shared.domain.replays import Origin
from shared.messages.ai import AiRequest
from shared.messages.outbound import OutboundMessage, body_text
from shared.operations.replays.recorded import RecordedMessage
from shared.operations.replays.then import origin_of


class Redecided(msgspec.Struct, frozen=True):
    """A decision that was made again. before: the state that it was made in. text: what the router itself would send.
    request: what a model would be asked; None: nothing.
    """

    origin: Origin
    note: str
    before: Conversation
    text: str
    request: AiRequest | None


def decide_again(
    context: DecisionContext, earlier: Iterable[RecordedMessage], messages: Sequence[RecordedMessage]
) -> list[Redecided]:
    """Return the decisions on messages of one conversation. context: the changed settings, and the customer. earlier:
    messages before them, for the state.
    """
    conversation = _DecidedAgain(context)
    for one in earlier:
        conversation.decide(one)
    decided = [conversation.decide(one) for one in messages]
    return [
        msgspec.structs.replace(one, origin=Origin.LATER, request=None) if _is_covered(one, following) else one
        for one, following in zip(decided, [*decided[1:], None], strict=True)
    ]


def _is_covered(one: Redecided, following: Redecided | None) -> bool:
    """Return whether the request of the next message is about this one too."""
    if one.request is None or following is None or following.request is None:
        return False
    return set(one.request.message_ids) <= set(following.request.message_ids)


class _DecidedAgain:
    """The state of one conversation."""

    def __init__(self, context: DecisionContext) -> None:
        self._context = context
        self._state: Conversation | None = None

    def decide(self, one: RecordedMessage) -> Redecided:
        """Decide on a message, in the state that the last decision led to."""
        before = self._before(one)
        decision = pipeline.decide_message(self._context, before, one.message, one.message.created_at)
        self._state = decision.conversation
        outputs = [output for _, output in decision.outputs]
        request = next((output for output in outputs if isinstance(output, AiRequest) and not output.ready), None)
        said = [message for output in outputs for message in _messages(output)]
        text = "\n".join(filter(None, (body_text(message.body) for message in said)))
        return Redecided(origin_of(decision.kind), decision.note, before, text, request)

    def _before(self, one: RecordedMessage) -> Conversation:
        state = self._state or pipeline.new_conversation(one.message)
        state = msgspec.structs.replace(state, mode=Mode.BOT, turn=one.turn - 1, through_ai=0)
        if one.kind != DecisionKind.HUMAN.value:
            return state
        return msgspec.structs.replace(state, mode=Mode.HUMAN, flow=None, options=())


def _messages(output: object) -> tuple[OutboundMessage, ...]:
    """Return the messages to the customer in an output: a request may have those that follow an earlier answer."""
    if isinstance(output, AiRequest):
        return output.ready
    return (output,) if isinstance(output, OutboundMessage) else ()
