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


def webhook_path(provider: str, workspace: str, address: str, *, own_app: bool) -> str:
    """Return the path that a provider is to call for a number.

    own_app: the channel has an app secret of its own, so its webhooks name the workspace.
    """
    routes = [route.path for route in PROVIDERS[Provider(provider)].routes if route.method == "POST"]
    of_workspace = [path for path in routes if "{workspace}" in path]
    path = of_workspace[0] if own_app and of_workspace else routes[0]
    return path.format(workspace=workspace, number=address.removeprefix("+"))
