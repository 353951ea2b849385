"""Meta's error codes in our classes. Source: the Cloud API's error codes, as collected in the provider contracts."""

from shared.messages.inbound import Consent
from shared.providers.error_rules import DAY, Rule, failure, number_of, status_failure
from shared.providers.errors import ErrorKind, SendError

_CHANNEL, _TRANSIENT, _THROTTLE = ErrorKind.CHANNEL, ErrorKind.TRANSIENT, ErrorKind.THROTTLE_CHANNEL
_PERMANENT = ErrorKind.PERMANENT

_NO_PERMISSION = Rule(_CHANNEL, "A permission is missing or was withdrawn.")

CODES: dict[int, Rule] = {
    0: Rule(_CHANNEL, "The access token is not valid."),
    190: Rule(_CHANNEL, "The access token has expired or was withdrawn."),
    3: _NO_PERMISSION,
    10: _NO_PERMISSION,
    131005: _NO_PERMISSION,
    33: Rule(_CHANNEL, "The business number has been deleted."),
    133010: Rule(_CHANNEL, "The business number is not registered."),
    368: Rule(_CHANNEL, "The account is restricted for breaking a policy."),
    131031: Rule(_CHANNEL, "The account is locked."),
    131042: Rule(_CHANNEL, "There is a problem with the account's payment method."),
    131045: Rule(_CHANNEL, "The business number's registration is not right."),
    1: Rule(_TRANSIENT, "Meta had an unknown error."),
    2: Rule(_TRANSIENT, "Meta's service is briefly away."),
    131000: Rule(_TRANSIENT, "Something went wrong at Meta."),
    131016: Rule(_TRANSIENT, "Meta's service is overloaded or away."),
    133000: Rule(_TRANSIENT, "A deregistration has not finished."),
    133004: Rule(_TRANSIENT, "Meta's server is away."),
    131057: Rule(_TRANSIENT, "The business account is in maintenance.", wait=60.0),
    131053: Rule(_TRANSIENT, "The media could not be uploaded.", max_tries=3),
    4: Rule(_THROTTLE, "The app has made too many calls."),
    80007: Rule(_THROTTLE, "The business account has reached its rate limit."),
    130429: Rule(_THROTTLE, "The number's throughput is used up."),
    133016: Rule(_THROTTLE, "The number was registered too often."),
    131048: Rule(_THROTTLE, "Too many messages of this number were reported as spam."),
    131056: Rule(ErrorKind.THROTTLE_CUSTOMER, "Too many messages to this customer in a short time."),
    131047: Rule(ErrorKind.WINDOW, "The 24-hour window is closed; a template is needed."),
    131050: Rule(ErrorKind.OPT_OUT, "The customer has stopped marketing messages.", consent=Consent.STOP_MARKETING),
    131049: Rule(_PERMANENT, "Meta chose not to deliver it; not to be tried again within a day.", hold_off=DAY),
    130472: Rule(
        _PERMANENT, "The customer is in an experiment of Meta's; not to be tried again within a day.", hold_off=DAY
    ),
    131026: Rule(_PERMANENT, "It cannot be delivered to this customer.", undeliverable=True),
    100: Rule(_PERMANENT, "A parameter is not right."),
    131008: Rule(_PERMANENT, "A required parameter is missing."),
    131009: Rule(_PERMANENT, "A parameter's value is not valid."),
    131021: Rule(_PERMANENT, "Sender and recipient are the same number."),
    131051: Rule(_PERMANENT, "This type of message is not supported."),
    131052: Rule(_PERMANENT, "The customer's media could not be downloaded."),
    130497: Rule(_PERMANENT, "The account may not write to customers in this country."),
    132000: Rule(_PERMANENT, "The template wants another number of parameters."),
    132001: Rule(_PERMANENT, "The template does not exist in this language, or is not approved."),
    132005: Rule(_PERMANENT, "The template's text is too long with these parameters."),
    132007: Rule(_PERMANENT, "The template's content breaks a policy."),
    132008: Rule(_PERMANENT, "The template's parameters are not accepted."),
    132012: Rule(_PERMANENT, "The template's parameters have the wrong form."),
    132015: Rule(_PERMANENT, "The template is paused for low quality.", template="PAUSED"),
    132016: Rule(_PERMANENT, "The template is disabled for good.", template="DISABLED"),
    135000: Rule(_TRANSIENT, "The message failed for a reason that Meta does not name.", max_tries=2),
}

RANGES: tuple[tuple[range, Rule], ...] = ((range(200, 300), _NO_PERMISSION),)


def classify(
    http_status: int, code: int | None, *, title: str = "", detail: str = "", retry_after: float | None = None
) -> SendError:
    """The failure that an answer means; a code that is not in the table is judged by the HTTP status.

    title, detail: Meta's own words. retry_after: seconds, as the answer said.
    """
    rule = None if code is None else _rule_for(code)
    return failure(rule, http_status, code, title=title, detail=detail, retry_after=retry_after)


def classify_status_error(code: str | int) -> SendError:
    """The failure that a code in a `failed` status means."""
    number = number_of(code)
    return status_failure(None if number is None else _rule_for(number), code)


def _rule_for(code: int) -> Rule | None:
    return CODES.get(code) or next((rule for codes, rule in RANGES if code in codes), None)
