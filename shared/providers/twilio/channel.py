"""A channel of Twilio in a workspace file."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from shared.providers.channel_model import ChannelModel
from shared.validation import formats
from shared.validation.field_types import Secret


class TwilioChannel(ChannelModel):
    """A WhatsApp sender of Twilio."""

    provider: Literal["twilio"]
    account_sid: Annotated[str, StringConstraints(pattern=formats.ACCOUNT_SID)]
    auth_token: Secret = Field(repr=False)

    @property
    def account(self) -> str:
        """See `ChannelModel`."""
        return self.account_sid

    @property
    def settings(self) -> dict[str, str]:
        """See `ChannelModel`."""
        return {"account_sid": self.account_sid}
