"""Client of the simulators' control API: sends customers' messages, reads what reached phones."""

import http.client
import json
from typing import Any
from urllib.parse import urlencode, urlsplit

from devtools.stack.errors import StackError

_RESPONSE_LIMIT = 15.0  # seconds for a response, in addition to the requested wait


class Simulators:
    """Client of the simulators. Threads may share it: each call opens a connection.

    All methods raise StackError when the simulators cannot be reached.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._host = urlsplit(url).netloc

    def inbound(self, message: dict[str, Any]) -> dict[str, Any]:
        """Have a signed webhook sent to ingress; return the message's id and the response of ingress."""
        return self._call("POST", "/_sim/inbound", message)

    def records(self, *, since: int, wait: float = 0.0, **wanted: str) -> tuple[list[dict[str, Any]], int]:
        """Return the requests recorded after `since`, and the `since` of the next call.

        wait: seconds to wait for the first request. wanted: filters.
        """
        query = urlencode({"since": since, "wait": f"{wait:.3f}", **wanted})
        response = self._call("GET", f"/_sim/records?{query}", wait=wait)
        return response["records"], response["next"]

    def last(self) -> int:
        """Return the number of the newest record."""
        return self.records(since=2**53)[1]

    def number(self, registration: dict[str, Any]) -> None:
        """Register a Meta number: the secret that signs its webhooks, and their path."""
        self._call("POST", "/_sim/meta/numbers", registration)

    def _call(self, method: str, path: str, body: object = None, *, wait: float = 0.0) -> dict[str, Any]:
        connection = http.client.HTTPConnection(self._host, timeout=wait + _RESPONSE_LIMIT)
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None)
            response = connection.getresponse()
            answer: dict[str, Any] = json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise StackError(f"the simulators at {self.url} do not answer: {error}") from None
        finally:
            connection.close()
        if response.status != 200:
            raise StackError(f"the simulators rejected the request: {answer.get('error', answer)}")
        return answer
