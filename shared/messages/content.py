"""Contents of customers' messages, independent of the provider.

Types from the Meta Cloud API webhook reference and Twilio's inbound parameters. An unknown type becomes
`Unsupported` with its name; the raw payload is in `InboundMessage.raw`.
"""

from enum import StrEnum

import msgspec

from shared.messages.base import Part, empty_array


class Text(Part, frozen=True, kw_only=True, tag="text"):
    body: str


class MediaKind(StrEnum):
    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    DOCUMENT = "document"
    STICKER = "sticker"


class Media(Part, frozen=True, kw_only=True, tag="media"):
    """A reference: `media_id` (Meta) or `url` (Twilio), never the bytes. URLs expire and need the channel's token."""

    kind: MediaKind
    mime_type: str = ""
    media_id: str | None = None
    url: str | None = None
    sha256: str | None = None
    caption: str | None = None
    filename: str | None = None
    voice: bool = False
    animated: bool = False


class Location(Part, frozen=True, kw_only=True, tag="location"):
    """Degrees, WGS 84."""

    latitude: float
    longitude: float
    name: str | None = None
    address: str | None = None
    url: str | None = None


class Contacts(Part, frozen=True, kw_only=True, tag="contacts"):
    """Address cards in the provider's JSON. own_number: the sender's number in E.164, if WhatsApp itself vouches for it
    because the customer shared it at our request. Other cards may be anyone's.
    """

    cards: msgspec.Raw = msgspec.field(default_factory=empty_array)
    names: tuple[str, ...] = ()
    own_number: str | None = None


class Reaction(Part, frozen=True, kw_only=True, tag="reaction"):
    """An emoji on a message; `emoji` None removes it."""

    provider_message_id: str
    emoji: str | None = None


class ChoiceKind(StrEnum):
    BUTTON = "button"  # a reply button of ours
    LIST = "list"  # a row of a list of ours
    QUICK_REPLY = "quick_reply"  # a template's button
    FORM = "form"  # a finished WhatsApp Flow (nfm_reply)


class Choice(Part, frozen=True, kw_only=True, tag="choice"):
    """The customer's choice of an offered option. id: ours; title: as the customer saw it."""

    kind: ChoiceKind
    id: str
    title: str = ""
    description: str | None = None
    response: str | None = None  # FORM only: the form's answers, JSON text


class OrderItem(Part, frozen=True, kw_only=True):
    """Prices are decimals as text, in `currency` (ISO 4217)."""

    sku: str
    quantity: int
    price: str
    currency: str


class CatalogOrder(Part, frozen=True, kw_only=True, tag="order"):
    catalog_id: str
    items: tuple[OrderItem, ...] = ()
    text: str | None = None


class System(Part, frozen=True, kw_only=True, tag="system"):
    """A notice about the customer, such as a changed number. new_address: the new number in E.164 or, if the provider
    gives none, `bsuid:` and the new user id. new_user_id: also if the provider gives both.
    """

    kind: str
    body: str = ""
    new_address: str | None = None
    new_user_id: str | None = None


class Welcome(Part, frozen=True, kw_only=True, tag="welcome"):
    """The customer opened the chat for the first time (`request_welcome`)."""


class Edit(Part, frozen=True, kw_only=True, tag="edit"):
    """The customer changed the text of a message sent before."""

    provider_message_id: str
    body: str = ""


class Revoke(Part, frozen=True, kw_only=True, tag="revoke"):
    """The customer deleted a message sent before."""

    provider_message_id: str


GROUP = "group"  # type of messages in groups


class Unsupported(Part, frozen=True, kw_only=True, tag="unsupported"):
    """An unknown type, or one that the provider could not read; then `detail` has the reason.

    The encoded name of `type` is `kind`, because `type` is the tag of contents.
    """

    type: str = msgspec.field(name="kind")
    detail: str = ""


Content = (
    Text
    | Media
    | Location
    | Contacts
    | Reaction
    | Choice
    | CatalogOrder
    | System
    | Welcome
    | Edit
    | Revoke
    | Unsupported
)


