"""A customer's message through the pods: a signed webhook to the gateway, an answer at the simulator of Meta."""

import itertools
import time
import urllib.request

from devtools.deploy.check_result import CheckFailed
from devtools.deploy.cluster_pods.network import PROVIDERS
from devtools.simulators.webhooks import MetaItem, MetaNumber, meta_contact, meta_message, meta_webhook, sign_meta

_LIMIT = 120.0
_NUMBER = MetaNumber("665397593326012", "2348031234567", "1437200930610622")
_ANSWER = "9 to 5"


class FirstMessage:
    """Asks for the opening hours. url: of the gateway. secret: signs the webhooks."""

    def __init__(self, url: str, secret: str) -> None:
        self._url = f"{url}/webhooks/meta"
        self._secret = secret
        self._senders = map(str, itertools.count(2348035570000))

    def seconds(self) -> float:
        """Ask as a new customer; return the seconds until the answer. Raises CheckFailed."""
        seconds, _ = self.ask(self.new_customer())
        return seconds

    def new_customer(self) -> str:
        """Return the number of a customer who has not written yet."""
        return next(self._senders)

    def ask(self, sender: str) -> tuple[float, str]:
        """Ask; return the seconds until the answer, and the message's id at the provider. Raises CheckFailed."""
        at = int(time.time())
        message_id = f"wamid.{sender}.{at}"
        before = self._answers(sender)
        message = meta_message(
            "text", "What are your opening hours?", sender=sender, message_id=message_id, timestamp=at
        )
        body = meta_webhook(MetaItem(_NUMBER, message=message, contact=meta_contact("Ada", sender)))
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": sign_meta(body, self._secret)}
        began = time.monotonic()
        request = urllib.request.Request(self._url, body, headers)  # noqa: S310 - our own
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - our own
            if answer.status != 200:
                raise CheckFailed(f"a signed webhook got {answer.status}")
        while self._answers(sender) <= before:
            if time.monotonic() - began > _LIMIT:
                raise CheckFailed(f"no answer within {_LIMIT:g} s")
            time.sleep(0.1)
        return time.monotonic() - began, message_id

    def _answers(self, sender: str) -> int:
        url = f"http://{PROVIDERS}:443/_sim/records?provider=meta&to={sender}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            text: str = answer.read().decode()
        return text.count(_ANSWER)
