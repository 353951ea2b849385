"""A customer's phone in front of simulated providers: writes to a channel, and shows the conversation with it.

The other side is the simulators' control API. Nothing of this is for real numbers.
"""

from typing import Any

import aiohttp

from shared.errors import DependencyAway
from shared.providers.port import Channel

Json = dict[str, Any]
_EXTRA_S = 10.0  # for an answer, in addition to the requested wait


class PhoneRefused(Exception):
    """Raised when ingress refuses the message of a simulated customer."""


class SimulatedPhone:
    """A client of the simulators at an address. All methods raise DependencyAway."""

    def __init__(self, url: str) -> None:
        self._url = f"{url.rstrip('/')}/_sim/phone"

    async def write(self, channel: Channel, number: str, name: str, content: Json) -> str:
        """Have the customer write; return the id of the message. Raises PhoneRefused."""
        body = {**_to(channel), "from": number, "name": name, **content}
        answer = await self._call("POST", 0.0, json=body)
        if answer["status"] != 200:
            raise PhoneRefused(f"ingress answered {answer['status']}")
        return str(answer["id"])

    async def read(self, channel: Channel, number: str, since: int, wait: float) -> Json:
        """Return what happened after `since`; wait so many seconds for the first."""
        mine = channel.settings["phone_number_id"] if channel.provider == "meta" else channel.address
        query = {"provider": str(channel.provider), "customer": number, "number": mine}
        return await self._call("GET", wait, params={**query, "since": str(since), "wait": f"{wait:g}"})

    async def _call(self, method: str, wait: float, **options: Any) -> Json:
        timeout = aiohttp.ClientTimeout(total=wait + _EXTRA_S)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout, trust_env=False) as session,
                session.request(method, self._url, **options) as response,
            ):
                answer: Json = await response.json()
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise DependencyAway("simulators", type(error).__name__) from error
        if response.status != 200:
            raise PhoneRefused(str(answer.get("error", "the simulators refused the message")))
        return answer


def option_content(provider: str, option_id: str, title: str, *, row: bool) -> Json:
    """Return the message by which a customer chooses a button, or the row of a list."""
    if provider == "meta":
        kind = "list_reply" if row else "button_reply"
        return {"type": "interactive", "content": {"type": kind, kind: {"id": option_id, "title": title}}}
    if row:
        return {"text": title, "extra": {"MessageType": "interactive", "ListId": option_id, "ListTitle": title}}
    return {"text": title, "extra": {"MessageType": "button", "ButtonPayload": option_id, "ButtonText": title}}


def _to(channel: Channel) -> Json:
    """Return the fields that name the number, with what signs its webhooks."""
    if channel.provider == "meta":
        fields = {
            "provider": "meta",
            "phone_number_id": channel.settings["phone_number_id"],
            "display_phone_number": channel.address.removeprefix("+"),
            "waba_id": channel.settings["waba_id"],
        }
        secret = channel.secrets.get("app_secret", "")
        return fields | ({"app_secret": secret, "path": f"/webhooks/meta/{channel.workspace}"} if secret else {})
    return {
        "provider": "twilio",
        "to": channel.address,
        "account_sid": channel.settings["account_sid"],
        "auth_token": channel.secrets["auth_token"],
    }
