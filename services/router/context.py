"""All that a decision is made from, besides the conversation and the message. Plain values, read before."""

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
from shared.text.built_in import SOON, in_language, spoken
from shared.workspace.config import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionContext:
    """customer: see `ConversationFacts`. exceeded: the name of a limit of the workspace that is used up, or empty.

    book: the workspace's flows, and the older versions that the conversation runs on. actions: what flows may call.
    order: the one that a command is about, as it is stored now.
    """

    workspace: Workspace
    faq: FaqIndex
    customer: Mapping[str, Any] = field(default_factory=dict)
    book: FlowBook = field(default_factory=FlowBook)
    actions: Mapping[str, Action] = field(default_factory=lambda: ACTIONS)
    exceeded: str = ""
    order: Order | None = None

    def facts(self, conversation: Conversation, cause: str, now: datetime) -> ConversationFacts:
        """For flows and their actions."""
        return ConversationFacts(
            workspace=self.workspace, conversation=conversation, customer=self.customer, now=now, cause=cause
        )

    def language(self, conversation: Conversation) -> str:
        """Language in which the customer is answered."""
        return spoken(conversation.language, self.workspace.languages)

    def says(self, name: str, conversation: Conversation) -> str:
        """A text of the workspace's, by its field's name, in the customer's language where it is not its own."""
        of = self.workspace.bot if hasattr(self.workspace.bot, name) else self.workspace.conversing
        return in_language(name, getattr(of, name), self.language(conversation))

    def away(self, now: datetime, conversation: Conversation) -> str:
        """What to say while nobody is there; empty while somebody is."""
        workspace = self.workspace
        if workspace.hours is None:
            return ""
        zone = ZoneInfo(workspace.timezone)
        if hours.is_open(workspace.hours, workspace.holidays, zone, now):
            return ""
        opening = hours.next_opening(workspace.hours, workspace.holidays, zone, now)
        language = self.language(conversation)
        opens = hours.opening_text(opening, now, zone, language) if opening else SOON.get(language, SOON["en"])
        return self.says("away", conversation).replace("{opens}", opens)
