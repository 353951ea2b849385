"""Messages to customers, independent of the provider."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from shared.messages.base import Message, Part
from shared.messages.content import MediaKind
from shared.messages.inbound import Provider, Status


class TextBody(Part, frozen=True, kw_only=True, tag="text"):
    """Text within the provider's limit; longer texts are split before (`shared.text.splitting.split`)."""

    body: str
    preview_url: bool = False


class Button(Part, frozen=True, kw_only=True):
    id: str
    title: str


class ButtonsBody(Part, frozen=True, kw_only=True, tag="buttons"):
    """Reply buttons; beyond a provider's limits they become a list or numbered text."""

    body: str
    buttons: tuple[Button, ...]


class Row(Part, frozen=True, kw_only=True):
    id: str
    title: str
    description: str = ""


class ListBody(Part, frozen=True, kw_only=True, tag="list"):
    """A list of rows to choose from; `button` opens it. Beyond a provider's limits it becomes numbered text."""

    body: str
    button: str
    rows: tuple[Row, ...]


class MediaBody(Part, frozen=True, kw_only=True, tag="media"):
    """Media by a public https address that the provider fetches, or by the id of a file uploaded to the provider
    (`media_id`; not supported by all). filename: of a document, as displayed.
    """

    kind: MediaKind
    url: str = ""
    caption: str = ""
    filename: str = ""
    media_id: str = ""


class LocationBody(Part, frozen=True, kw_only=True, tag="location"):
    """A place: degrees, WGS 84."""

    latitude: float
    longitude: float
    name: str = ""
    address: str = ""


class Card(Part, frozen=True, kw_only=True):
    """An address card. phones: in E.164."""

    name: str
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    organisation: str = ""


class ContactsBody(Part, frozen=True, kw_only=True, tag="contacts"):
    """Address cards; text at providers without cards."""

    cards: tuple[Card, ...]


class ReactionBody(Part, frozen=True, kw_only=True, tag="reaction"):
    """An emoji on a message of the customer, by its provider id; an empty one removes it."""

    provider_message_id: str
    emoji: str = ""


class ButtonValue(Part, frozen=True, kw_only=True):
    """The value of a template's button. index: of the button, from 0. kind: `quick_reply` (its payload), `url` (the
    end of its address, or the code of a one-time password), `copy_code` (the code) or `flow` (the flow's token).
    """

    index: int
    kind: Literal["quick_reply", "url", "copy_code", "flow"]
    value: str


class TemplateBody(Part, frozen=True, kw_only=True, tag="template"):
    """A template that the provider has approved. parameters: of its body, in order. header: value of the header's
    parameter, or header_media: the header's file. buttons: values of those that need one. names, header_name: names of
    the parameters, if they have names; set by delivery.
    """

    name: str
    language: str
    parameters: tuple[str, ...] = ()
    header: str = ""
    header_media: MediaBody | None = None
    buttons: tuple[ButtonValue, ...] = ()
    names: tuple[str, ...] = ()
    header_name: str = ""


class Presence(Part, frozen=True, kw_only=True, tag="presence"):
    """Mark the customer's message as read and, with `typing`, show that an answer is being written.

    Attempted once; failures are ignored.
    """

    provider_message_id: str
    typing: bool = False


class OnPhoneBody(Part, frozen=True, kw_only=True, tag="on_phone"):
    """A message that the business has sent from its own phone; delivery stores it and sends nothing.

    text: in words, as in the history. A body of its own, so that older releases of delivery reject it.
    """

    provider_message_id: str
    text: str
    sent_at: datetime


Body = (
    TextBody
    | ButtonsBody
    | ListBody
    | MediaBody
    | LocationBody
    | ContactsBody
    | ReactionBody
    | TemplateBody
    | Presence
    | OnPhoneBody
)


def numbered_text(body: ButtonsBody | ListBody) -> str:
    """Return the body with its options as numbered lines, in their order."""
    options: tuple[Button | Row, ...] = body.buttons if isinstance(body, ButtonsBody) else body.rows
    lines = [f"{number}. {_line(option)}" for number, option in enumerate(options, 1)]
    return "\n\n".join(part for part in (body.body, "\n".join(lines)) if part.strip())


def _line(option: Button | Row) -> str:
    title = option.title.strip() or option.id
    return f"{title} – {option.description}" if isinstance(option, Row) and option.description else title


def place_or_cards_text(body: LocationBody | ContactsBody) -> str:
    """Return a place or cards as text, for providers without them."""
    if isinstance(body, LocationBody):
        at = f"{body.latitude:.6f}, {body.longitude:.6f}"
        return "\n".join(filter(None, (body.name, body.address, at)))
    cards = (filter(None, (card.name, card.organisation, *card.phones, *card.emails)) for card in body.cards)
    return "\n\n".join("\n".join(card) for card in cards)


def body_text(body: Body) -> str:
    """Return a body in words as the customer saw it, for the history and models; empty if it shows nothing."""
    match body:
        case TextBody(body=text):
            return text
        case ButtonsBody() | ListBody():
            return numbered_text(body)
        case MediaBody(kind=kind, caption=caption, filename=filename):
            return " ".join(filter(None, (f"({kind}: {filename})" if filename else f"({kind})", caption)))
        case TemplateBody(name=name, parameters=parameters):
            return f"(template {name}: {', '.join(parameters)})" if parameters else f"(template {name})"
        case LocationBody(name=name, address=address):
            return " ".join(filter(None, ("(location)", name, address)))
        case ContactsBody(cards=cards):
            return f"(contacts: {', '.join(card.name for card in cards)})"
        case ReactionBody(emoji=emoji):
            return f"(reaction: {emoji})" if emoji else "(reaction taken back)"
        case OnPhoneBody(text=text):
            return text
        case Presence():
            return ""


class Author(StrEnum):
    """Origin of a message."""

    FAQ = "faq"
    FLOW = "flow"
    AI = "ai"
    AGENT = "agent"
    SYSTEM = "system"
    BROADCAST = "broadcast"


class OutboundMessage(Message, frozen=True, kw_only=True):
    """One message to send. Topics `outbound.messages`, `outbound.bulk`, `outbound.retry`.

    id: derived from its cause; the provider receives it with the message and returns it with each status.
    address: the recipient in the provider's form. cause: id of the record that led to it.
    turn, index: position in the conversation. A customer's message begins a turn (1, 2, …); its answer has the same
    turn, and `index` counts the messages of one answer. An agent's message has a turn of its own.
    reply_to: provider's id of the quoted message, if any.
    attempt: number of earlier attempts; not_before: earliest time of the next attempt (retry only).
    received_at: when ingress received the customer's message that this answers; None if it answers none.
    if_closed: replaces it outside the customer-service window; None: the channel's or workspace's template does.
    broadcast_flow: sent by a flow that a broadcast began, before the customer has written in it.
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
    broadcast_flow: bool = False

    @property
    def of_broadcast(self) -> bool:
        """True when it is part of a broadcast: it is not sent after an opt-out, nor replaced by a template."""
        return self.author is Author.BROADCAST or self.broadcast_flow


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


def status_rank(status: Status) -> int:
    """Return the rank of a status. A message's state only moves to a higher rank.

    Failed ranks between sent and delivered: a delivered message did not fail, whatever arrives later.
    """
    return _RANK[status]
