"""Sends through Meta's Cloud API: `POST {graph}/{version}/{phone_number_id}/messages`, with the channel's token."""

from urllib.parse import quote

import aiohttp
import msgspec

from shared.clock import Clock, SystemClock
from shared.messages.outbound import Presence
from shared.providers.api_calls import ApiCaller, ApiResponse, Timeouts, in_doubt, required, unsendable
from shared.providers.error_rules import numeric_code
from shared.providers.errors import SendError
from shared.providers.lenient import LenientDecoder, decode_or_none
from shared.providers.meta import wire
from shared.providers.meta.errors import classify
from shared.providers.meta.payload import LIMITS, payload_for
from shared.providers.port import Channel, OutgoingMessage


class _Sent(wire.Wire):
    id: str


class _Accepted(wire.Wire):
    messages: list[_Sent]


_ACCEPTED = LenientDecoder(_Accepted)
_ERROR = LenientDecoder(wire.ErrorBody)


class MetaSender:
    """A `MessageSender`. Uses `phone_number_id` of the channel's settings and `access_token` of its secrets.

    Presence creates no message; `send` returns an empty id for it.
    """

    limits = LIMITS

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        graph_url: str,
        version: str,
        timeouts: Timeouts | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._base = f"{graph_url.rstrip('/')}/{version}"
        self._caller = ApiCaller(session, timeouts or Timeouts(), clock or SystemClock())

    async def send(self, channel: Channel, message: OutgoingMessage) -> str:
        number = quote(required(channel.settings, "phone_number_id"), safe="")
        headers = {
            "Authorization": f"Bearer {required(channel.secrets, 'access_token')}",
            "Content-Type": "application/json",
        }
        try:
            body = msgspec.json.encode(payload_for(message))
        except ValueError as error:
            raise unsendable(error) from error
        answer = await self._caller.post(f"{self._base}/{number}/messages", body, headers)
        if not answer.ok:
            raise _refusal(answer)
        return "" if isinstance(message.body, Presence) else _message_id(answer)


def _message_id(answer: ApiResponse) -> str:
    accepted = decode_or_none(_ACCEPTED, answer.body)
    if accepted is None or not accepted.messages or not accepted.messages[0].id:
        raise in_doubt("unreadable_answer")
    return accepted.messages[0].id


def _refusal(answer: ApiResponse) -> SendError:
    refused = decode_or_none(_ERROR, answer.body)
    if refused is None:
        return classify(answer.status, None, retry_after=answer.retry_after)
    error = refused.error
    return classify(
        answer.status,
        numeric_code(error.code),
        subcode=numeric_code(error.error_subcode),
        title=error.title or error.message or "",
        detail=error.description,
        retry_after=answer.retry_after,
    )
