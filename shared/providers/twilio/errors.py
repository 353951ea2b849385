"""Twilio's error codes in our classes. Source: Twilio's error dictionary, as collected in the provider contracts."""

from shared.messages.inbound import Consent
from shared.providers.error_rules import DAY, ErrorRule, failed_status_error, numeric_code, send_error
from shared.providers.errors import ErrorKind, SendError

_CHANNEL, _TRANSIENT, _THROTTLE = ErrorKind.CHANNEL, ErrorKind.TRANSIENT, ErrorKind.THROTTLE_CHANNEL
_PERMANENT = ErrorKind.PERMANENT

CODES: dict[int, ErrorRule] = {
    20003: ErrorRule(_CHANNEL, "The account id or auth token is wrong."),
    63001: ErrorRule(_CHANNEL, "WhatsApp did not accept the channel's credentials."),
    63007: ErrorRule(_CHANNEL, "The sender number is not set up for WhatsApp."),
    63051: ErrorRule(_CHANNEL, "The WhatsApp account is locked or restricted."),
    20429: ErrorRule(_THROTTLE, "Too many requests."),
    63017: ErrorRule(_THROTTLE, "Too many messages to this channel."),
    63018: ErrorRule(_THROTTLE, "The sender's rate limit is reached."),
    63009: ErrorRule(_TRANSIENT, "WhatsApp answered with an error."),
    63010: ErrorRule(_TRANSIENT, "Twilio could not reach WhatsApp."),
    63012: ErrorRule(_TRANSIENT, "WhatsApp had an internal error."),
    63016: ErrorRule(ErrorKind.WINDOW, "The 24-hour window is closed; a template is needed."),
    21610: ErrorRule(ErrorKind.OPT_OUT, "The customer has opted out.", consent=Consent.STOP),
    21211: ErrorRule(_PERMANENT, "The recipient's number is not valid.", undeliverable=True),
    21408: ErrorRule(_PERMANENT, "Sending to this country is not allowed for the account."),
    21617: ErrorRule(_PERMANENT, "The text is too long."),
    63003: ErrorRule(_PERMANENT, "The recipient cannot be found on WhatsApp.", undeliverable=True),
    63005: ErrorRule(_PERMANENT, "WhatsApp did not accept the message's content."),
    63013: ErrorRule(_PERMANENT, "The message breaks a rule of WhatsApp."),
    63015: ErrorRule(_PERMANENT, "The recipient has not joined the sandbox."),
    63024: ErrorRule(_PERMANENT, "The recipient cannot get this message.", undeliverable=True),
    # Twilio's codes for Meta's 130472 and 131049.
    63032: ErrorRule(_PERMANENT, "The customer is in an experiment of WhatsApp's.", hold_off=DAY),
    63033: ErrorRule(_PERMANENT, "The recipient has blocked the sender.", undeliverable=True),
    63049: ErrorRule(_PERMANENT, "WhatsApp chose not to deliver this marketing message.", hold_off=DAY),
}


def classify(
    http_status: int, code: int | None, *, title: str = "", detail: str = "", retry_after: float | None = None
) -> SendError:
    """Return the error for a refused request; the HTTP status decides for codes that are not in the table.

    title, detail: Twilio's own texts. retry_after: seconds, from the answer.
    """
    rule = None if code is None else CODES.get(code)
    return send_error(rule, http_status, code, title=title, detail=detail, retry_after=retry_after)


def classify_status_error(code: str | int) -> SendError:
    """Return the error for the code of a `failed` or `undelivered` status."""
    return failed_status_error(_rule_for(code), code)


def title_for(code: str | int) -> str:
    """Return our text for a code; empty if it is not in the table."""
    rule = _rule_for(code)
    return rule.title if rule else ""


def _rule_for(code: str | int) -> ErrorRule | None:
    number = numeric_code(code)
    return None if number is None else CODES.get(number)
