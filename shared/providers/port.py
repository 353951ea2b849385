"""What Parley wants of a provider. `registry.py` names the providers; `docs/contributing.md` is the recipe."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any, Protocol

from shared.messages.content import Content, Media, MediaKind
from shared.messages.inbound import Consent, Context, Provider, ProviderError, Sender, Status
from shared.messages.outbound import Body


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A number of a workspace, with what is needed to use it. Secrets are in the clear here and nowhere else.

    address: the number in E.164. settings: the provider's own ids (`phone_number_id`, `waba_id`, `account_sid`).
    secrets: `access_token`, `app_secret`, `verify_token`, `auth_token`; `repr` does not show them.
    credential: changes whenever a setting or a secret of the channel does, and tells nothing about them.
    in_doubt: the workspace's choice, see `shared.workspace.config.InDoubt`. messages_per_second: what the provider
    takes of this number, if not what it takes of any (`shared.providers.pace`).
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


def recipient_key(provider: str, recipient: str) -> str:
    """Return the key under which a channel, or an account's channels, are found.

    recipient: the provider's name for the number or account (Meta: phone_number_id, or the WABA's id).
    """
    return f"{provider}:{recipient}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedMessage:
    """A customer's message as the provider's adapter read it; ingress adds the workspace.

    recipient: what the provider calls the number written to (Meta: phone_number_id; Twilio: the number in E.164).
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
    """A message that the business wrote to a customer on its own phone, in the app. identity: the customer's."""

    recipient: str
    provider_message_id: str
    identity: str
    content: Content
    sent_at: datetime
    raw: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedConsent:
    """Which messages a customer wants, as told to the provider. said_at: when, if the provider says."""

    recipient: str
    identity: str
    consent: Consent
    said_at: datetime | None
    raw: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedStatus:
    """A status of a message of ours; `outbound_id` is ours, when the provider sent it back. customer: whom it went to,
    where the provider tells the number and the user id, so that the two are joined.
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
    """Something about an account or number. account: the provider's id of the account (Meta: the WABA's id).

    key: what tells this event from another one, the same when it is delivered again. occurred_at: the provider's time.
    """

    account: str
    field: str
    key: str
    recipient: str | None
    raw: bytes
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Malformed:
    """An item that could not be read; its neighbours are not harmed.

    part: the item, with what it shares with others of the body; it costs no memory of its own. join: makes one whole
    webhook body of the parts of some items of the same body, in which what they share stands once: read again, it gives
    exactly these items.
    """

    recipient: str | None
    reason: str
    part: Any
    join: Callable[[Sequence[Any]], bytes]

    @property
    def payload(self) -> bytes:
        """A whole webhook body with only this item, so that it can be read again after a repair."""
        return self.join([self.part])


Parsed = ParsedMessage | ParsedEcho | ParsedConsent | ParsedStatus | ParsedEvent | Malformed


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageLimits:
    """What a provider has room for: lengths in characters, and how many. See `shared.providers.fitting`.

    buttons, rows: 0 where there are none, and numbered text stands in for them. interactive_body: above buttons or
    rows. choice_id: of a button or a row. uncaptioned: the kinds of media that cannot have a caption. cards, reactions,
    media_ids: whether it knows address-book cards, reactions, and files that were uploaded to it before.
    template_parts: whether a template's header and buttons can be filled. template_names: whether its parameters may
    have names.
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
    media_ids: bool = False
    template_parts: bool = False
    template_names: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One call of a provider. id: our id, which goes along and comes back with each status."""

    id: str
    address: str
    body: Body
    reply_to: str | None = None


class MessageSender(Protocol):
    """Sends through one provider. Stateless but for its connections; one for all channels of the provider."""

    limits: MessageLimits

    async def send(self, channel: Channel, message: Outgoing) -> str:
        """Send and return the provider's id of the message.

        Raises SendError for everything that can go wrong: refused, throttled, unreachable, unreadable answer.
        When the request may have been accepted and no answer came, its kind is IN_DOUBT. Never retries.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """Media as it came. file: open for reading, at its beginning; whoever has it closes it, and it is gone then.

    mime_type: as the provider says, `application/octet-stream` when that is none. The content is a stranger's: never
    to be shown as a page of ours. size: bytes.
    """

    file: IO[bytes]
    mime_type: str
    size: int


class MediaSource(Protocol):
    """Fetches what customers have sent, when somebody wants to see it."""

    async def fetch(self, channel: Channel, media: Media, *, limit: int) -> Fetched:
        """All of it, checked. limit: bytes. Raises MediaFailed. Never retries."""
        ...
