"""Finds the channel that a simulated customer writes to, and registers its number with the simulators."""

from typing import Any

from devtools.cli.connections import connections
from devtools.cli.simulators import Simulators
from devtools.stack.errors import StackError
from shared.providers.port import Channel

HINT = "ACME_META_TOKEN=demo-token ACME_TWILIO_TOKEN=demo-twilio parley apply -f devtools/demo/acme.yaml"


async def find_channel(*, provider: str = "", channel: str = "", workspace: str = "") -> Channel:
    """Return the first channel that matches; empty values match all. Raises StackError when none does."""
    async with connections() as connected:
        names = [workspace] if workspace else await connected.operator.workspaces()
        channels = [item for name in names for item in await connected.directory.by_workspace(name)]
    usable = [item for item in channels if item.provider in ("meta", "twilio")]
    for item in usable:
        if provider in ("", item.provider) and channel in ("", item.id):
            return item
    if not usable:
        where = f"workspace {workspace}" if workspace else "any workspace"
        raise StackError(f"there is no number to write to in {where}; apply one, for example: {HINT}")
    there = ", ".join(f"{item.workspace}/{item.id} ({item.provider})" for item in usable)
    raise StackError(f"no channel matches {channel or provider}; there are {there}")


def register_number(simulators: Simulators, channel: Channel, platform_secret: str) -> None:
    """Register a Meta number that has its own app secret, so that its statuses go to its own webhook."""
    secret = channel.secrets.get("app_secret", "")
    if channel.provider == "meta" and secret and secret != platform_secret:
        registration = {
            **_meta_number(channel),
            "app_secret": secret,
            "access_token": channel.secrets["access_token"],
            "path": f"/webhooks/meta/{channel.workspace}",
        }
        simulators.number(registration)


def recipient_fields(channel: Channel) -> dict[str, Any]:
    """Return the fields of `POST /_sim/inbound` that name the channel."""
    if channel.provider == "meta":
        return {"provider": "meta", **_meta_number(channel)}
    return {
        "provider": "twilio",
        "to": channel.address,
        "account_sid": channel.settings["account_sid"],
        "auth_token": channel.secrets["auth_token"],
    }


def _meta_number(channel: Channel) -> dict[str, str]:
    return {
        "phone_number_id": channel.settings["phone_number_id"],
        "display_phone_number": channel.address.removeprefix("+"),
        "waba_id": channel.settings["waba_id"],
    }
