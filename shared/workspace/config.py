"""A workspace (tenant): its channels and how its bot behaves. Written by `parley apply` and the console, read by all.

`WorkspaceFile` is what people write (secrets in the clear, from the environment); `Workspace` is what services read
(channels without secrets; `shared.repositories.directory` gives a channel with them).
"""

import re
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from shared.domain.hours import Hours as Hours
from shared.domain.limits import TIERS as TIERS
from shared.domain.limits import Tier as Tier
from shared.domain.limits import TierLimits as Limits
from shared.domain.limits import effective_limits
from shared.messages.inbound import Provider
from shared.providers.channel_model import with_region
from shared.templates.definitions import Template as Template
from shared.templates.definitions import TemplateDefinition as TemplateDefinition
from shared.templates.definitions import WindowTemplate as WindowTemplate
from shared.text.built_in_texts import ENGLISH
from shared.validation import formats
from shared.validation.field_types import Name
from shared.validation.strict import Int, StrictModel, no_bool, refuse
from shared.workspace import checks
from shared.workspace.channels import AnyChannel as AnyChannel
from shared.workspace.parts import Part as Part
from shared.workspace.webhooks_out import MAX_WEBHOOKS as MOST_WEBHOOKS
from shared.workspace.webhooks_out import StoredWebhook as StoredWebhook
from shared.workspace.webhooks_out import WebhookOut as WebhookOut

