"""One message of a customer on its way through the stages, and the decisions that a stage can end it with. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from services.router.context import DecisionContext
from services.router.decision import Decision, DecisionKind
from services.router.outputs import OutboundRecords, Outputs, message_events, outbound_messages, presence_message
from shared.domain import ids
from shared.domain.conversation import Conversation, Effect, Fragments, Mode
from shared.messages.ai import AiRequest
from shared.messages.content import ContentClass, classify, text_of
from shared.messages.inbound import InboundMessage
from shared.messages.outbound import Author, Body, OutboundMessage, TextBody
from shared.topics import AI_REQUESTS

_AT_MOST = timedelta(seconds=8)  # since the first piece that pieces may put an answer off for; or `debounce_ms`


@dataclass(frozen=True, slots=True)
class MessageTurn:
    """conversation: the state with the message in it. effects: what earlier stages have decided already."""

    context: DecisionContext
    conversation: Conversation
    message: InboundMessage
    now: datetime
    effects: tuple[Effect, ...] = ()

    @property
    def text(self) -> str:
        """The customer's words."""
        return text_of(self.message.content)

    def says(self, name: str) -> str:
        """A text of the workspace's, by its field's name, in the customer's language where it is not its own."""
        return self.context.says(name, self.conversation)

    @property
    def sku(self) -> str:
        """Of the product that the message asks about; empty when it asks about none."""
        product = self.message.context.product
        return product.sku if product is not None else ""

    @property
    def taken(self) -> ContentClass:
        """How the content is to be taken."""
        return classify(self.message.content)

    def with_state(self, **changes: Any) -> "MessageTurn":
        """The same turn in another state of the conversation."""
        return MessageTurn(
            self.context,
            msgspec.structs.replace(self.conversation, **changes),
            self.message,
            self.now,
            self.effects,
        )

    def with_effects(self, *effects: Effect) -> "MessageTurn":
        """The same turn with more that is to be carried out."""
        return MessageTurn(self.context, self.conversation, self.message, self.now, (*self.effects, *effects))

    def silent(self, kind: DecisionKind, note: str = "") -> Decision:
        """Say nothing."""
        events = message_events(self.conversation, self.message, self.now)
        return Decision(kind, self.conversation, events, note, self.effects)

    def reply(self, kind: DecisionKind, bodies: Iterable[Body], author: Author, note: str = "") -> Decision:
        """Say something, behind the answer to an earlier message if that may still be on its way."""
        conversation, said = self._in_turn(self._speak(bodies, author))
        outputs = (
            presence_message(conversation, self.message, typing=False, now=self.now),
            *said,
            *message_events(conversation, self.message, self.now),
        )
        return Decision(kind, conversation, outputs, note, self.effects)

    def hand_off(self, kind: DecisionKind, reason: str, text: str = "", *, before: Iterable[Body] = ()) -> Decision:
        """Have a person take over, and say so (`text`; nothing when empty) or, when nobody is there, when somebody is.

        before: what is said before that.
        """
        handed = self.with_state(
            mode=Mode.HUMAN,
            mode_reason=reason,
            mode_by="router",
            waiting_since=self.now,
            person_at=None,
            assigned_to="",
            flow=None,
            options=(),
        )
        text = (self.context.away(self.now, self.conversation) or text) if text else ""
        bodies = (*before, *((TextBody(body=text),) if text else ()))
        conversation, said = (
            handed._in_turn(handed._speak(bodies, Author.SYSTEM)) if bodies else (handed.conversation, ())
        )
        outputs = (
            *said,
            *message_events(conversation, self.message, self.now, updated=f"mode {Mode.HUMAN}: {reason}"),
        )
        return Decision(kind, conversation, outputs, reason, self.effects)

    def ask(self, note: str, *, brief: str = "", before: Iterable[Body] = ()) -> Decision:
        """Ask the model, together with the messages that came just before and were not answered yet.

        before: what is said at once. brief: what the answer is to do besides.
        """
        said = self._speak(before, Author.FLOW)
        fragments = self._fragments(alone=bool(said or brief))
        if fragments is not None:
            note = f"{note}; {_waiting(fragments, self.now)}"
        conversation = msgspec.structs.replace(
            self.conversation, through_ai=self.conversation.turn, through_ai_at=self.now, fragments=fragments
        )
        request = self._request(
            message_ids=fragments.message_ids if fragments else (self.message.id,),
            not_before=fragments.until if fragments else None,
            brief=brief,
            index=len(said),
        )
        outputs = (
            *said,
            (AI_REQUESTS, request),
            presence_message(conversation, self.message, typing=True, now=self.now),
            *message_events(conversation, self.message, self.now),
        )
        return Decision(DecisionKind.AI, conversation, outputs, note, self.effects)

    def _speak(self, bodies: Iterable[Body], author: Author) -> OutboundRecords:
        return outbound_messages(self.conversation, self.message, self.message.provider, bodies, author, self.now)

    def _in_turn(self, said: OutboundRecords) -> tuple[Conversation, Outputs]:
        if not self.conversation.through_ai or not said:
            return self.conversation, said
        conversation = msgspec.structs.replace(
            self.conversation, through_ai=self.conversation.turn, through_ai_at=self.now
        )
        ready = tuple(sent for _, sent in said)
        return conversation, ((AI_REQUESTS, self._request(message_ids=(self.message.id,), ready=ready)),)

    def _fragments(self, *, alone: bool) -> Fragments | None:
        wait = timedelta(milliseconds=self.context.workspace.bot.debounce_ms)
        if not wait or alone:
            return None
        until, request_id = self.now + wait, ids.output_id(self.message.id, "ai")
        earlier = self.conversation.fragments
        if earlier is None or self.now >= earlier.until:
            return Fragments(request_id=request_id, message_ids=(self.message.id,), since=self.now, until=until)
        return Fragments(
            request_id=request_id,
            message_ids=(*earlier.message_ids, self.message.id),
            since=earlier.since,
            until=max(earlier.until, min(until, earlier.since + max(wait, _AT_MOST))),
        )

    def _request(
        self,
        *,
        message_ids: tuple[str, ...],
        ready: tuple[OutboundMessage, ...] = (),
        not_before: datetime | None = None,
        brief: str = "",
        index: int = 0,
    ) -> AiRequest:
        conversation, message = self.conversation, self.message
        return AiRequest(
            id=ids.output_id(message.id, "ai"),
            workspace=conversation.workspace,
            correlation_id=message.correlation_id,
            created_at=self.now,
            provider=message.provider,
            channel=conversation.channel,
            conversation_id=conversation.id,
            customer_id=conversation.customer_id,
            address=conversation.address,
            message_ids=message_ids,
            turn=conversation.turn,
            received_at=message.created_at,
            ready=ready,
            shards=conversation.shards,
            not_before=not_before,
            brief=brief,
            index=index,
        )


def _waiting(fragments: Fragments, now: datetime) -> str:
    """Why the model is not asked at once, for `parley trace`."""
    earlier = len(fragments.message_ids) - 1
    together = f"answered together with {earlier} before it; " if earlier else ""
    left = (fragments.until - now).total_seconds()
    return f"{together}waits {left:.1f} s for more, which would be answered together with it"
