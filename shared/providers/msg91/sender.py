"""Sends through MSG91: `POST {api}/api/v5/whatsapp/whatsapp-outbound-message/`, JSON, with the header `authkey`.

`?` The form of the answers is assumed: `{"status": "success", "hasError": false, "request_id": …}`, and the same with
`fail` and `errors` (`errors.py`), also with HTTP 200. MSG91 cannot quote a message or mark one as read: `reply_to` and
Presence have no effect.
"""

import aiohttp
import msgspec

from shared.clock import Clock, SystemClock
from shared.messages.outbound import Presence
from shared.providers.api_calls import ApiCaller, ApiResponse, Timeouts, in_doubt, required, unsendable
from shared.providers.error_rules import numeric_code, send_error
from shared.providers.errors import SendError
from shared.providers.lenient import LenientDecoder, decode_or_none
from shared.providers.msg91.errors import classify
from shared.providers.msg91.payload import LIMITS, payload_for
from shared.providers.port import Channel, OutgoingMessage


class _ErrorDetail(msgspec.Struct, gc=False):
    code: int | str | None = None
    message: str | None = None


class _ResponseBody(msgspec.Struct, gc=False):
    """The body of MSG91's answer. error: whether MSG91 refused; None: the answer is not MSG91's."""

    error: bool | None = msgspec.field(name="hasError", default=None)
    request_id: str = ""
    errors: str | _ErrorDetail = ""


_RESPONSE = LenientDecoder(_ResponseBody)


class Msg91Sender:
    """A `MessageSender`. Uses `integrated_number` of the channel's settings and `authkey` of its secrets.

    Presence makes no call; `send` returns an empty id.
    """

    limits = LIMITS

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        api_url: str,
        timeouts: Timeouts | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._url = f"{api_url.rstrip('/')}/api/v5/whatsapp/whatsapp-outbound-message/"
        self._caller = ApiCaller(session, timeouts or Timeouts(), clock or SystemClock())

    async def send(self, channel: Channel, message: OutgoingMessage) -> str:
        if isinstance(message.body, Presence):
            return ""
        number = required(channel.settings, "integrated_number")
        headers = {"authkey": required(channel.secrets, "authkey"), "Content-Type": "application/json"}
        try:
            body = msgspec.json.encode(payload_for(number, message))
        except ValueError as error:
            raise unsendable(error) from error
        answer = await self._caller.post(self._url, body, headers)
        given = decode_or_none(_RESPONSE, answer.body) or _ResponseBody()
        if answer.ok and not given.error:
            if given.error is None or not given.request_id:
                raise in_doubt("unreadable_answer")
            return given.request_id
        raise _refusal(answer, given)


def _refusal(answer: ApiResponse, body: _ResponseBody) -> SendError:
    if not body.error:  # the answer of a proxy
        return send_error(None, answer.status, None, retry_after=answer.retry_after)
    reason = body.errors if isinstance(body.errors, _ErrorDetail) else _ErrorDetail(message=body.errors)
    return classify(
        answer.status, numeric_code(reason.code), detail=reason.message or "", retry_after=answer.retry_after
    )
