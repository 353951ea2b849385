"""The number that a customer writes to: which channel of which workspace, and what the simulators must know of it."""

from typing import Any

from devtools.cli.connections import connections
from devtools.cli.simulators import Simulators
from devtools.stack.errors import StackError
from shared.providers.port import Channel

HINT = "ACME_META_TOKEN=demo-token ACME_TWILIO_TOKEN=demo-twilio parley apply -f devtools/demo/acme.yaml"


async def find_channel(*, provider: str = "", channel: str = "", workspace: str = "") -> Channel:
    """The first channel that fits what is wished for. Raises StackError when none does."""
    async with connections() as known:
        names = [workspace] if workspace else await known.operator.workspaces()
        channels = [item for name in names for item in await known.directory.by_workspace(name)]
    usable = [item for item in channels if item.provider in ("meta", "twilio")]
    for item in usable:
        if provider in ("", item.provider) and channel in ("", item.id):
            return item
    if not usable:
        where = f"workspace {workspace}" if workspace else "any workspace"
        raise StackError(f"there is no number to write to in {where}; apply one, for example: {HINT}")
    there = ", ".join(f"{item.workspace}/{item.id} ({item.provider})" for item in usable)
    raise StackError(f"no channel fits {channel or provider}; there are {there}")


def prepare(simulators: Simulators, channel: Channel, platform_secret: str) -> None:
    """A number with an app secret of its own has a webhook of its own, so its statuses go there too."""
    secret = channel.secrets.get("app_secret", "")
    if channel.provider == "meta" and secret and secret != platform_secret:
        registration = {
            **_meta_number(channel),
            "app_secret": secret,
            "access_token": channel.secrets["access_token"],
            "path": f"/webhooks/meta/{channel.workspace}",
        }
        simulators.number(registration)


def addressed_to(channel: Channel) -> dict[str, Any]:
    """The fields of `POST /_sim/inbound` that say whom the customer writes to."""
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
