"""The context of a decision: all that it depends on besides the conversation and the record. Plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from shared.commerce.actions import ACTIONS
from shared.domain import hours
from shared.domain.conversation import Conversation
from shared.domain.orders import Order
from shared.faq.index import FaqIndex
from shared.flows.engine.actions import Action, ConversationFacts
from shared.flows.engine.book import FlowBook
from shared.text.built_in_texts import SOON, localized, reply_language
from shared.workspace.config import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionContext:
    """Everything that a decision depends on besides the conversation and the record. customer: see
    `shared.domain.customer.customer_view`. exceeded: name of an exceeded limit of the workspace, or empty. book: the
    workspace's flows and the older versions that the conversation runs on. actions: the actions that flows may call.
    order: the stored order that a command is about.
    """

    workspace: Workspace
    faq: FaqIndex
    customer: Mapping[str, Any] = field(default_factory=dict)
    book: FlowBook = field(default_factory=FlowBook)
    actions: Mapping[str, Action] = field(default_factory=lambda: ACTIONS)
    exceeded: str = ""
    order: Order | None = None

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
        settings = self.workspace.bot if hasattr(self.workspace.bot, name) else self.workspace.conversing
        return localized(name, getattr(settings, name), self.language(conversation))

    def away_text(self, now: datetime, conversation: Conversation) -> str:
        """Return the text that says when agents are back; empty during business hours."""
        workspace = self.workspace
        if workspace.hours is None:
            return ""
        zone = ZoneInfo(workspace.timezone)
        if hours.is_open(workspace.hours, workspace.holidays, zone, now):
            return ""
        opening = hours.next_opening(workspace.hours, workspace.holidays, zone, now)
        language = self.language(conversation)
        opens = hours.opening_text(opening, now, zone, language) if opening else SOON.get(language, SOON["en"])
        return self.text("away", conversation).replace("{opens}", opens)
