"""Meta's error codes in our classes. Source: the Cloud API's error codes, as collected in the provider contracts."""

from shared.messages.inbound import Consent
from shared.providers.error_rules import DAY, ErrorRule, failed_status_error, numeric_code, send_error
from shared.providers.errors import ErrorKind, SendError

_CHANNEL, _TRANSIENT, _THROTTLE = ErrorKind.CHANNEL, ErrorKind.TRANSIENT, ErrorKind.THROTTLE_CHANNEL
_PERMANENT = ErrorKind.PERMANENT

_NO_PERMISSION = ErrorRule(_CHANNEL, "A permission is missing or was withdrawn.")

CODES: dict[int, ErrorRule] = {
    0: ErrorRule(_CHANNEL, "The access token is not valid."),
    190: ErrorRule(_CHANNEL, "The access token has expired or was withdrawn."),
    3: _NO_PERMISSION,
    10: _NO_PERMISSION,
    131005: _NO_PERMISSION,
    33: ErrorRule(_CHANNEL, "The business number has been deleted."),
    133010: ErrorRule(_CHANNEL, "The business number is not registered."),
    368: ErrorRule(_CHANNEL, "The account is restricted for breaking a policy."),
    131031: ErrorRule(_CHANNEL, "The account is locked."),
    131042: ErrorRule(_CHANNEL, "There is a problem with the account's payment method."),
    131037: ErrorRule(_CHANNEL, "The business number's display name is not approved yet."),
    131045: ErrorRule(_CHANNEL, "The business number's registration is not right."),
    1: ErrorRule(_TRANSIENT, "Meta had an unknown error."),
    2: ErrorRule(_TRANSIENT, "Meta's service is briefly away."),
    131000: ErrorRule(_TRANSIENT, "Something went wrong at Meta."),
    131016: ErrorRule(_TRANSIENT, "Meta's service is overloaded or away."),
    133000: ErrorRule(_TRANSIENT, "A deregistration has not finished."),
    133004: ErrorRule(_TRANSIENT, "Meta's server is away."),
    131057: ErrorRule(_TRANSIENT, "The business account is in maintenance.", wait=60.0),
    131053: ErrorRule(_TRANSIENT, "The media could not be uploaded.", max_attempts=3),
    4: ErrorRule(_THROTTLE, "The app has made too many calls."),
    80007: ErrorRule(_THROTTLE, "The business account has reached its rate limit."),
    130429: ErrorRule(_THROTTLE, "The number's throughput is used up."),
    133016: ErrorRule(_THROTTLE, "The number was registered too often."),
    131048: ErrorRule(_THROTTLE, "Too many messages of this number were reported as spam."),
    131056: ErrorRule(ErrorKind.THROTTLE_CUSTOMER, "Too many messages to this customer in a short time."),
    131047: ErrorRule(ErrorKind.WINDOW, "The 24-hour window is closed; a template is needed."),
    131050: ErrorRule(
        ErrorKind.OPT_OUT, "The customer has stopped marketing messages.", consent=Consent.STOP_MARKETING
    ),
    131049: ErrorRule(_PERMANENT, "Meta chose not to deliver it; not to be tried again within a day.", hold_off=DAY),
    130472: ErrorRule(
        _PERMANENT, "The customer is in an experiment of Meta's; not to be tried again within a day.", hold_off=DAY
    ),
    131026: ErrorRule(_PERMANENT, "It cannot be delivered to this customer.", undeliverable=True),
    100: ErrorRule(_PERMANENT, "A parameter is not right."),
    131008: ErrorRule(_PERMANENT, "A required parameter is missing."),
    131009: ErrorRule(_PERMANENT, "A parameter's value is not valid."),
    131021: ErrorRule(_PERMANENT, "Sender and recipient are the same number."),
    131051: ErrorRule(_PERMANENT, "This type of message is not supported."),
    131052: ErrorRule(_PERMANENT, "The customer's media could not be downloaded."),
    130497: ErrorRule(_PERMANENT, "The account may not write to customers in this country."),
    132000: ErrorRule(_PERMANENT, "The template wants another number of parameters."),
    132001: ErrorRule(_PERMANENT, "The template does not exist in this language, or is not approved."),
    132005: ErrorRule(_PERMANENT, "The template's text is too long with these parameters."),
    132007: ErrorRule(_PERMANENT, "The template's content breaks a policy."),
    132008: ErrorRule(_PERMANENT, "The template's parameters are not accepted."),
    132012: ErrorRule(_PERMANENT, "The template's parameters have the wrong form."),
    132015: ErrorRule(_PERMANENT, "The template is paused for low quality.", template="PAUSED"),
    132016: ErrorRule(_PERMANENT, "The template is disabled for good.", template="DISABLED"),
    135000: ErrorRule(_TRANSIENT, "The message failed for a reason that Meta does not name.", max_attempts=2),
}

SUBCODES: dict[tuple[int, int], ErrorRule] = {
    (100, 33): ErrorRule(_CHANNEL, "The business number does not exist (any more), or the token may not use it."),
}
"""Rules of codes that say less than their `error_subcode` (Meta, "Graph API: Handle errors")."""

RANGES: tuple[tuple[range, ErrorRule], ...] = ((range(200, 300), _NO_PERMISSION),)


def classify(
    http_status: int,
    code: int | None,
    *,
    subcode: int | None = None,
    title: str = "",
    detail: str = "",
    retry_after: float | None = None,
) -> SendError:
    """Return the error for a refused request; the HTTP status decides for codes that are not in the table.

    title, detail: Meta's own texts. retry_after: seconds, from the answer.
    """
    rule = None if code is None else _rule_for(code, subcode)
    return send_error(rule, http_status, code, title=title, detail=detail, retry_after=retry_after)


def classify_status_error(code: str | int) -> SendError:
    """Return the error for the code of a `failed` status."""
    number = numeric_code(code)
    return failed_status_error(None if number is None else _rule_for(number), code)


def _rule_for(code: int, subcode: int | None = None) -> ErrorRule | None:
    exact = SUBCODES.get((code, subcode)) if subcode is not None else None
    return exact or CODES.get(code) or next((rule for codes, rule in RANGES if code in codes), None)
