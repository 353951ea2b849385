"""Records of ingress: customers' messages, statuses of our messages, account events."""

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
    """A customer's consent given to the provider, by a WhatsApp button or a keyword that the provider handles."""

    STOP = "stop"  # no more messages; the provider blocks them
    START = "start"  # messages again
    HELP = "help"  # the provider has answered with its own help text
    STOP_MARKETING = "stop_marketing"  # no marketing; answers and order updates are wanted
    RESUME_MARKETING = "resume_marketing"


class Sender(Part, frozen=True, kw_only=True):
    """The author. `identity` is the customer's key (`shared.domain.identities`): the phone number in E.164 or `bsuid:`
    and the business-scoped user id that the customer first wrote from. An adapter sets the number or, if there is none,
    the user id; ingress replaces it by the key. `address` is the recipient of answers in the provider's form.
    """

    identity: str
    address: str
    phone: str | None = None
    bsuid: str | None = None
    name: str | None = None
    username: str | None = None


class Referral(Part, frozen=True, kw_only=True):
    """The ad or post that the customer came from (click-to-WhatsApp), as the customer saw it.

    media_type: the provider's word for what the ad shows (Meta: `image`, `video`; Twilio: a MIME type). greeting: the
    ad's own message in the chat, before the customer's.
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
    """The product that the customer asks about: its SKU in a catalogue at the provider."""

    sku: str
    catalog_id: str = ""


class Context(Part, frozen=True, kw_only=True):
    """References of a message. reply_to: provider's id of the message replied to. referral: the ad that the customer
    came from. product: the one asked about.
    """

    reply_to: str | None = None
    forwarded: bool = False
    referral: Referral | None = None
    product: ReferredProduct | None = None


class InboundMessage(Message, frozen=True, kw_only=True):
    """One customer message. Topic `inbound.messages`; `created_at` is when ingress received it.

    id: `shared.domain.ids.message_id`. sent_at: the provider's time, in whole seconds with Meta; not for
    ordering.
    raw: the provider's item, unchanged (Meta: the message object; Twilio: the form as a JSON object).
    limited: the sender exceeds the limit of messages per minute; the message is stored but not answered.
    joins: keys of further records of the same customer, which the router merges into this one.
    unresolved: the sender's key is unknown because MongoDB was unavailable; the router looks it up.
    consent: as recognised and answered by the provider itself (Twilio's OptOutType).
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
    """States of a message of ours, in the provider's words. See `shared.messages.outbound.status_rank`."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    PLAYED = "played"
    FAILED = "failed"
    DELETED = "deleted"
    UNKNOWN = "unknown"


class ProviderError(Part, frozen=True, kw_only=True):
    """An error in the provider's code and words; `code` is text because providers use different types."""

    code: str
    title: str = ""
    detail: str = ""


class InboundStatus(Message, frozen=True, kw_only=True, tag="status"):
    """One status of one message of ours. Topic `inbound.statuses`.

    outbound_id: our id of the message, if the provider returned it; else it is found by the provider's id.
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
    """A provider's report on an account, number or template. Topic `inbound.statuses`.

    field: the provider's name, such as `phone_number_quality_update`. channel: None for reports on the account.
    account: the provider's id, empty in older records. occurred_at: the provider's time, if given.
    """

    provider: Provider
    field: str
    channel: str | None = None
    account: str = ""
    occurred_at: datetime | None = None
    raw: msgspec.Raw = msgspec.field(default_factory=empty_object)


StatusRecord = InboundStatus | AccountEvent
