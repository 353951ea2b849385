"""Decides on a customer's message. Pure: state and message in, decision out.

The order of the stages is the order of the questions: may we answer, does a person have it, does the customer ask
for one, does the FAQ know, then the model. Flows and commerce will stand between hand-off and FAQ.
"""

from datetime import datetime, timedelta

import msgspec

from services.router.decision import Decision, Kind
from services.router.faq import FaqIndex
from services.router.placing import placed
from services.router.replies import Outputs, Said, events_for, presence, say
from shared import ids
from shared.conversation import Conversation, Mode
from shared.messages.ai import AiRequest
from shared.messages.content import Choice, Location, Media, Order, Text, Unsupported, text_of
from shared.messages.inbound import InboundMessage
from shared.messages.outbound import Author, OutboundMessage
from shared.topics import AI_REQUESTS
from shared.workspace import BotMode, Workspace

_AT_WORK = timedelta(seconds=60)
_ANSWERABLE = (Text, Media, Location, Choice, Order, Unsupported)


def new_conversation(message: InboundMessage) -> Conversation:
    """The state before a customer's first message."""
    return Conversation(
        id=message.conversation_id,
        workspace=message.workspace,
        channel=message.channel,
        provider=message.provider.value,
        customer_id=ids.customer_id(message.workspace, message.sender.identity),
        address=message.sender.address,
        opened_at=message.created_at,
    )


def decide(
    workspace: Workspace, faq: FaqIndex, before: Conversation | None, message: InboundMessage, now: datetime
) -> Decision:
    """What to do about a customer's message. `before`: the conversation's state, None for the first message."""
    conversation = placed(before or new_conversation(message), workspace.shards, now)
    conversation = _with_message(conversation, message)
    if message.limited:
        return Decision(Kind.LIMITED, conversation, events_for(conversation, message, now))
    if not isinstance(message.content, _ANSWERABLE):
        return Decision(Kind.NOTHING_SAID, conversation, events_for(conversation, message, now))
    if conversation.mode is Mode.HUMAN:
        return Decision(Kind.HUMAN, conversation, events_for(conversation, message, now))
    return _answer(workspace, faq, conversation, message, now)


def _answer(
    workspace: Workspace, faq: FaqIndex, conversation: Conversation, message: InboundMessage, now: datetime
) -> Decision:
    bot = workspace.bot
    text = text_of(message.content)
    if _asks_for_person(text, bot.handoff_words):
        return _hand_off(conversation, message, bot.handoff_reply, Kind.HANDED_OFF, "asked for a person", now)
    match = faq.match(text) if bot.mode is not BotMode.AI else None
    if match is not None and match.sure:
        said = say(conversation, message, match.answer, Author.FAQ, now)
        conversation, answer = _in_turn(conversation, message, said, now)
        outputs = (
            presence(conversation, message, typing=False, now=now),
            *answer,
            *events_for(conversation, message, now),
        )
        return Decision(Kind.FAQ, conversation, outputs, f"FAQ {match.number + 1}, score {match.score:.2f}")
    score = f"best FAQ score {match.score:.2f}" if match else "no FAQ alike"
    if bot.mode in (BotMode.AI, BotMode.HYBRID):
        return _ask_model(conversation, message, score, now)
    return _hand_off(conversation, message, bot.no_answer, Kind.NO_ANSWER, score, now)


def _ask_model(conversation: Conversation, message: InboundMessage, note: str, now: datetime) -> Decision:
    conversation = msgspec.structs.replace(conversation, through_ai=conversation.turn, through_ai_at=now)
    request = _request(conversation, message, now)
    outputs = (
        (AI_REQUESTS, request),
        presence(conversation, message, typing=True, now=now),
        *events_for(conversation, message, now),
    )
    return Decision(Kind.AI, conversation, outputs, note)


def may_be_out(conversation: Conversation, now: datetime) -> bool:
    """Whether it is worth looking if the last answer that goes through the AI service has reached delivery."""
    at = conversation.through_ai_at
    return conversation.through_ai > 0 and (at is None or now - at > _AT_WORK)


def is_out(conversation: Conversation) -> Conversation:
    """The state when it has."""
    return msgspec.structs.replace(conversation, through_ai=0)


def _in_turn(
    conversation: Conversation, message: InboundMessage, said: Said, now: datetime
) -> tuple[Conversation, Outputs]:
    """What is said, behind the answer to an earlier message if that may still be on its way through the AI service."""
    if not conversation.through_ai:
        return conversation, said
    ready = tuple(sent for _, sent in said)
    conversation = msgspec.structs.replace(conversation, through_ai=conversation.turn, through_ai_at=now)
    return conversation, ((AI_REQUESTS, _request(conversation, message, now, ready=ready)),)


def _request(
    conversation: Conversation, message: InboundMessage, now: datetime, ready: tuple[OutboundMessage, ...] = ()
) -> AiRequest:
    return AiRequest(
        id=ids.output_id(message.id, "ai"),
        workspace=conversation.workspace,
        correlation_id=message.correlation_id,
        created_at=now,
        provider=message.provider,
        channel=conversation.channel,
        conversation_id=conversation.id,
        customer_id=conversation.customer_id,
        address=conversation.address,
        message_ids=(message.id,),
        turn=conversation.turn,
        received_at=message.created_at,
        ready=ready,
        shards=conversation.shards,
    )


def _hand_off(
    conversation: Conversation, message: InboundMessage, reply: str, kind: Kind, reason: str, now: datetime
) -> Decision:
    handed = msgspec.structs.replace(conversation, mode=Mode.HUMAN, mode_reason=reason, mode_by="router")
    handed, said = _in_turn(handed, message, say(handed, message, reply, Author.SYSTEM, now), now)
    outputs = (
        *said,
        *events_for(handed, message, now, updated=f"mode {Mode.HUMAN}: {reason}"),
    )
    return Decision(kind, handed, outputs, reason)


def _with_message(before: Conversation, message: InboundMessage) -> Conversation:
    return msgspec.structs.replace(
        before,
        turn=before.turn + 1,
        version=before.version + 1,
        address=message.sender.address,
        last_inbound_at=message.created_at,
        last_message=message.provider_message_id,
        mode=Mode.BOT if before.mode is Mode.CLOSED else before.mode,
    )


def _asks_for_person(text: str, words: tuple[str, ...]) -> bool:
    said = text.strip().casefold().rstrip("!.? ")
    return bool(said) and said in {word.casefold() for word in words}
