"""What is to be sent to a customer, in terms that do not depend on the provider."""

from datetime import datetime
from enum import StrEnum

from shared.messages.base import Message, Part
from shared.messages.content import MediaKind
from shared.messages.inbound import Provider, Status


class TextBody(Part, frozen=True, kw_only=True, tag="text"):
    """Text within the provider's limit; longer ones are split before (`shared.text.split`)."""

    body: str
    preview_url: bool = False


class Button(Part, frozen=True, kw_only=True):
    id: str
    title: str


class ButtonsBody(Part, frozen=True, kw_only=True, tag="buttons"):
    """Reply buttons. Where a provider has no room for them they become a list or numbered text."""

    body: str
    buttons: tuple[Button, ...]


class Row(Part, frozen=True, kw_only=True):
    id: str
    title: str
    description: str = ""


class ListBody(Part, frozen=True, kw_only=True, tag="list"):
    """A list to choose one row of; `button` opens it. Where a provider has no room for it, it becomes numbered text."""

    body: str
    button: str
    rows: tuple[Row, ...]


class MediaBody(Part, frozen=True, kw_only=True, tag="media"):
    """Media by its public https address, which the provider fetches. filename: of a document, as it is shown."""

    kind: MediaKind
    url: str
    caption: str = ""
    filename: str = ""


class TemplateBody(Part, frozen=True, kw_only=True, tag="template"):
    """A template that the provider has approved, with its positional body parameters."""

    name: str
    language: str
    parameters: tuple[str, ...] = ()


class Presence(Part, frozen=True, kw_only=True, tag="presence"):
    """Mark the customer's message as read and, with `typing`, show that an answer is being written.

    A courtesy: tried once, never retried, never an error.
    """

    provider_message_id: str
    typing: bool = False


Body = TextBody | ButtonsBody | ListBody | MediaBody | TemplateBody | Presence


def numbered(body: ButtonsBody | ListBody) -> str:
    """The body with what can be chosen as numbered lines, in the order in which it is offered: a number chooses one."""
    options: tuple[Button | Row, ...] = body.buttons if isinstance(body, ButtonsBody) else body.rows
    lines = [f"{number}. {_line(option)}" for number, option in enumerate(options, 1)]
    return "\n\n".join(part for part in (body.body, "\n".join(lines)) if part.strip())


def _line(option: Button | Row) -> str:
    title = option.title.strip() or option.id
    return f"{title} – {option.description}" if isinstance(option, Row) and option.description else title


def described(body: Body) -> str:
    """A body in words, for the history and for a model: what the customer was shown; empty when that is nothing."""
    match body:
        case TextBody(body=text):
            return text
        case ButtonsBody() | ListBody():
            return numbered(body)
        case MediaBody(kind=kind, caption=caption, filename=filename):
            return " ".join(filter(None, (f"({kind}: {filename})" if filename else f"({kind})", caption)))
        case TemplateBody(name=name, parameters=parameters):
            return f"(template {name}: {', '.join(parameters)})" if parameters else f"(template {name})"
        case Presence():
            return ""


class Author(StrEnum):
    """Who decided to say it."""

    FAQ = "faq"
    FLOW = "flow"
    AI = "ai"
    AGENT = "agent"
    SYSTEM = "system"
    BROADCAST = "broadcast"


class OutboundMessage(Message, frozen=True, kw_only=True):
    """One message to send. Topics `outbound.messages`, `outbound.bulk`, `outbound.retry`.

    id: derived from its cause; it goes to the provider with the message and comes back with each status.
    address: the recipient in the provider's form. cause: id of the record that led to it.
    turn, index: where it stands in the conversation. A customer's message begins a turn (1, 2, …); what is said in
    answer carries the same turn, and `index` counts the pieces of one answer. An agent's message has a turn of its own.
    reply_to: the provider's id of the message that it quotes, if any.
    attempt: how many times the provider has been tried before; not_before: earliest time for the next try (retry only).
    received_at: when ingress received the customer's message that this answers; None for what answers none.
    if_closed: what is sent instead while the 24-hour window is closed; None: as the channel or the workspace has it.
    """

    provider: Provider
    channel: str
    conversation_id: str
    customer_id: str
    address: str
    body: Body
    author: Author
    cause: str
    turn: int
    index: int = 0
    reply_to: str | None = None
    attempt: int = 0
    not_before: datetime | None = None
    received_at: datetime | None = None
    if_closed: TemplateBody | None = None


_RANK = {
    Status.UNKNOWN: 0,
    Status.QUEUED: 10,
    Status.SENT: 20,
    Status.FAILED: 25,
    Status.DELIVERED: 30,
    Status.READ: 40,
    Status.PLAYED: 50,
    Status.DELETED: 60,
}


def rank(status: Status) -> int:
    """How far a status is. A message's state only moves to a higher rank.

    Failed stands between sent and delivered: a message that was delivered did not fail, whatever arrives later.
    """
    return _RANK[status]
