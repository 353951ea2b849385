"""A channel of Meta in a workspace file."""

from typing import Literal

from pydantic import Field

from shared.providers.channel_model import ChannelModel
from shared.validation.field_types import ProviderId, Secret


class MetaChannel(ChannelModel):
    """A number of the WhatsApp Cloud API."""

    provider: Literal["meta"]
    phone_number_id: ProviderId
    waba_id: ProviderId
    access_token: Secret = Field(repr=False)
    app_secret: Secret | None = Field(default=None, repr=False)
    verify_token: Secret | None = Field(default=None, repr=False)

    @property
    def recipient(self) -> str:
        """See `ChannelModel`."""
        return self.phone_number_id

    @property
    def account(self) -> str:
        """See `ChannelModel`."""
        return self.waba_id

    @property
    def settings(self) -> dict[str, str]:
        """See `ChannelModel`."""
        return {"phone_number_id": self.phone_number_id, "waba_id": self.waba_id}
