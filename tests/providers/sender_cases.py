"""The channel of each provider, and its answers, for the contract of `MessageSender`."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from shared.messages.inbound import Provider
from shared.providers.port import Channel
from tests.providers.fakes import Received
from tests.providers.toy.adapter import NAME as TOY


@dataclass(frozen=True)
class Case:
    """The channel and the answers of one provider."""

    channel: Channel
    sent: str
    sent_id: str
    refused: str
    refused_status: int
    expired: str
    throttled: str
    window: str
    our_id: Callable[[Received], str]


def meta_error(code: int) -> str:
    return json.dumps({"error": {"code": code, "message": "(#x) No", "error_data": {"details": "Because."}}})


def twilio_error(code: int) -> str:
    return json.dumps({"code": code, "message": "Because.", "status": 400})


def meta_id(received: Received) -> str:
    return str(json.loads(received.body)["biz_opaque_callback_data"])


def msg91_error(code: int | None = None) -> str:
    return json.dumps(
        {"status": "fail", "hasError": True, "errors": {"code": code, "message": "Because."} if code else "Because."}
    )


def msg91_id(received: Received) -> str:
    return str(json.loads(received.body)["CRQID"])


def twilio_id(received: Received) -> str:
    callback = parse_qs(received.body.decode())["StatusCallback"][0]
    return parse_qs(urlsplit(callback).query)["message"][0]


CASES = {
    Provider.META: Case(
        channel=Channel(
            workspace="acme",
            id="main",
            provider=Provider.META,
            address="+2348031234567",
            settings={"phone_number_id": "665397593326012"},
            secrets={"access_token": "token"},
        ),
        sent='{"messaging_product":"whatsapp","messages":[{"id":"wamid.1","message_status":"accepted"}]}',
        sent_id="wamid.1",
        refused=meta_error(131026),
        refused_status=400,
        expired=meta_error(190),
        throttled=meta_error(130429),
        window=meta_error(131047),
        our_id=meta_id,
    ),
    Provider.TWILIO: Case(
        channel=Channel(
            workspace="acme & sons",
            id="tw",
            provider=Provider.TWILIO,
            address="+14155238886",
            settings={"account_sid": "AC1"},
            secrets={"auth_token": "token"},
        ),
        sent='{"sid":"SM1","status":"queued","error_code":null}',
        sent_id="SM1",
        refused=twilio_error(21211),
        refused_status=400,
        expired=twilio_error(20003),
        throttled=twilio_error(20429),
        window=twilio_error(63016),
        our_id=twilio_id,
    ),
    Provider.MSG91: Case(
        channel=Channel(
            workspace="acme",
            id="in",
            provider=Provider.MSG91,
            address="+919876543210",
            settings={"integrated_number": "919876543210"},
            secrets={"authkey": "token"},
        ),
        sent='{"status":"success","hasError":false,"data":"Message submitted","request_id":"r1"}',
        sent_id="r1",
        refused=msg91_error(131026),
        refused_status=400,
        expired=msg91_error(),
        throttled=msg91_error(),
        window=msg91_error(131047),
        our_id=msg91_id,
    ),
    TOY: Case(
        channel=Channel(
            workspace="acme",
            id="toy",
            provider=TOY,
            address="+4915112345678",
            settings={"sender_id": "s1"},
            secrets={"api_key": "token"},
        ),
        sent='{"id":"t1"}',
        sent_id="t1",
        refused='{"code":3,"message":"Because."}',
        refused_status=400,
        expired='{"code":1,"message":"Because."}',
        throttled='{"code":9,"message":"Because."}',
        window='{"code":2,"message":"Because."}',
        our_id=lambda received: str(json.loads(received.body)["reference"]),
    ),
}
