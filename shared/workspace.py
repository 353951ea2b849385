"""A workspace (tenant): its channels and how its bot behaves. Written by `parley apply` and the console, read by all.

`WorkspaceFile` is what people write (secrets in the clear, from the environment); `Workspace` is what services read
(channels without secrets; `shared.repositories.directory` gives a channel with them).
"""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from shared.messages.inbound import Provider

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
Secret = Annotated[str, StringConstraints(min_length=1, max_length=4096)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BotMode(StrEnum):
    FAQ = "faq"  # FAQ, else a person
    FLOW = "flow"  # flows, else a person
    AI = "ai"  # always the model
    HYBRID = "hybrid"  # FAQ when it is sure, else the model


class Bot(_Strict):
    """How the bot behaves. history: messages of context in an answer."""

    mode: BotMode = BotMode.HYBRID
    system_prompt: str = Field(default="", max_length=20_000)
    fast_model: str = "claude-haiku-5-5"
    smart_model: str = "claude-sonnet-5-5"
    daily_budget_usd: Decimal = Field(default=Decimal(5), ge=0)
    history: int = Field(default=10, ge=1, le=50)
    debounce_ms: int = Field(default=800, ge=0, le=10_000)
    faq_threshold: float = Field(default=0.72, gt=0, le=1)
    apology: str = Field(
        default="Sorry, I can't answer that right now. A colleague will get back to you here.", min_length=1
    )
    no_answer: str = Field(default="I don't know that one. A colleague will get back to you here.", min_length=1)
    handoff_words: tuple[str, ...] = ("agent", "human", "talk to a person")
    handoff_reply: str = Field(default="A colleague will be with you here shortly.", min_length=1)


class InDoubt(StrEnum):
    """What becomes of a message when nobody can say whether the provider took it, and no status comes either."""

    RESEND = "resend"  # sent again, once, and marked as a possible duplicate
    HOLD = "hold"  # not sent again; a dead letter, for a person to decide


class Tier(StrEnum):
    """What a workspace has subscribed to; each has limits, which `limits` may change."""

    FREE = "free"
    STARTER = "starter"
    BUSINESS = "business"
    ENTERPRISE = "enterprise"


class Limits(_Strict):
    """Of a workspace. None: as its tier has it. messages: of customers, that are answered by the bot."""

    messages_per_month: int | None = Field(default=None, ge=0)
    ai_usd_per_month: Decimal | None = Field(default=None, ge=0)
    customers: int | None = Field(default=None, ge=0)


TIERS: dict[Tier, Limits] = {
    Tier.FREE: Limits(messages_per_month=1_000, ai_usd_per_month=Decimal(5), customers=250),
    Tier.STARTER: Limits(messages_per_month=20_000, ai_usd_per_month=Decimal(50), customers=5_000),
    Tier.BUSINESS: Limits(messages_per_month=500_000, ai_usd_per_month=Decimal(1_000), customers=200_000),
    Tier.ENTERPRISE: Limits(),  # none
}

_SPAN = r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$"
Span = Annotated[str, StringConstraints(pattern=_SPAN)]


class Hours(_Strict):
    """When people are there, in the workspace's time zone: spans such as `09:00-17:30` by day of the week."""

    mon: tuple[Span, ...] = ()
    tue: tuple[Span, ...] = ()
    wed: tuple[Span, ...] = ()
    thu: tuple[Span, ...] = ()
    fri: tuple[Span, ...] = ()
    sat: tuple[Span, ...] = ()
    sun: tuple[Span, ...] = ()


class Conversing(_Strict):
    """How conversations go. session_minutes: of idleness, after which a session ends. return_minutes: of silence of the
    person who has a conversation, after which the bot has it again; 0: never. messages_per_minute: of one customer that
    are answered; 0: no limit. limited, unsupported: what is said then. away: what a customer hears who needs a person
    while nobody is there; `{opens}` is when somebody is. stopped, started: the answers to opt-out and opt-in words.
    """

    session_minutes: int = Field(default=60, ge=1, le=7 * 24 * 60)
    return_minutes: int = Field(default=720, ge=0, le=30 * 24 * 60)
    messages_per_minute: int = Field(default=10, ge=0, le=1000)
    limited: str = Field(default="That was a lot at once. Please wait a minute before you write again.", min_length=1)
    unsupported: str = Field(default="Sorry, I can't read this kind of message. Please write it as text.", min_length=1)
    away: str = Field(default="Nobody is here right now. We are back {opens} and will answer then.", min_length=1)
    stopped: str = Field(default="You will get no more messages from us. Write START to undo this.", min_length=1)
    started: str = Field(default="Welcome back. You get our messages again.", min_length=1)
    stop_words: tuple[str, ...] = ()  # besides those of `shared.words`
    start_words: tuple[str, ...] = ()


class FlowRef(_Strict):
    """A flow of a workspace, at the version that new conversations begin with."""

    name: str
    version: str


class Segment(_Strict):
    """A saved filter of customers; all that is given must hold. See `shared.repositories.customers`."""

    name: Name
    tags: tuple[str, ...] = ()
    without_tags: tuple[str, ...] = ()
    qualified: bool | None = None
    opted_out: bool | None = None
    lead_source: str = ""
    min_orders: int = Field(default=0, ge=0)
    active_within_days: int | None = Field(default=None, ge=1)
    idle_for_days: int | None = Field(default=None, ge=1)
    fields: dict[str, str] = {}


class Faq(_Strict):
    question: str = Field(min_length=1, max_length=500)
    answer: str = Field(min_length=1, max_length=4000)
    variants: tuple[str, ...] = ()


class Product(_Strict):
    sku: str = Field(min_length=1, max_length=100)
    name: str = Field(min_length=1, max_length=200)
    price: Decimal = Field(ge=0)
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
    description: str = Field(default="", max_length=1000)


class _Profile(_Strict):
    name: str = Field(default="", max_length=200)
    region: Annotated[str, StringConstraints(pattern=r"^([A-Z]{2})?$")] = ""
    timezone: str = "UTC"
    bot: Bot = Bot()
    faqs: tuple[Faq, ...] = ()
    catalog: tuple[Product, ...] = ()
    shards: int = Field(default=1, ge=1, le=64)
    in_doubt: InDoubt = InDoubt.RESEND
    tier: Tier = Tier.ENTERPRISE
    limits: Limits = Limits()
    languages: tuple[Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")], ...] = ("en",)
    currency: Annotated[str, StringConstraints(pattern=r"^([A-Z]{3})?$")] = ""  # of the shop; empty: the catalogue's
    hours: Hours | None = None  # None: always open
    holidays: tuple[date, ...] = ()
    conversing: Conversing = Conversing()
    segments: tuple[Segment, ...] = ()
    qualified_when: str = ""  # an expression of the flow language over `customer`; true makes the customer qualified

    @field_validator("timezone")
    @classmethod
    def _known_timezone(cls, value: str) -> str:
        try:
            return ZoneInfo(value).key  # kept in memory by zoneinfo, so reading a workspace does not read the disk
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"`{value}` is not a time zone of the IANA database, such as Africa/Lagos") from None


class MetaChannel(_Strict):
    """A number of the WhatsApp Cloud API."""

    id: Name
    provider: Literal["meta"]
    address: Annotated[str, StringConstraints(pattern=r"^\+\d{7,15}$")]
    phone_number_id: Annotated[str, StringConstraints(pattern=r"^\d{5,25}$")]
    waba_id: Annotated[str, StringConstraints(pattern=r"^\d{5,25}$")]
    access_token: Secret
    app_secret: Secret | None = None
    verify_token: Secret | None = None


class TwilioChannel(_Strict):
    """A WhatsApp sender of Twilio."""

    id: Name
    provider: Literal["twilio"]
    address: Annotated[str, StringConstraints(pattern=r"^\+\d{7,15}$")]
    account_sid: Annotated[str, StringConstraints(pattern=r"^AC[0-9a-fA-F]{32}$")]
    auth_token: Secret


SECRET_FIELDS = ("access_token", "app_secret", "verify_token", "auth_token")
SETTING_FIELDS = ("phone_number_id", "waba_id", "account_sid")


class WorkspaceFile(_Profile):
    """What `parley apply -f` reads."""

    workspace: Name
    channels: tuple[Annotated[MetaChannel | TwilioChannel, Field(discriminator="provider")], ...] = ()
    flows: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _distinct(self) -> "WorkspaceFile":
        for what, values in (
            ("channel id", [channel.id for channel in self.channels]),
            ("SKU", [product.sku for product in self.catalog]),
        ):
            twice = {value for value in values if values.count(value) > 1}
            if twice:
                raise ValueError(f"{what} used twice: {', '.join(sorted(twice))}")
        return self


class StoredChannel(_Strict):
    """A channel as MongoDB has it. key: how an inbound message names it; account: how an account event does.

    secrets: encrypted, by name (`shared.crypto`).
    """

    id: str
    provider: Provider
    address: str
    key: str
    account: str
    settings: dict[str, str]
    secrets: dict[str, str] = Field(repr=False)


class Workspace(_Profile):
    """What services read. revision: goes up with each change."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    workspace: str
    channels: tuple[StoredChannel, ...] = ()
    flows: tuple[FlowRef, ...] = ()
    revision: int = 1

    @field_validator("flows", mode="before")
    @classmethod
    def _kept_as_paths_before(cls, value: object) -> object:
        return [item for item in value if not isinstance(item, str)] if isinstance(value, list | tuple) else value

    def limit(self, name: str) -> int | Decimal | None:
        """A limit of `Limits` that holds for this workspace; None: there is none."""
        own = getattr(self.limits, name)
        found: int | Decimal | None = own if own is not None else getattr(TIERS[self.tier], name)
        return found

    def channel(self, channel_id: str) -> StoredChannel | None:
        """The channel of that id."""
        return next((channel for channel in self.channels if channel.id == channel_id), None)


def recipient_key(provider: str, recipient: str) -> str:
    """How a channel is found: provider and what the provider calls the number (Meta: phone_number_id)."""
    return f"{provider}:{recipient}"
