"""What flows and their actions know, and what they may answer with. Plain values: nothing here reads or writes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.domain.conversation import CartLine, Conversation, Effect
from shared.messages.content import Content
from shared.messages.outbound import Body
from shared.text.language import spoken
from shared.workspace.config import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationFacts:
    """customer: what the repository has (`name`, `tags`, `fields`, `qualified`, `opted_out`, `order_count`,
    `recent_orders`: the last five, newest first, each with `number`, `state`, `total`, `currency`, `placed_at`).

    cause: the id of the record that is decided on; ids of what is made are derived from it.
    """

    workspace: Workspace
    conversation: Conversation
    customer: Mapping[str, Any]
    now: datetime
    cause: str

    @property
    def language(self) -> str:
        """Language in which the customer is answered."""
        return spoken(self.conversation.language, self.workspace.languages)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerInput:
    """What the customer sent. text: in words (`text_of`); choice: the id of a button or row of ours that was chosen."""

    content: Content
    text: str = ""
    choice: str = ""
    first: bool = False  # of this customer in this session
    referral: Mapping[str, str] = field(default_factory=dict)  # of the ad that brought the customer, if one did
    sku: str = ""  # of the product that the message asks about, if one; it may be none of the catalogue's


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionCall:
    """A step calls an action. arguments: the step's own, with templates filled in. said: None when a time came."""

    name: str
    arguments: Mapping[str, Any]
    facts: ConversationFacts
    cart: tuple[CartLine, ...]
    said: CustomerInput | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionResult:
    """outcome: which way the flow goes on (a name of the action's own, such as `empty`; "" is the usual one).

    bodies: said at once. variables: set in the flow. cart: None leaves it as it is.
    options: what the customer may choose by number next (id, title), where the action has said a numbered list.
    note: what the customer wrote with the cart; None leaves it as it is.
    """

    outcome: str = ""
    bodies: tuple[Body, ...] = ()
    variables: Mapping[str, Any] = field(default_factory=dict)
    cart: tuple[CartLine, ...] | None = None
    effects: tuple[Effect, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    note: str | None = None


Action = Callable[[ActionCall], ActionResult]
