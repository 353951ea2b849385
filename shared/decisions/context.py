"""The context of a decision: all that it depends on besides the conversation and the record. Plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.commerce.actions import ACTIONS
from shared.domain.conversation import Conversation
from shared.domain.orders import Order
from shared.faq.index import FaqIndex
from shared.flows.engine.actions import Action, ConversationFacts
from shared.flows.engine.book import FlowBook
from shared.text.language import reply_language
from shared.workspace import texts
from shared.workspace.config import Workspace


@dataclass(frozen=True, slots=True)
class PressedMessage:
    """The message of ours whose button or row the customer pressed. cause: id of the record that led to it."""

    cause: str
    author: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionContext:
    """Everything that a decision depends on besides the conversation and the record. customer: see
    `shared.domain.customer.customer_view`. exceeded: name of an exceeded limit of the workspace, or empty. book: the
    workspace's flows and the older versions that the conversation runs on. actions: the actions that flows may call.
    order: the stored order that a command is about. pressed: None: nothing was pressed, the decision does not depend on
    it, or the message is not known.
    """

    workspace: Workspace
    faq: FaqIndex
    customer: Mapping[str, Any] = field(default_factory=dict)
    book: FlowBook = field(default_factory=FlowBook)
    actions: Mapping[str, Action] = field(default_factory=lambda: ACTIONS)
    exceeded: str = ""
    order: Order | None = None
    pressed: PressedMessage | None = None

    def facts(self, conversation: Conversation, cause: str, now: datetime) -> ConversationFacts:
        """Return the facts for flows and their actions."""
        return ConversationFacts(
            workspace=self.workspace, conversation=conversation, customer=self.customer, now=now, cause=cause
        )

    def language(self, conversation: Conversation) -> str:
        """Return the language in which the customer is answered."""
        return reply_language(conversation.language, self.workspace.languages)

    def text(self, name: str, conversation: Conversation) -> str:
        """Return the workspace's text of that field name; where it is the built-in one, in the customer's language."""
        return texts.text_of(self.workspace, name, self.language(conversation))

    def away_text(self, now: datetime, conversation: Conversation) -> str:
        """Return the text that says when agents are back; empty during business hours."""
        return texts.away_text(self.workspace, now, self.language(conversation))
