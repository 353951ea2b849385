"""The channels of a workspace file: a union of the providers' channel models, told apart by `provider`."""

from typing import TYPE_CHECKING, Annotated, Union

from pydantic import Field

from shared.providers.channel_model import ChannelModel
from shared.providers.registry import PROVIDERS

if TYPE_CHECKING:
    AnyChannel = ChannelModel
else:
    _MODELS = tuple(adapter.channel_model for adapter in PROVIDERS.values())
    AnyChannel = Annotated[Union[_MODELS], Field(discriminator="provider")]  # noqa: UP007  # of a tuple

SECRET_FIELDS = tuple(
    dict.fromkeys(name for adapter in PROVIDERS.values() for name in adapter.channel_model.secret_fields())
)
"""The names of all channel fields that hold secrets."""
