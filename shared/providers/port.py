"""The types that Parley shares with all providers: channels, parsed webhook items, message limits, clients."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any, Protocol

from shared.messages.content import Content, Media, MediaKind
from shared.messages.inbound import Consent, Context, Provider, ProviderError, Sender, Status
from shared.messages.outbound import Body


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A number of a workspace with all that is needed to use it. Only here are secrets in the clear.

    address: the number in E.164. settings: the provider's own ids (`phone_number_id`, `waba_id`, `account_sid`).
    secrets: `access_token`, `app_secret`, `verify_token`, `auth_token`; `repr` does not show them.
    credential: a digest that changes with any setting or secret of the channel. sealed_credential: as earlier releases
    computed it, from the encrypted secrets; stopped channels may be stored with it.
    in_doubt: the workspace's choice, see `shared.workspace.config.InDoubt`. messages_per_second: the throughput of this
    number; None: the provider's usual one (`shared.providers.pace`).
    """

    workspace: str
    id: str
    provider: Provider
    address: str
    settings: Mapping[str, str]
    secrets: Mapping[str, str] = field(repr=False)
    region: str = ""
    shards: int = 1
    credential: str = ""
    in_doubt: str = "resend"
    messages_per_second: float | None = None
    sealed_credential: str = ""

    def has_credential(self, digest: str) -> bool:
        """Return whether a stored digest is of the channel's present settings and secrets."""
        return digest in (self.credential, self.sealed_credential)


def recipient_key(provider: str, recipient: str) -> str:
    """Return the key under which a channel, or an account's channels, are found.

    recipient: the provider's name for the number or account (Meta: phone_number_id, or the WABA's id).
    """
    return f"{provider}:{recipient}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedMessage:
    """A customer's message as the provider's adapter parsed it; ingress adds the workspace.

    recipient: the provider's name for the receiving number (Meta: phone_number_id; Twilio: the number in E.164).
    sender.identity is the phone number as the provider gives it, with `+`, or `bsuid:…`. raw: JSON bytes of the item.
    """

    recipient: str
    provider_message_id: str
    sender: Sender
    content: Content
    context: Context
    sent_at: datetime
    raw: bytes
    consent: Consent | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedEcho:
    """A message that the business wrote to a customer on its own phone, in the app. identity: the customer's, as in
    `Sender`; bsuid: the user id, if the provider gave it.
    """

    recipient: str
    provider_message_id: str
    identity: str
    content: Content
    sent_at: datetime
    raw: bytes
    bsuid: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedConsent:
    """A customer's choice of messages, made at the provider. identity, bsuid: as in `ParsedEcho`. said_at: the
    provider's time, if it gives one.
    """

    recipient: str
    identity: str
    consent: Consent
    said_at: datetime | None
    raw: bytes
    bsuid: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedStatus:
    """A status of our message. outbound_id: our id, if the provider returned it. customer: the recipient, if the
    provider gave both number and user id, so that the two are joined.
    """

    recipient: str
    provider_message_id: str
    status: Status
    occurred_at: datetime
    outbound_id: str | None
    errors: tuple[ProviderError, ...]
    raw: bytes
    customer: Sender | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedEvent:
    """A change of an account, number or template. account: the provider's id of the account (Meta: the WABA's id).

    key: distinguishes events; the same for a redelivered one. occurred_at: the provider's time.
    """

    account: str
    field: str
    key: str
    recipient: str | None
    raw: bytes
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MalformedItem:
    """An item that could not be parsed; the other items of the webhook are unaffected.

    part: the raw item; it may refer to data that it shares with other items. join: builds a webhook body of the parts
    of several items of one webhook, with their shared data once; parsing it gives exactly these items.
    """

    recipient: str | None
    reason: str
    part: Any
    join: Callable[[Sequence[Any]], bytes]

    @property
    def payload(self) -> bytes:
        """A webhook body with only this item, so that it can be parsed again after a repair."""
        return self.join([self.part])


Parsed = ParsedMessage | ParsedEcho | ParsedConsent | ParsedStatus | ParsedEvent | MalformedItem


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageLimits:
    """The limits of a provider's messages: lengths in characters, and counts. See `shared.providers.fitting`.

    buttons, rows: 0 if not supported: numbered text replaces them. interactive_body: the text above buttons or rows.
    choice_id: the id of a button or row. uncaptioned: the kinds of media without captions. cards, reactions, media_ids:
    whether it supports address-book cards, reactions, and files that were uploaded before. template_parts: whether a
    template's header and buttons can be filled. template_names: whether template parameters can have names.
    """

    text: int
    caption: int
    uncaptioned: frozenset[MediaKind]
    buttons: int = 0
    button_title: int = 0
    rows: int = 0
    row_title: int = 0
    row_description: int = 0
    list_button: int = 0
    interactive_body: int = 0
    choice_id: int = 0
    cards: bool = False
    reactions: bool = False
    quotes: bool = False
    media_ids: bool = False
    template_parts: bool = False
    template_names: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMessage:
    """A message to send. id: our id, which the provider returns with each status."""

    id: str
    address: str
    body: Body
    reply_to: str | None = None


class MessageSender(Protocol):
    """Sends messages through one provider, for all its channels; has no state except connections."""

    limits: MessageLimits

    async def send(self, channel: Channel, message: OutgoingMessage) -> str:
        """Send the message and return the provider's id for it; never retries.

        Raises SendError for every failure: refused, throttled, unreachable, unreadable answer. Its kind is IN_DOUBT if
        the request may have been accepted and no answer came.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedMedia:
    """A downloaded file. file: open at its beginning; the caller closes it, which deletes it.

    mime_type: as the provider gives it, `application/octet-stream` if that is none. The content is untrusted: never
    serve it as a page of ours. size: bytes.
    """

    file: IO[bytes]
    mime_type: str
    size: int


class MediaSource(Protocol):
    """Downloads media that customers have sent."""

    async def fetch(self, channel: Channel, media: Media, *, limit: int) -> FetchedMedia:
        """Return the whole file, its digest checked; never retries. limit: bytes. Raises MediaError."""
        ...