_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def _day(value: Any) -> Any:
    """Of what YAML makes of a date, only a date: a number would be taken for seconds since 1970. Raises ValueError."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise ValueError("a day is wanted here, such as 2026-12-25")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError(f"the calendar has no {value}") from None


Day = Annotated[date, BeforeValidator(_day)]
FieldName = Annotated[str, StringConstraints(pattern=formats.FIELD_NAME)]
Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class BotMode(StrEnum):
    FAQ = "faq"  # FAQ, else a person
    FLOW = "flow"  # flows, else a person
    AI = "ai"  # always the model
    HYBRID = "hybrid"  # FAQ when it is sure, else the model


class ToolName(StrEnum):
    """The tools that a model may call (docs/tools.md)."""

    SEARCH_FAQ = "search_faq"
    SEARCH_CATALOGUE = "search_catalogue"
    ORDER_STATUS = "order_status"
    PROPOSE_CART = "propose_cart"
    HAND_OFF = "hand_off"


class Bot(StrictModel):
    """The bot's behaviour. history: messages of context in an answer. tools: that models may use.
    customer_budget_share: of the day's budget, that one customer may spend; 1: all of it. fallback_models: asked in
    turn when neither of the other two answers; `vendor/model` is OpenRouter's, and is left out where there is no key
    for it.
    """

    mode: BotMode = BotMode.HYBRID
    system_prompt: str = Field(default="", max_length=20_000)
    fast_model: str = "claude-haiku-5-5"
    smart_model: str = "claude-sonnet-5-5"
    fallback_models: tuple[Word, ...] = Field(default=("anthropic/claude-haiku-5.5",), max_length=3)
    tools: tuple[ToolName, ...] = tuple(ToolName)
    daily_budget_usd: Annotated[Decimal, BeforeValidator(no_bool), Field(ge=0)] = Decimal(5)
    customer_budget_share: Annotated[Decimal, BeforeValidator(no_bool), Field(gt=0, le=1)] = Decimal("0.1")
    history: Int = Field(default=10, ge=1, le=50)
    debounce_ms: Int = Field(default=3500, ge=0, le=10_000)
    faq_threshold: Annotated[float, Field(gt=0, le=1)] | None = None  # None: learnt from the workspace's own FAQ
    apology: str = Field(default=ENGLISH["apology"], min_length=1)
    no_answer: str = Field(default=ENGLISH["no_answer"], min_length=1)
    link_hosts: tuple[
        Annotated[str, StringConstraints(pattern=formats.HOST)], ...
    ] = ()  # empty: those in our own texts
    handoff_words: tuple[str, ...] = ("agent", "human", "talk to a person")
    handoff_reply: str = Field(default=ENGLISH["handoff_reply"], min_length=1)


class InDoubt(StrEnum):
    """The treatment of a message in doubt for which no status arrives."""

    RESEND = "resend"  # send it again, once, marked as a possible duplicate
    HOLD = "hold"  # do not send it again: a dead letter, for an agent to decide


class Conversing(StrictModel):
    """Rules of conversations. session_minutes: idle time after which a session ends. return_minutes: silence of the
    agent, within business hours, after which the bot gets the conversation back; the queue if the customer waits for an
    answer; 0: never. messages_per_minute: of one customer, that are answered; 0: no limit. limited, unsupported: the
    answers in these cases. away: the answer to a hand-off outside the hours; `{opens}` is the next opening time.
    stopped, started: the answers to opt-out and opt-in words.
    """

    session_minutes: Int = Field(default=60, ge=1, le=7 * 24 * 60)
    return_minutes: Int = Field(default=720, ge=0, le=30 * 24 * 60)
    messages_per_minute: Int = Field(default=10, ge=0, le=1000)
    limited: str = Field(default=ENGLISH["limited"], min_length=1)
    unsupported: str = Field(default=ENGLISH["unsupported"], min_length=1)
    away: str = Field(default=ENGLISH["away"], min_length=1)
    stopped: str = Field(default=ENGLISH["stopped"], min_length=1)
    started: str = Field(default=ENGLISH["started"], min_length=1)
    stop_words: tuple[Word, ...] = ()  # besides those of `shared.text.phrases`
    start_words: tuple[Word, ...] = ()

    @field_validator("away")
    @classmethod
    def _known_placeholder(cls, value: str) -> str:
        unknown = [found for found in re.findall(r"\{[^{}]*\}", value) if found != "{opens}"]
        if unknown:
            raise ValueError(f"{unknown[0]} is not known; only {{opens}} is filled in")
        return value


class FlowRef(StrictModel):
    """A flow of a workspace, at the version that new conversations begin with."""

    name: str
    version: str


class Segment(StrictModel):
    """A saved filter of customers; all that is given must hold. See `shared.repositories.customers`."""

    name: Name
    tags: tuple[str, ...] = ()
    without_tags: tuple[str, ...] = ()
    qualified: bool | None = None
    opted_out: bool | None = None
    lead_source: str = ""
    min_orders: Int = Field(default=0, ge=0)
    active_within_days: Annotated[Int, Field(ge=1, le=36_500)] | None = None
    idle_for_days: Annotated[Int, Field(ge=1, le=36_500)] | None = None
    fields: dict[FieldName, str] = Field(default={})


class Faq(StrictModel):
    question: str = Field(min_length=1, max_length=500)
    answer: str = Field(min_length=1, max_length=4000)
    variants: tuple[str, ...] = ()


class Product(StrictModel):
    sku: str = Field(min_length=1, max_length=100)
    name: str = Field(min_length=1, max_length=200)
    price: Annotated[Decimal, BeforeValidator(no_bool), Field(ge=0)]
    currency: Annotated[str, StringConstraints(pattern=formats.CURRENCY)]
    description: str = Field(default="", max_length=1000)


class _Profile(StrictModel):
    name: str = Field(default="", max_length=200)
    region: Annotated[str, StringConstraints(pattern=formats.REGION)] = ""
    timezone: str = "UTC"
    bot: Bot = Bot()
    faqs: tuple[Faq, ...] = ()
    catalog: tuple[Product, ...] = ()
    shards: Int = Field(default=1, ge=1, le=64)
    in_doubt: InDoubt = InDoubt.RESEND
    tier: Tier = Tier.ENTERPRISE
    limits: Limits = Limits()
    languages: tuple[Annotated[str, StringConstraints(pattern=formats.LANGUAGE)], ...] = ("en",)
    currency: Annotated[str, StringConstraints(pattern=formats.SHOP_CURRENCY)] = (
        ""  # of the shop; empty: the catalogue's
    )
    order_template: Template | None = None  # news of an order outside the 24 hours; {{1}} its number, {{2}} the news
    templates: tuple[TemplateDefinition, ...] = ()
    window_template: WindowTemplate | None = None  # in place of what a closed 24-hour window does not let through
    hours: Hours | None = None  # None: always open
    holidays: tuple[Day, ...] = ()
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


class WorkspaceFile(_Profile):
    """A workspace file, as `parley apply -f` reads it. flows: paths of flow files, relative to the workspace file.
    managed_by_file: parts that the console may not edit.

    Values that contradict each other are refused here only: a stored workspace is read even if newer rules refuse it.
    """

    workspace: Name
    channels: tuple[AnyChannel, ...] = ()
    flows: tuple[Word, ...] = ()
    webhooks: tuple[WebhookOut, ...] = Field(default=(), max_length=MOST_WEBHOOKS)
    managed_by_file: tuple[Part, ...] = ()

    @field_validator("region")
    @classmethod
    def _known_region(cls, value: str) -> str:
        return checks.known_region(value)

    @field_validator("channels", mode="before")
    @classmethod
    def _numbers_of_the_region(cls, value: Any, info: ValidationInfo) -> Any:
        return with_region(value, info.data["region"]) if "region" in info.data else value

    @field_validator("channels")
    @classmethod
    def _distinct_channels(cls, value: tuple[AnyChannel, ...]) -> tuple[AnyChannel, ...]:
        refuse(checks.distinct(value, "id", lambda channel: channel.id))
        refuse(checks.distinct(value, "address", lambda channel: (channel.provider, channel.address)))
        refuse(checks.distinct(value, "phone_number_id", lambda channel: (channel.provider, channel.recipient)))
        return value

    @field_validator("faqs")
    @classmethod
    def _distinct_questions(cls, value: tuple[Faq, ...]) -> tuple[Faq, ...]:
        refuse(checks.distinct(value, "question", lambda faq: checks.as_asked(faq.question)))
        return value

    @field_validator("catalog")
    @classmethod
    def _sellable(cls, value: tuple[Product, ...]) -> tuple[Product, ...]:
        refuse([*checks.distinct(value, "sku", lambda product: product.sku), *checks.prices(value)])
        return value

    @field_validator("segments")
    @classmethod
    def _distinct_segments(cls, value: tuple[Segment, ...]) -> tuple[Segment, ...]:
        refuse(checks.distinct(value, "name", lambda segment: segment.name))
        return value

    @field_validator("webhooks")
    @classmethod
    def _distinct_webhooks(cls, value: tuple[WebhookOut, ...]) -> tuple[WebhookOut, ...]:
        refuse(checks.distinct(value, "id", lambda webhook: webhook.id))
        return value

    @field_validator("templates")
    @classmethod
    def _distinct_templates(cls, value: tuple[TemplateDefinition, ...]) -> tuple[TemplateDefinition, ...]:
        refuse(checks.distinct(value, "name", lambda template: (template.name, template.language)))
        return value

    @field_validator("qualified_when")
    @classmethod
    def _about_the_customer(cls, value: str) -> str:
        return checks.condition(value)

    @field_validator("flows", "languages", "holidays", "managed_by_file")
    @classmethod
    def _distinct_values(cls, value: tuple[Any, ...]) -> tuple[Any, ...]:
        refuse(checks.distinct(value, "", str))
        return value

    @model_validator(mode="after")
    def _one_currency(self) -> "WorkspaceFile":
        refuse(checks.currencies(self.currency, self.catalog))
        return self

    @model_validator(mode="after")
    def _not_too_long(self) -> "WorkspaceFile":
        refuse(checks.sizes(_searched_lists(self)))
        return self


def _searched_lists(file: WorkspaceFile) -> list[tuple[tuple[str, ...], int, int]]:
    """Return path, length and limit of each list that a customer's message is compared with."""
    return [
        (("faqs",), len(file.faqs), 5_000),
        (("faqs", "variants"), sum(len(faq.variants) for faq in file.faqs), 20_000),
        (("catalog",), len(file.catalog), 10_000),
        (("segments",), len(file.segments), 500),
        (("templates",), len(file.templates), 2_000),
        (("bot", "handoff_words"), len(file.bot.handoff_words), 500),
        (("conversing", "stop_words"), len(file.conversing.stop_words), 500),
        (("conversing", "start_words"), len(file.conversing.start_words), 500),
    ]


