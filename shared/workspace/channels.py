"""A workspace's numbers, as people write them: with secrets in the clear, and in whatever form a number has there."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from shared.domain.phone import PhoneInvalid, normalise
from shared.templates.definitions import WindowTemplate
from shared.validation import formats
from shared.validation.strict import Strict, no_bool

Name = Annotated[str, StringConstraints(pattern=formats.NAME)]
Secret = Annotated[str, StringConstraints(min_length=1, max_length=4096)]
ProviderId = Annotated[str, StringConstraints(pattern=formats.PROVIDER_ID)]

SECRET_FIELDS = ("access_token", "app_secret", "verify_token", "auth_token", "authkey", "webhook_secret")

WebhookField = Literal[
    "id",
    "request",
    "own",
    "customer",
    "user",
    "name",
    "type",
    "text",
    "url",
    "event",
    "reason",
    "at",
    "context",
    "referral",
]
WebhookFields = dict[WebhookField, Annotated[str, StringConstraints(min_length=1, max_length=60)]]


class _Refused(str):
    """An address that is no number of its region, on its way to the field that says so."""

    __slots__ = ("reason",)
    reason: str


def _written(value: Any) -> Any:
    if isinstance(value, _Refused):
        raise ValueError(f"is not a phone number: {value.reason}")
    if not isinstance(value, str):
        return value  # what it should be, the field says itself
    try:
        return normalise(value)
    except PhoneInvalid as error:
        raise ValueError(f"is not a phone number: {error}") from None


Address = Annotated[str, BeforeValidator(_written)]  # E.164


class _Channel(Strict):
    """What all have. messages_per_second: that the provider takes of the number; None: what it takes of any.
    window_template: in place of the workspace's, such as one of this provider.
    """

    id: Name
    address: Address
    messages_per_second: Annotated[float, BeforeValidator(no_bool), Field(gt=0, le=5000)] | None = None
    window_template: WindowTemplate | None = None

    @property
    def recipient(self) -> str:
        """What the provider calls the number."""
        return self.address

    @property
    def account(self) -> str:
        """What the provider calls the account that the number belongs to."""
        return self.address

    @property
    def settings(self) -> dict[str, str]:
        """What it takes to send from it, besides the secrets, by name."""
        return {}

    @property
    def secrets(self) -> dict[str, str]:
        """Its secrets, in the clear, by name."""
        return {name: value for name in SECRET_FIELDS if (value := getattr(self, name, None)) is not None}


class MetaChannel(_Channel):
    """A number of the WhatsApp Cloud API."""

    provider: Literal["meta"]
    phone_number_id: ProviderId
    waba_id: ProviderId
    access_token: Secret = Field(repr=False)
    app_secret: Secret | None = Field(default=None, repr=False)
    verify_token: Secret | None = Field(default=None, repr=False)

    @property
    def recipient(self) -> str:
        """See `_Channel`."""
        return self.phone_number_id

    @property
    def account(self) -> str:
        """See `_Channel`."""
        return self.waba_id

    @property
    def settings(self) -> dict[str, str]:
        """See `_Channel`."""
        return {"phone_number_id": self.phone_number_id, "waba_id": self.waba_id}


class TwilioChannel(_Channel):
    """A WhatsApp sender of Twilio."""

    provider: Literal["twilio"]
    account_sid: Annotated[str, StringConstraints(pattern=formats.ACCOUNT_SID)]
    auth_token: Secret = Field(repr=False)

    @property
    def account(self) -> str:
        """See `_Channel`."""
        return self.account_sid

    @property
    def settings(self) -> dict[str, str]:
        """See `_Channel`."""
        return {"account_sid": self.account_sid}


class Msg91Channel(_Channel):
    """A WhatsApp number of MSG91. webhook_fields: what its webhooks call their fields, where it is not the usual."""

    provider: Literal["msg91"]
    authkey: Secret = Field(repr=False)
    webhook_secret: Annotated[str, StringConstraints(min_length=16, max_length=200, pattern=formats.VISIBLE)] = Field(
        repr=False
    )
    webhook_fields: WebhookFields = Field(default={})

    @property
    def settings(self) -> dict[str, str]:
        """See `_Channel`."""
        renamed = {f"webhook_{name}": written for name, written in self.webhook_fields.items()}
        return {"integrated_number": self.address.removeprefix("+"), **renamed}


AnyChannel = Annotated[MetaChannel | TwilioChannel | Msg91Channel, Field(discriminator="provider")]


def within(channels: Any, region: str) -> Any:
    """Channels as they were written, their national numbers read as those of a region."""
    if not isinstance(channels, list | tuple):
        return channels
    return [_within(channel, region) for channel in channels]


def _within(channel: Any, region: str) -> Any:
    if not isinstance(channel, dict) or not isinstance(channel.get("address"), str):
        return channel
    try:
        address = normalise(channel["address"], region)
    except PhoneInvalid as error:
        address = _Refused(channel["address"])
        address.reason = str(error)
    return {**channel, "address": address}
