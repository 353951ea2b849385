"""Call the simulators' control API, and configure them for a run."""

from collections.abc import Sequence
from typing import Any

import aiohttp
import msgspec

from devtools.chaos.workload import ChaosWorkspace
from devtools.stack.errors import StackError

# Statuses are sent twice, in any order, and retried for longer than an outage.
_STATUSES = {"duplicates": 1, "status_order": "shuffled", "retries": 1000}
_CONFIG = {
    "meta": {"latency": 0.02, "jitter": 0.05, **_STATUSES},
    "twilio": {"latency": 0.02, "jitter": 0.05, **_STATUSES},
    "anthropic": {"latency": 0.2, "jitter": 0.5},
}


class SimulatorControl:
    """The control API of the simulators at `url`."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http = http
        self._url = url

    async def call(self, method: str, path: str, body: object = None) -> Any:
        """Return the decoded response. Raises StackError unless the status is 200, and aiohttp's errors."""
        data = None if body is None else msgspec.json.encode(body)
        async with self._http.request(method, self._url + path, data=data) as response:
            content = await response.read()
            if response.status != 200:
                raise StackError(f"the simulators refused {path}: {content[:200]!r}")
            return msgspec.json.decode(content)

    async def configure(self, workspaces: Sequence[ChaosWorkspace]) -> None:
        """Register the workspaces' numbers and accounts; set latencies and statuses."""
        for workspace in workspaces:
            number = {
                "phone_number_id": workspace.number.phone_number_id,
                "display_phone_number": workspace.number.display_phone_number,
                "waba_id": workspace.number.waba_id,
                "access_token": workspace.access_token,
                "app_secret": workspace.app_secret,
                "path": workspace.path,
            }
            await self.call("POST", "/_sim/meta/numbers", number)
            account = {"account_sid": workspace.account_sid, "auth_token": workspace.auth_token}
            await self.call("POST", "/_sim/twilio/accounts", account)
        await self.call("POST", "/_sim/config", _CONFIG)
