"""The port through which flows call actions: facts, input, calls and results. Plain values.

`shared.commerce.actions` implements the shop's actions.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.domain.conversation import CartLine, Conversation, Effect
from shared.messages.content import Content
from shared.messages.outbound import Body
from shared.text.language import reply_language
from shared.workspace.config import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationFacts:
    """Facts that flows and actions decide from. customer: as stored (`name`, `tags`, `fields`, `qualified`,
    `opted_out`, `order_count`, `recent_orders`: the last five, newest first, each with `number`, `state`, `total`,
    `currency`, `placed_at`).

    cause: id of the record that is decided on; new ids are derived from it.
    """

    workspace: Workspace
    conversation: Conversation
    customer: Mapping[str, Any]
    now: datetime
    cause: str

    @property
    def language(self) -> str:
        """Language of the answer."""
        return reply_language(self.conversation.language, self.workspace.languages)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerInput:
    """The customer's message. text: its words (`text_of`); choice: id of the chosen button or row."""

    content: Content
    text: str = ""
    choice: str = ""
    first: bool = False  # the first message of the session
    referral: Mapping[str, str] = field(default_factory=dict)  # of the ad that the customer came from
    sku: str = ""  # of the product that the message refers to; perhaps not in the catalogue
    reply_to: str = ""  # provider's id of the message whose button was pressed, or that is quoted; empty: not known

    @property
    def pressed(self) -> str:
        """Provider's id of the message whose button or row was pressed; empty: none, or not known."""
        return self.reply_to if self.choice else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionCall:
    """A step's call of an action. arguments: with templates filled in. said: None after a time-out."""

    name: str
    arguments: Mapping[str, Any]
    facts: ConversationFacts
    cart: tuple[CartLine, ...]
    said: CustomerInput | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionResult:
    """An action's result. outcome: chooses the next step (a name of the action, such as `empty`; "" is the usual one).

    bodies: sent at once. variables: set in the flow. cart, note: None leaves them unchanged; note: the customer's with
    the cart. options: id and title of what a number chooses next, after a numbered list.
    """

    outcome: str = ""
    bodies: tuple[Body, ...] = ()
    variables: Mapping[str, Any] = field(default_factory=dict)
    cart: tuple[CartLine, ...] | None = None
    effects: tuple[Effect, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    note: str | None = None


Action = Callable[[ActionCall], ActionResult]
