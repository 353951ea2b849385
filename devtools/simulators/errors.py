"""The providers' error codes and error responses.

Sources: Meta "WhatsApp Cloud API: error codes" and "Graph API: handling errors"; Twilio "Error and warning dictionary"
and "Twilio's response: exceptions"; Anthropic "API errors"; OpenRouter "Errors and debugging". HTTP statuses change
between releases; callers should use the codes.
"""

from typing import Any

import msgspec
from aiohttp import web

JSON = "application/json"

# code: (HTTP status, text)
META: dict[int, tuple[int, str]] = {
    0: (401, "AuthException"),
    1: (500, "API Unknown"),
    2: (503, "API Service"),
    3: (500, "API Method"),
    4: (400, "API Too Many Calls"),
    10: (403, "Permission Denied"),
    33: (400, "Parameter value is not valid"),
    100: (400, "Invalid parameter"),
    190: (401, "Access token has expired"),
    368: (403, "Temporarily blocked for policies violations"),
    80007: (400, "Rate limit issues"),
    130429: (400, "Rate limit hit"),
    130472: (400, "User's number is part of an experiment"),
    130497: (403, "Business account is restricted from messaging users in this country."),
    131000: (500, "Something went wrong"),
    131005: (403, "Access denied"),
    131008: (400, "Required parameter is missing"),
    131009: (400, "Parameter value is not valid"),
    131016: (500, "Service unavailable"),
    131021: (400, "Recipient cannot be sender"),
    131026: (400, "Message undeliverable"),
    131031: (403, "Business Account locked"),
    131042: (400, "Business eligibility payment issue"),
    131045: (500, "Incorrect certificate"),
    131047: (400, "Re-engagement message"),
    131048: (400, "Spam rate limit hit"),
    131049: (400, "This message was not delivered to maintain healthy ecosystem engagement."),
    131050: (400, "User has stopped marketing messages"),
    131051: (400, "Unsupported message type"),
    131052: (400, "Media download error"),
    131053: (400, "Media upload error"),
    131056: (400, "(Business Account, Consumer Account) pair rate limit hit"),
    131057: (500, "Account in maintenance mode"),
    132000: (400, "Number of parameters does not match the expected number of params"),
    132001: (404, "Template name does not exist in the translation"),
    132005: (400, "Translated text too long"),
    132007: (400, "Template content policy violated"),
    132008: (400, "Template parameter value is not valid"),
    132012: (400, "Parameter format does not match format in the created template"),
    132015: (400, "Template is paused"),
    132016: (400, "Template is disabled"),
    133000: (500, "Incomplete deregistration"),
    133004: (503, "Server temporarily unavailable"),
    133010: (400, "Phone number not registered"),
    133016: (400, "Account register deregister rate limit exceeded"),
    135000: (400, "Generic user error"),
}

TWILIO: dict[int, tuple[int, str]] = {
    20003: (401, "Authenticate"),
    20404: (404, "The requested resource was not found"),
    20429: (429, "Too Many Requests"),
    21211: (400, "Invalid 'To' Phone Number"),
    21212: (400, "Invalid 'From' Number"),
    21408: (400, "Permission to send an SMS has not been enabled for the region indicated by the 'To' number"),
    21603: (400, "A 'From' phone number is required"),
    21604: (400, "A 'To' phone number is required"),
    21609: (400, "Invalid 'StatusCallback' URL"),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
    21619: (400, "A text message body or media urls must be specified"),
    21620: (400, "Invalid media URL(s)"),
    21623: (400, "Number of media files exceeds allowed limit"),
    21655: (400, "The ContentSid is Invalid"),
    21656: (400, "The ContentVariables Parameter is invalid"),
    21910: (400, "Invalid 'From' and 'To' pair. 'From' and 'To' should be of the same channel"),
    63001: (400, "Channel could not authenticate the request"),
    63003: (400, "Channel could not find To address"),
    63007: (400, "Twilio could not find a Channel with the specified From address"),
    63016: (400, "Failed to send freeform message because you are outside the allowed window"),
    63018: (429, "Rate limit exceeded for Channel"),
    63031: (400, "Channels message cannot have same From and To"),
}