class StoredChannel(StrictModel):
    """A channel as MongoDB has it. key: how an inbound message names it; account: how an account event does.

    secrets: encrypted, by name (`shared.crypto`). messages_per_second, window_template: see `providers.channel_model`.
    """

    id: str
    provider: Provider
    address: str
    key: str
    account: str
    settings: dict[str, str]
    secrets: dict[str, str] = Field(repr=False)
    messages_per_second: float | None = None
    window_template: WindowTemplate | None = None


class Workspace(_Profile):
    """A stored workspace, as services read it. revision: goes up with each change."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    workspace: str
    channels: tuple[StoredChannel, ...] = ()
    flows: tuple[FlowRef, ...] = ()
    webhooks: tuple[StoredWebhook, ...] = ()
    revision: int = 1

    @field_validator("flows", mode="before")
    @classmethod
    def _kept_as_paths_before(cls, value: object) -> object:
        return [item for item in value if not isinstance(item, str)] if isinstance(value, list | tuple) else value

    def limit(self, name: str) -> int | Decimal | None:
        """A limit of `TierLimits` that holds for this workspace; None: there is none."""
        found: int | Decimal | None = getattr(effective_limits(self.tier, self.limits), name)
        return found

    def template(self, name: str, language: str) -> TemplateDefinition | None:
        """Return the workspace file's definition of a template; None if it has none."""
        return next((one for one in self.templates if (one.name, one.language) == (name, language)), None)

    def window_template_of(self, channel_id: str) -> WindowTemplate | None:
        """Return the template that a channel sends while the customer-service window is closed, or None."""
        return next(iter(self.window_templates_of(channel_id)), None)

    def window_templates_of(self, channel_id: str) -> tuple[WindowTemplate, ...]:
        """Return the templates that can be sent while the window is closed: the channel's own first."""
        channel = self.channel(channel_id)
        both = (channel.window_template if channel else None, self.window_template)
        return tuple(one for one in both if one is not None)

    def channel(self, channel_id: str) -> StoredChannel | None:
        """The channel of that id."""
        return next((channel for channel in self.channels if channel.id == channel_id), None)
