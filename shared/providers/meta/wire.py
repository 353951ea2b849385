"""The JSON of Meta's webhooks and error answers, as far as it is read.

Unknown fields are ignored, and most known ones may be null, missing or of another type, because Meta adds, renames and
omits fields. A message needs the required fields: without them it becomes a `MalformedItem`. Fields that may be missing
but not invalid are marked `MUST_BE_VALID`. Decode these with `shared.providers.lenient.LenientDecoder`.
Source: the Cloud API webhook reference, and fixtures of public clients.
"""

from decimal import Decimal
from typing import Annotated

import msgspec

from shared.providers.lenient import MUST_BE_VALID

# Ids are a hundred characters or so; they are kept in caches and repeated in records, so none may be a megabyte.
Id = Annotated[str, msgspec.Meta(max_length=1024)]
NONE = msgspec.Raw(b"")  # a missing field


class Wire(msgspec.Struct, gc=False):
    """Without garbage collection: they have no cycles and live for microseconds."""


class Entry(Wire):
    """One entry of a webhook. id: the WhatsApp Business Account. time: seconds; distinguishes equal events."""

    changes: list[msgspec.Raw]
    id: Id | int | None = None
    time: int | float | Id | None = None


class Change(Wire):
    field: str
    value: msgspec.Raw


class Metadata(Wire):
    phone_number_id: Id | None = None


class Profile(Wire):
    name: str | None = None
    username: str | None = None


class Contact(Wire):
    """Has `wa_id` (digits), `user_id` (business-scoped), or both."""

    profile: Profile | None = None
    wa_id: Id | None = None
    user_id: Id | None = None
    username: str | None = None


class Value(Wire):
    """The value of a change with items: messages, statuses, echoes or preferences, each decoded on its own."""

    metadata: Metadata | None = None
    contacts: list[Contact] | None = None
    messages: Annotated[list[msgspec.Raw] | None, MUST_BE_VALID] = None
    statuses: Annotated[list[msgspec.Raw] | None, MUST_BE_VALID] = None
    message_echoes: Annotated[list[msgspec.Raw] | None, MUST_BE_VALID] = None
    user_preferences: Annotated[list[msgspec.Raw] | None, MUST_BE_VALID] = None
    errors: msgspec.Raw = NONE


class ErrorData(Wire):
    details: str | None = None


class Error(Wire):
    """An error in a status or an answer. error_data: usually an object, in some answers a text. error_subcode: of the
    Graph API, beside a general code.
    """

    code: int | str | None = None
    error_subcode: int | str | None = None
    title: str | None = None
    message: str | None = None
    error_data: ErrorData | str | None = None

    @property
    def description(self) -> str:
        """Meta's most detailed description; empty when there is none."""
        data = self.error_data
        details = data.details if isinstance(data, ErrorData) else data
        return details or self.message or ""


class ErrorBody(Wire):
    """The body of an error response."""

    error: Error


class Text(Wire):
    body: str


class Media(Wire):
    id: str | None = None
    url: str | None = None
    mime_type: str | None = None
    sha256: str | None = None
    caption: str | None = None
    filename: str | None = None
    voice: bool | None = None
    animated: bool | None = None


class Location(Wire):
    latitude: float
    longitude: float
    name: str | None = None
    address: str | None = None
    url: str | None = None


class CardName(Wire):
    formatted_name: str | None = None
    first_name: str | None = None


class CardPhone(Wire):
    phone: str | None = None
    wa_id: Id | None = None


class Card(Wire):
    """A contact card of a message. origin: `contact_request` when WhatsApp answers our request for the customer's own
    number, `other` otherwise.
    """

    name: CardName | None = None
    phones: list[CardPhone] | None = None
    origin: str | None = None
    user_id: Id | None = None


class Reaction(Wire):
    message_id: str
    emoji: str | None = None


class Reply(Wire):
    """A chosen button or list row. If its id is missing, only the title tells it from others."""

    id: str | None = None
    title: str | None = None
    description: str | None = None


class Form(Wire):
    """A form that a customer filled in. response_json: usually text that holds JSON, sometimes the JSON itself."""

    response_json: msgspec.Raw = NONE
    name: str | None = None
    body: str | None = None


class CallPermission(Wire):
    """The permission to call: `accept` or `reject`."""

    response: str | None = None


class Interactive(Wire):
    """The one member that is present tells the kind of reply."""

    type: str = "interactive"
    button_reply: Reply | None = None
    list_reply: Reply | None = None
    nfm_reply: Form | None = None
    call_permission_reply: CallPermission | None = None


class Button(Wire):
    payload: str | None = None
    text: str | None = None


class OrderItem(Wire):
    product_retailer_id: str
    quantity: Annotated[int | str, MUST_BE_VALID] = 1
    item_price: Decimal | None = None
    currency: str | None = None


class Order(Wire):
    catalog_id: str | None = None
    product_items: Annotated[list[OrderItem] | None, MUST_BE_VALID] = None
    text: str | None = None


class System(Wire):
    """A changed number (`wa_id`, formerly `new_wa_id`) or a changed user id (`user_id`)."""

    type: str | None = None
    body: str | None = None
    wa_id: Id | None = None
    new_wa_id: Id | None = None
    user_id: Id | None = None
    previous_user_id: Id | None = None


class Edited(Wire):
    """The message after the edit."""

    text: Text | None = None
    image: Media | None = None
    video: Media | None = None
    document: Media | None = None


class Edit(Wire):
    original_message_id: str
    message: Edited | None = None


class Revoke(Wire):
    original_message_id: str


class UnsupportedType(Wire):
    type: str | None = None


class Context(Wire):
    id: str | None = None
    forwarded: bool | None = None
    frequently_forwarded: bool | None = None
    referred_product: msgspec.Raw = NONE  # see `meta.referrals`


class Message(Wire):
    """One customer message. The field named like `type` holds its content."""

    id: Id
    timestamp: str | int
    type: str
    sender: Id | None = msgspec.field(name="from", default=None)
    from_user_id: Id | None = None
    group_id: str | None = None
    context: Context | None = None
    referral: msgspec.Raw = NONE  # see `meta.referrals`
    errors: list[Error] | None = None
    text: Text | None = None
    image: Media | None = None
    video: Media | None = None
    audio: Media | None = None
    voice: Media | None = None
    document: Media | None = None
    sticker: Media | None = None
    location: Location | None = None
    contacts: msgspec.Raw = NONE
    origin: str | None = None  # of the cards, if not given with each
    reaction: Reaction | None = None
    interactive: Interactive | None = None
    button: Button | None = None
    order: Order | None = None
    system: System | None = None
    edit: Edit | None = None
    revoke: Revoke | None = None
    unsupported: UnsupportedType | None = None


class Echo(Message):
    """A message that the business wrote on its own phone; `to` or `to_user_id` is the customer."""

    to: Id | None = None
    to_user_id: Id | None = None


class Preference(Wire):
    """A customer's choice in WhatsApp's own settings. value: `stop` or `resume`."""

    wa_id: Id | None = None
    user_id: Id | None = None
    timestamp: str | int | None = None
    category: str = ""
    value: str = ""


class Status(Wire):
    """A status of our message. recipient_id: digits or, without a number, a user id. type: given for statuses of
    payments and calls.
    """

    id: Id
    status: str
    timestamp: str | int
    type: str | None = None
    recipient_id: Id | None = None
    recipient_user_id: Id | None = None
    recipient_type: str | None = None
    biz_opaque_callback_data: Id | None = None
    errors: list[Error] | None = None
