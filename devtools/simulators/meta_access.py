"""Authorization of Graph API requests, and scripted faults as Meta's error responses."""

import re

from aiohttp import web

from devtools.simulators.errors import META, RequestRefused, json_response, meta_error
from devtools.simulators.script import ProviderCall, ScriptedFault
from devtools.simulators.webhook_sender import MetaNumberSettings

_VERSION = re.compile(r"v\d{1,2}\.\d")


def authorize(request: web.Request, call: ProviderCall, info: MetaNumberSettings) -> None:
    """Raise RequestRefused unless the path is valid and the token is the number's."""
    if _VERSION.fullmatch(request.match_info["version"]) is None:
        raise RequestRefused(2500, text="Unknown path components: " + request.path, status=400)
    if not call.token:
        text = "An access token is required to request this resource."
        raise RequestRefused(190, text=text, status=401)
    if info.access_token and info.access_token != call.token:
        raise RequestRefused(190, text="Invalid OAuth access token - Cannot parse access token", status=401)
    if not call.phone_number_id.isdecimal():
        text = f"Unsupported post request. Object with ID '{call.phone_number_id}' does not exist"
        raise RequestRefused(100, text=text)


def fault_response(fault: ScriptedFault, headers: dict[str, str]) -> web.Response:
    """Return a scripted fault as Meta's error response."""
    details = fault.details or ""
    text = fault.message or ""
    if fault.kind == "expired_token":
        text = text or "Error validating access token: Session has expired."
        return meta_error(190, details, status=401, text=text, headers=headers)
    if fault.kind == "empty_error":
        return json_response({"error": {}} if fault.code is None else {"error": {"code": fault.code, "message": text}})
    code, status = {
        "throttle": (130429, 429),
        "error": (131000, None),
        "overloaded": (131016, 503),
    }.get(fault.kind, (2 if fault.status == 503 else 1, 500))
    if fault.code is not None:
        code = fault.code
        status = status if fault.kind == "throttle" or code not in META else None
    return meta_error(code, details, status=fault.status or status, text=text, headers=headers)
