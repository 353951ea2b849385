"""The base of the channel models: a number as workspace files describe it, with its secrets in the clear.

Each provider has a model of its own in `shared/providers/<name>/channel.py`.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field

from shared.domain.phone import PhoneInvalid, normalise
from shared.templates.definitions import WindowTemplate
from shared.validation.field_types import Name
from shared.validation.strict import StrictModel, no_bool


class _InvalidAddress(str):
    """An address that is not a phone number of its region; the address field reports `reason`."""

    __slots__ = ("reason",)
    reason: str


def _to_e164(value: Any) -> Any:
    """Return an international number in E.164. Raises ValueError. Other types are left to the field's own check."""
    if isinstance(value, _InvalidAddress):
        raise ValueError(f"is not a phone number: {value.reason}")
    if not isinstance(value, str):
        return value
    try:
        return normalise(value)
    except PhoneInvalid as error:
        raise ValueError(f"is not a phone number: {error}") from None


Address = Annotated[str, BeforeValidator(_to_e164)]  # E.164


class ChannelModel(StrictModel):
    """The fields of every channel. A subclass adds `provider: Literal["<name>"]` and its own fields; a field with
    `repr=False` is a secret: it is stored encrypted and may be filled from the environment.

    messages_per_second: the throughput of this number; None: the provider's usual one. window_template: replaces the
    workspace's, for example with a template of this provider.
    """

    if TYPE_CHECKING:
        provider: str

    id: Name
    address: Address
    messages_per_second: Annotated[float, BeforeValidator(no_bool), Field(gt=0, le=5000)] | None = None
    window_template: WindowTemplate | None = None

    @property
    def recipient(self) -> str:
        """The provider's name for the number, as its webhooks give it."""
        return self.address

    @property
    def account(self) -> str:
        """The provider's name for the account of the number, as its webhooks give it."""
        return self.address

    @property
    def settings(self) -> dict[str, str]:
        """The provider's own ids, by name; stored in the clear."""
        return {}

    @classmethod
    def fields_of(cls, settings: Mapping[str, str]) -> dict[str, Any]:
        """Return the fields that `settings` was made from."""
        return {name: value for name, value in settings.items() if name in cls.model_fields}

    @property
    def secrets(self) -> dict[str, str]:
        """The secrets in the clear, by name."""
        return {name: value for name in self.secret_fields() if (value := getattr(self, name)) is not None}

    @classmethod
    def secret_fields(cls) -> tuple[str, ...]:
        """Return the names of the secret fields."""
        return tuple(name for name, field in cls.model_fields.items() if not field.repr)


def with_region(channels: Any, region: str) -> Any:
    """Return raw channels with national numbers normalised as numbers of the region."""
    if not isinstance(channels, list | tuple):
        return channels
    return [_with_region(channel, region) for channel in channels]


def _with_region(channel: Any, region: str) -> Any:
    if not isinstance(channel, dict) or not isinstance(channel.get("address"), str):
        return channel
    try:
        address = normalise(channel["address"], region)
    except PhoneInvalid as error:
        address = _InvalidAddress(channel["address"])
        address.reason = str(error)
    return {**channel, "address": address}