ANTHROPIC: dict[int, tuple[str, str]] = {
    400: ("invalid_request_error", "Bad request"),
    401: ("authentication_error", "invalid x-api-key"),
    402: ("billing_error", "Your credit balance is too low"),
    403: ("permission_error", "Your API key does not have permission to use the specified resource"),
    404: ("not_found_error", "Not found"),
    413: ("request_too_large", "Request exceeds the maximum size"),
    429: ("rate_limit_error", "This request would exceed your organization's rate limit"),
    500: ("api_error", "Internal server error"),
    504: ("timeout_error", "Request timed out"),
    529: ("overloaded_error", "Overloaded"),
}


class RequestRefused(Exception):
    """Raised when the provider would refuse a request: code, details, and the HTTP status unless it is the code's."""

    def __init__(self, code: int, details: str = "", *, status: int | None = None, text: str = "") -> None:
        super().__init__(code, details)
        self.code = code
        self.details = details
        self.status = status
        self.text = text


def meta_text(code: int) -> str:
    """Return the title of a code."""
    return META.get(code, (400, "Unknown error"))[1]


def json_response(data: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """Return a JSON response."""
    return web.Response(body=msgspec.json.encode(data), status=status, content_type=JSON, headers=headers)


def meta_error(
    code: int, details: str = "", *, status: int | None = None, text: str = "", headers: dict[str, str] | None = None
) -> web.Response:
    """Return `{"error": {...}}` as the Graph API does; details: the Cloud API's `error_data`."""
    own_status, own_text = META.get(code, (400, "Unknown error"))
    error: dict[str, Any] = {
        "message": text or f"(#{code}) {own_text}",
        "type": "OAuthException",
        "code": code,
        "fbtrace_id": "A" + f"{hash((code, details)) & 0xFFFFFFFFFFFF:012x}",
    }
    if details:
        error["error_data"] = {"messaging_product": "whatsapp", "details": details}
    if code == 190:
        error["error_subcode"] = 463
    return json_response({"error": error}, status or own_status, headers)


def twilio_error(
    code: int, details: str = "", *, status: int | None = None, text: str = "", headers: dict[str, str] | None = None
) -> web.Response:
    """Return `{code, message, more_info, status}`."""
    own_status, own_text = TWILIO.get(code, (400, "Unknown error"))
    http = status or own_status
    message = text or (f"{own_text}: {details}" if details else own_text)
    body = {"code": code, "message": message, "more_info": f"https://www.twilio.com/docs/errors/{code}", "status": http}
    return json_response(body, http, headers)


def anthropic_error(
    status: int, message: str = "", *, kind: str = "", headers: dict[str, str] | None = None
) -> web.Response:
    """Return `{"type": "error", "error": {type, message}}`."""
    own_kind, own_message = ANTHROPIC.get(status, ("api_error", "Internal server error"))
    body = {
        "type": "error",
        "error": {"type": kind or own_kind, "message": message or own_message},
        "request_id": "req_simulated",
    }
    return json_response(body, status, {"request-id": "req_simulated"} | (headers or {}))


def openrouter_error(
    status: int, message: str = "", *, http: int | None = None, headers: dict[str, str] | None = None
) -> web.Response:
    """Return `{"error": {code, message}}`. http: HTTP status, since OpenRouter may send errors with 200."""
    text = message or ANTHROPIC.get(status, ("", "Provider returned error"))[1]
    return json_response({"error": {"code": status, "message": text}}, http or status, headers)


def msg91_error(status: int, message: str = "", headers: dict[str, str] | None = None) -> web.Response:
    """Return `{status: fail, hasError, errors}`: assumed, MSG91 publishes no schema."""
    return json_response({"status": "fail", "hasError": True, "errors": message or "Unauthorized"}, status, headers)
