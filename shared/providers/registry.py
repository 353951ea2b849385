"""The providers. Each is a folder of this package and one entry here; `docs/contributing.md` has the recipe."""

from dataclasses import replace

from shared.messages.inbound import Provider
from shared.providers.adapter import ProviderAdapter
from shared.providers.meta.adapter import META
from shared.providers.msg91.adapter import MSG91
from shared.providers.pace import ProviderPace, rate_within
from shared.providers.port import Channel, MessageLimits
from shared.providers.twilio.adapter import TWILIO

PROVIDERS: dict[Provider, ProviderAdapter] = {adapter.name: adapter for adapter in (META, TWILIO, MSG91)}


def limits_of(provider: Provider) -> MessageLimits:
    """Return the limits of a provider's messages."""
    return PROVIDERS[provider].limits


def pace_of(channel: Channel) -> ProviderPace:
    """Return the pace of a channel: its provider's, unless its number has a throughput of its own."""
    usual = PROVIDERS[channel.provider].pace
    if channel.messages_per_second is None:
        return usual
    return replace(usual, number=rate_within(channel.messages_per_second, 1))
