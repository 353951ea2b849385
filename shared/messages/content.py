"""What a customer can send us, in terms that do not depend on the provider.

Types from the Meta Cloud API webhook reference and Twilio's inbound parameters. A type that does not exist yet arrives
as `Unsupported` and keeps its name; the raw payload travels in `InboundMessage.raw`.
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
    """Address-book cards as the provider gives them, as JSON. own_number: the sender's, in E.164, where WhatsApp itself
    vouches for it: the customer agreed to share it when we asked. Any other card may be anybody's.
    """

    cards: msgspec.Raw = msgspec.field(default_factory=empty_array)
    names: tuple[str, ...] = ()
    own_number: str | None = None


class Reaction(Part, frozen=True, kw_only=True, tag="reaction"):
    """An emoji put on a message; `emoji` None takes it back."""

    provider_message_id: str
    emoji: str | None = None


class ChoiceKind(StrEnum):
    BUTTON = "button"  # a reply button of ours
    LIST = "list"  # a row of a list of ours
    QUICK_REPLY = "quick_reply"  # a template's button
    FORM = "form"  # a finished WhatsApp Flow (nfm_reply)


class Choice(Part, frozen=True, kw_only=True, tag="choice"):
    """The customer chose something that we offered: `id` is what we called it, `title` what the customer saw."""

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
    """Something about the customer himself, such as a changed number. new_address: the new number in E.164 or, where
    none is told, `bsuid:` and the new user id. new_user_id: also where both are told.
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


GROUP = "group"  # the type of what was written in a group


class Unsupported(Part, frozen=True, kw_only=True, tag="unsupported"):
    """A type that is not known here, or that the provider itself could not read (then `detail` says why).

    On the wire the type's name is `kind`, because `type` tells the contents apart.
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
    """What the customer said in words: text, caption or the title of a choice; empty when there are none."""
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
    """What a bot is to make of a content."""

    QUESTION = "question"  # something is wanted: a text, a choice, an order, a picture
    NOT_A_QUESTION = "not_a_question"  # nobody waits for an answer: a reaction, a sticker, an edit, a notice
    VOICE = "voice"  # something is wanted, but it would have to be listened to
    UNREADABLE = "unreadable"  # somebody wrote something, and nobody knows what


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
    "welcome": ContentClass.NOT_A_QUESTION,  # but a shop shows its menu
    "edit": ContentClass.NOT_A_QUESTION,
    "revoke": ContentClass.NOT_A_QUESTION,
    # Names that other providers may use for these.
    "edited": ContentClass.NOT_A_QUESTION,
    "deleted": ContentClass.NOT_A_QUESTION,
    "revoked": ContentClass.NOT_A_QUESTION,
    "request_welcome": ContentClass.NOT_A_QUESTION,
    # Types that have no content of their own here, by the provider's name of them.
    GROUP: ContentClass.NOT_A_QUESTION,  # what was written in a group is not answered in private
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
"""Whether each kind of content is answered; a kind that is not here is `UNREADABLE`. See docs/conversations.md."""


def kind_of(content: Content) -> str:
    """Name of a content in `CONTENT_CLASSES`; for an unsupported one, the provider's name of its type."""
    match content:
        case Media(kind=kind):
            return kind.value
        case Unsupported(type=kind):
            return kind.strip().lower()
        case _:
            return str(type(content).__struct_config__.tag)


def classify(content: Content) -> ContentClass:
    """What a bot is to make of it."""
    kind = kind_of(content)
    if isinstance(content, Unsupported):  # a picture of which nothing but its type is known cannot be read either
        return ContentClass.NOT_A_QUESTION if is_notice(kind) else ContentClass.UNREADABLE
    return CONTENT_CLASSES[kind]


def is_notice(kind: str) -> bool:
    """Whether a type of that name never says anything that is to be answered, whatever text comes with it."""
    return CONTENT_CLASSES.get(kind.strip().lower()) is ContentClass.NOT_A_QUESTION
