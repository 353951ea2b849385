"""Client of the simulators' control API: sends customers' messages, reads what reached phones."""

import http.client
import json
from typing import Any
from urllib.parse import urlencode, urlsplit

from devtools.stack.errors import StackError

_ANSWER_LIMIT = 15.0  # seconds for an answer, beyond what it was asked to wait


class Simulators:
    """One connection per call, so that threads may share it. All raise StackError when it cannot be reached."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._host = urlsplit(url).netloc

    def inbound(self, message: dict[str, Any]) -> dict[str, Any]:
        """Have a signed webhook sent to ingress; its id and how ingress answered."""
        return self._call("POST", "/_sim/inbound", message)

    def records(self, *, since: int, wait: float = 0.0, **wanted: str) -> tuple[list[dict[str, Any]], int]:
        """Requests that the simulators got after `since`, waiting at most `wait` seconds for the first; the next one's
        `since`."""
        query = urlencode({"since": since, "wait": f"{wait:.3f}", **wanted})
        answer = self._call("GET", f"/_sim/records?{query}", wait=wait)
        return answer["records"], answer["next"]

    def last(self) -> int:
        """The number of the newest record."""
        return self.records(since=2**53)[1]

    def number(self, registration: dict[str, Any]) -> None:
        """Say how webhooks of a Meta number are signed and where they go."""
        self._call("POST", "/_sim/meta/numbers", registration)

    def _call(self, method: str, path: str, body: object = None, *, wait: float = 0.0) -> dict[str, Any]:
        connection = http.client.HTTPConnection(self._host, timeout=wait + _ANSWER_LIMIT)
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None)
            response = connection.getresponse()
            answer: dict[str, Any] = json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise StackError(f"the simulators at {self.url} do not answer: {error}") from None
        finally:
            connection.close()
        if response.status != 200:
            raise StackError(f"the simulators refused it: {answer.get('error', answer)}")
        return answer