def text_of(content: Content) -> str:
    """Return the customer's words: text, caption, or title of a choice; empty if there are none."""
    match content:
        case Text(body=body):
            return body
        case Media(caption=caption):
            return caption or ""
        case Choice(title=title, id=choice):
            return title or choice
        case CatalogOrder(text=text):
            return text or ""
        case _:
            return ""


class ContentClass(StrEnum):
    """The kind of answer that a content needs."""

    QUESTION = "question"  # a text, a choice, an order, a picture
    NOT_A_QUESTION = "not_a_question"  # expects no answer: a reaction, a sticker, an edit, a notice
    VOICE = "voice"  # a question that the bot cannot listen to
    UNREADABLE = "unreadable"  # an unknown content


CONTENT_CLASSES: dict[str, ContentClass] = {
    "text": ContentClass.QUESTION,
    "choice": ContentClass.QUESTION,
    "order": ContentClass.QUESTION,
    "location": ContentClass.QUESTION,
    "contacts": ContentClass.QUESTION,
    "image": ContentClass.QUESTION,
    "video": ContentClass.QUESTION,
    "document": ContentClass.QUESTION,
    "audio": ContentClass.VOICE,
    "sticker": ContentClass.NOT_A_QUESTION,
    "reaction": ContentClass.NOT_A_QUESTION,
    "system": ContentClass.NOT_A_QUESTION,
    "welcome": ContentClass.NOT_A_QUESTION,  # but the shop shows its menu
    "edit": ContentClass.NOT_A_QUESTION,
    "revoke": ContentClass.NOT_A_QUESTION,
    # Other names of these, possible at other providers.
    "edited": ContentClass.NOT_A_QUESTION,
    "deleted": ContentClass.NOT_A_QUESTION,
    "revoked": ContentClass.NOT_A_QUESTION,
    "request_welcome": ContentClass.NOT_A_QUESTION,
    # Types that become `Unsupported`, by the provider's name.
    GROUP: ContentClass.NOT_A_QUESTION,  # a group's message is not answered in private
    "call_permission_reply": ContentClass.NOT_A_QUESTION,
    "call_permission_request": ContentClass.NOT_A_QUESTION,
    "call_log": ContentClass.NOT_A_QUESTION,
    "missed_call": ContentClass.NOT_A_QUESTION,
    "ephemeral_setting": ContentClass.NOT_A_QUESTION,
    "event_response": ContentClass.NOT_A_QUESTION,
    "keep_in_chat": ContentClass.NOT_A_QUESTION,
    "pin": ContentClass.NOT_A_QUESTION,
    "pin_in_chat": ContentClass.NOT_A_QUESTION,
    "poll_update": ContentClass.NOT_A_QUESTION,
    "poll_vote": ContentClass.NOT_A_QUESTION,
    "protocol": ContentClass.NOT_A_QUESTION,
    "unpin": ContentClass.NOT_A_QUESTION,
}
"""Class of each kind of content; other kinds are `UNREADABLE`. See docs/conversations.md."""


def kind_of(content: Content) -> str:
    """Return a content's name in `CONTENT_CLASSES`; of an unsupported one, the provider's type."""
    match content:
        case Media(kind=kind):
            return kind.value
        case Unsupported(type=kind):
            return kind.strip().lower()
        case _:
            return str(type(content).__struct_config__.tag)


def classify(content: Content) -> ContentClass:
    """Return the class of a content."""
    kind = kind_of(content)
    if isinstance(content, Unsupported):  # even of a known type, nothing of it can be read
        return ContentClass.NOT_A_QUESTION if is_notice(kind) else ContentClass.UNREADABLE
    return CONTENT_CLASSES[kind]


def is_notice(kind: str) -> bool:
    """Return whether a type never needs an answer, whatever text comes with it."""
    return CONTENT_CLASSES.get(kind.strip().lower()) is ContentClass.NOT_A_QUESTION
