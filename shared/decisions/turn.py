"""A customer's message in the pipeline, and the decisions that a stage can end it with. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec

from shared.decisions.ai_requests import ai_request
from shared.decisions.context import DecisionContext
from shared.decisions.decision import Decision, DecisionKind
from shared.decisions.modes import queued_for_agent
from shared.decisions.outputs import OutboundRecords, Outputs, event_presence, message_events, outbound_messages
from shared.domain import ids
from shared.domain.conversation import Conversation, Effect, Fragments, Mode
from shared.messages.content import ContentClass, classify, text_of
from shared.messages.inbound import InboundMessage
from shared.messages.outbound import Author, Body, TextBody
from shared.topics import AI_REQUESTS

_MAX_DEBOUNCE = timedelta(seconds=8)  # from the first fragment on; a longer `debounce_ms` counts instead


@dataclass(frozen=True, slots=True)
class MessageTurn:
    """A customer's message on its way through the stages. conversation: the state with the message in it. effects:
    those that earlier stages have decided on.
    """

    context: DecisionContext
    conversation: Conversation
    message: InboundMessage
    now: datetime
    effects: tuple[Effect, ...] = ()

    @property
    def text(self) -> str:
        """The customer's words; empty when there are none."""
        return text_of(self.message.content)

    @property
    def sku(self) -> str:
        """SKU of the product that the message refers to; empty when it refers to none."""
        product = self.message.context.product
        return product.sku if product is not None else ""

    @property
    def content_class(self) -> ContentClass:
        """The kind of answer that the content needs."""
        return classify(self.message.content)

    def workspace_text(self, name: str) -> str:
        """Return the workspace's text of that field name; see `DecisionContext.text`."""
        return self.context.text(name, self.conversation)

    def with_state(self, **changes: Any) -> "MessageTurn":
        """Return the turn with a changed conversation."""
        return replace(self, conversation=msgspec.structs.replace(self.conversation, **changes))

    def with_effects(self, *effects: Effect) -> "MessageTurn":
        """Return the turn with more effects."""
        return replace(self, effects=(*self.effects, *effects))

    def silent(self, kind: DecisionKind, note: str = "") -> Decision:
        """Return the decision that sends nothing."""
        events = message_events(self.conversation, self.message, self.now)
        return Decision(kind, self.conversation, events, note, self.effects)

    def reply(self, kind: DecisionKind, bodies: Iterable[Body], author: Author, note: str = "") -> Decision:
        """Return the decision that sends bodies, after a pending AI answer to an earlier message."""
        conversation, records = self._after_pending_answer(self._outbound(bodies, author))
        return Decision(kind, conversation, (*records, *self._answered(typing=False)), note, self.effects)

    def hand_off(self, kind: DecisionKind, reason: str, text: str = "", *, before: Iterable[Body] = ()) -> Decision:
        """Return the decision that queues the conversation for an agent.

        text: tells the customer; outside business hours the `away` text replaces it; empty: tell nothing. before: sent
        before it.
        """
        queued = replace(self, conversation=queued_for_agent(self.conversation, "router", self.now, reason))
        text = (self.context.away_text(self.now, self.conversation) or text) if text else ""
        bodies = (*before, *((TextBody(body=text),) if text else ()))
        conversation, records = queued._after_pending_answer(queued._outbound(bodies, Author.SYSTEM))
        events = message_events(conversation, self.message, self.now, updated=f"mode {Mode.HUMAN}: {reason}")
        return Decision(kind, conversation, (*records, *events), reason, self.effects)

    def ask_model(self, note: str, *, brief: str = "", before: Iterable[Body] = ()) -> Decision:
        """Return the decision that asks the model, about unanswered fragments before the message too.

        before: sent at once. brief: a flow's instructions for the answer.
        """
        records = self._outbound(before, Author.FLOW)
        fragments = self._fragments(alone=bool(records or brief))
        if fragments is not None:
            note = f"{note}; {_debounce_note(fragments, self.now)}"
        conversation = msgspec.structs.replace(
            self.conversation, through_ai=self.conversation.turn, through_ai_at=self.now, fragments=fragments
        )
        request = ai_request(
            conversation,
            self.message,
            self.now,
            message_ids=fragments.message_ids if fragments else (self.message.id,),
            not_before=fragments.until if fragments else None,
            brief=brief,
            index=len(records),
        )
        outputs = (*records, (AI_REQUESTS, request), *self._answered(typing=True))
        return Decision(DecisionKind.AI, conversation, outputs, note, self.effects)

    def _answered(self, *, typing: bool) -> Outputs:
        """Return the events of a message that the bot answers."""
        presence = event_presence(self.conversation, self.message, typing=typing)
        return message_events(self.conversation, self.message, self.now, presence=presence)

    def _outbound(self, bodies: Iterable[Body], author: Author) -> OutboundRecords:
        return outbound_messages(self.conversation, self.message, self.message.provider, bodies, author, self.now)

    def _after_pending_answer(self, records: OutboundRecords) -> tuple[Conversation, Outputs]:
        """Send messages through the AI service while it may still answer an earlier message, so that order is kept."""
        if not self.conversation.through_ai or not records:
            return self.conversation, records
        conversation = msgspec.structs.replace(
            self.conversation, through_ai=self.conversation.turn, through_ai_at=self.now
        )
        ready = tuple(message for _, message in records)
        request = ai_request(conversation, self.message, self.now, message_ids=(self.message.id,), ready=ready)
        return conversation, ((AI_REQUESTS, request),)

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
            until=max(earlier.until, min(until, earlier.since + max(wait, _MAX_DEBOUNCE))),
        )


def _debounce_note(fragments: Fragments, now: datetime) -> str:
    """Return why the model is not asked at once, for `parley trace`."""
    earlier = len(fragments.message_ids) - 1
    together = f"answered together with {earlier} before it; " if earlier else ""
    left = (fragments.until - now).total_seconds()
    return f"{together}waits {left:.1f} s for more, which would be answered together with it"
