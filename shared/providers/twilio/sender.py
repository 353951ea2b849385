"""Sends through Twilio: `POST {api}/2010-04-01/Accounts/{sid}/Messages.json`, a form with basic authentication.

The query of the status callback has our id; the callback can arrive before the answer. Twilio cannot quote a message
or, as documented, mark one as read: `reply_to` and Presence have no effect.
"""

from base64 import b64encode
from urllib.parse import quote, urlencode

import aiohttp
import msgspec

from shared.clock import Clock, SystemClock
from shared.messages.outbound import Presence
from shared.providers.api_calls import ApiCaller, ApiResponse, Timeouts, in_doubt, required, unsendable
from shared.providers.error_rules import numeric_code
from shared.providers.errors import SendError
from shared.providers.lenient import LenientDecoder, decode_or_none
from shared.providers.port import Channel, OutgoingMessage
from shared.providers.twilio.errors import classify
from shared.providers.twilio.form import LIMITS, form_for


class _Accepted(msgspec.Struct, gc=False):
    sid: str


class _ErrorBody(msgspec.Struct, gc=False):
    code: int | str | None = None
    message: str | None = None


_ACCEPTED = LenientDecoder(_Accepted)
_ERROR = LenientDecoder(_ErrorBody)


class TwilioSender:
    """A `MessageSender`. Uses `account_sid` of the channel's settings and `auth_token` of its secrets.

    A template's name is its `ContentSid` (`HX…`), which includes the language. Presence makes no call; `send`
    returns an empty id.
    """

    limits = LIMITS

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        api_url: str,
        public_base_url: str,
        timeouts: Timeouts | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._accounts = f"{api_url.rstrip('/')}/2010-04-01/Accounts"
        self._callback = f"{public_base_url.rstrip('/')}/webhooks/twilio/status"
        self._caller = ApiCaller(session, timeouts or Timeouts(), clock or SystemClock())

    async def send(self, channel: Channel, message: OutgoingMessage) -> str:
        if isinstance(message.body, Presence):
            return ""
        account = required(channel.settings, "account_sid")
        headers = {
            "Authorization": basic(account, required(channel.secrets, "auth_token")),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        try:
            form = urlencode(form_for(channel, message, self._callback)).encode()
        except ValueError as error:
            raise unsendable(error) from error
        url = f"{self._accounts}/{quote(account, safe='')}/Messages.json"
        answer = await self._caller.post(url, form, headers)
        if not answer.ok:
            raise _refusal(answer)
        return _message_id(answer)


def basic(user: str, password: str) -> str:
    """Return the header value of basic authentication."""
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


def _message_id(answer: ApiResponse) -> str:
    accepted = decode_or_none(_ACCEPTED, answer.body)
    if accepted is None or not accepted.sid:
        raise in_doubt("unreadable_answer")
    return accepted.sid


def _refusal(answer: ApiResponse) -> SendError:
    error = decode_or_none(_ERROR, answer.body) or _ErrorBody()
    title = error.message or ""
    return classify(answer.status, numeric_code(error.code), title=title, retry_after=answer.retry_after)
