"""What ingress says: a customer's message, a status of ours, an event about an account."""

from datetime import datetime
from enum import StrEnum

import msgspec

from shared.messages.base import Message, Part, empty_object
from shared.messages.content import Content


# One name for each folder of `shared/providers`; the values are on the wire and in the database.
class Provider(StrEnum):
    META = "meta"
    TWILIO = "twilio"
    MSG91 = "msg91"


class Consent(StrEnum):
    """A customer's choice told to the provider itself, by a WhatsApp button or a keyword that the provider handles."""

    STOP = "stop"  # no more messages: the provider lets none through
    START = "start"  # messages again
    HELP = "help"  # the provider has answered with its own help text
    STOP_MARKETING = "stop_marketing"  # no marketing; answers and news of orders are welcome
    RESUME_MARKETING = "resume_marketing"


class Sender(Part, frozen=True, kw_only=True):
    """The author. `identity` is the customer's key (`shared.domain.identities`): the phone number in E.164 or `bsuid:`
    and the business-scoped user id that this person was first seen with. An adapter gives the number or, where there is
    none, the user id; ingress puts the key in its place. `address` is what the provider wants as the recipient of an
    answer.
    """

    identity: str
    address: str
    phone: str | None = None
    bsuid: str | None = None
    name: str | None = None
    username: str | None = None


class Referral(Part, frozen=True, kw_only=True):
    """The ad or post that brought the customer here (click-to-WhatsApp), as the customer saw it.

    media_type: the provider's word for what the ad shows (Meta: `image`, `video`; Twilio: a MIME type). greeting: what
    the ad itself said in the chat before the customer wrote.
    """

    source_type: str = ""
    source_id: str = ""
    source_url: str = ""
    headline: str = ""
    click_id: str = ""
    body: str = ""
    media_type: str = ""
    media_id: str = ""
    media_url: str = ""
    greeting: str = ""


class ReferredProduct(Part, frozen=True, kw_only=True):
    """The product that the customer asks about: a catalogue of the provider's, and the SKU in it."""

    sku: str
    catalog_id: str = ""


class Context(Part, frozen=True, kw_only=True):
    """References of the message: the provider's id of the message replied to, whether it was forwarded, the ad that
    the customer came from, and the product that is asked about.
    """

    reply_to: str | None = None
    forwarded: bool = False
    referral: Referral | None = None
    product: ReferredProduct | None = None


class InboundMessage(Message, frozen=True, kw_only=True):
    """One customer message. Topic `inbound.messages`; `created_at` is when ingress received it.

    id: `shared.domain.ids.message_id`. sent_at: the provider's own time, whole seconds with Meta; not to be used for
    order.
    raw: the provider's item as it came (Meta: the message object; Twilio: the form as a JSON object).
    limited: the sender is over the limit of messages per minute; the message is kept, but no answer is made.
    joins: keys of further customers that turn out to be the sender; the router merges them into this one.
    unresolved: MongoDB was away, and the sender's key is not known: the router looks for it.
    consent: what the provider has taken the message for and has answered itself (Twilio's OptOutType).
    """

    provider: Provider
    provider_message_id: str
    channel: str
    conversation_id: str
    sender: Sender
    content: Content
    sent_at: datetime
    context: Context = Context()
    limited: bool = False
    joins: tuple[str, ...] = ()
    unresolved: bool = False
    consent: Consent | None = None
    raw: msgspec.Raw = msgspec.field(default_factory=empty_object)


class Status(StrEnum):
    """The states of a message of ours, in the provider's words. See `shared.messages.outbound.status_rank`."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    PLAYED = "played"
    FAILED = "failed"
    DELETED = "deleted"
    UNKNOWN = "unknown"


class ProviderError(Part, frozen=True, kw_only=True):
    """An error in the provider's own code and words; `code` is text because providers disagree about its type."""

    code: str
    title: str = ""
    detail: str = ""


class InboundStatus(Message, frozen=True, kw_only=True, tag="status"):
    """One status of one message of ours. Topic `inbound.statuses`.

    outbound_id: our own id of the message, when the provider sent it back; otherwise it is found by the provider's id.
    """

    provider: Provider
    provider_message_id: str
    channel: str
    status: Status
    occurred_at: datetime
    outbound_id: str | None = None
    errors: tuple[ProviderError, ...] = ()
    raw: msgspec.Raw = msgspec.field(default_factory=empty_object)


class AccountEvent(Message, frozen=True, kw_only=True, tag="account"):
    """Something about an account or a number: quality, restriction, template status. Topic `inbound.statuses`.

    field: the provider's name of it, such as `phone_number_quality_update`. channel: None when it is about the account.
    account: the provider's id of it, empty in older records. occurred_at: the provider's own time, if it says one.
    """

    provider: Provider
    field: str
    channel: str | None = None
    account: str = ""
    occurred_at: datetime | None = None
    raw: msgspec.Raw = msgspec.field(default_factory=empty_object)


StatusRecord = InboundStatus | AccountEvent
