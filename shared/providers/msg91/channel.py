"""A channel of MSG91 in a workspace file."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from shared.providers.channel_model import ChannelModel
from shared.validation import formats
from shared.validation.field_types import Secret

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
    "messages",
    "location",
    "interactive",
    "button",
    "event",
    "reason",
    "at",
    "context",
    "referral",
]
WebhookFields = dict[WebhookField, Annotated[str, StringConstraints(min_length=1, max_length=60)]]


class Msg91Channel(ChannelModel):
    """A WhatsApp number of MSG91. webhook_fields: what its webhooks call their fields, where it is not the usual."""

    provider: Literal["msg91"]
    authkey: Secret = Field(repr=False)
    webhook_secret: Annotated[str, StringConstraints(min_length=16, max_length=200, pattern=formats.VISIBLE)] = Field(
        repr=False
    )
    webhook_fields: WebhookFields = Field(default={})

    @property
    def settings(self) -> dict[str, str]:
        """See `ChannelModel`."""
        renamed = {f"webhook_{name}": written for name, written in self.webhook_fields.items()}
        return {"integrated_number": self.address.removeprefix("+"), **renamed}

    @classmethod
    def fields_of(cls, settings: Mapping[str, str]) -> dict[str, Any]:
        """See `ChannelModel`."""
        prefix = "webhook_"
        renamed = {name.removeprefix(prefix): value for name, value in settings.items() if name.startswith(prefix)}
        return {"webhook_fields": renamed} if renamed else {}
