"""Twilio's error codes in our classes. Source: Twilio's error dictionary, as collected in the provider contracts."""

from shared.messages.inbound import Consent
from shared.providers.error_rules import DAY, Rule, failure, number_of, status_failure
from shared.providers.errors import ErrorKind, SendError

_CHANNEL, _TRANSIENT, _THROTTLE = ErrorKind.CHANNEL, ErrorKind.TRANSIENT, ErrorKind.THROTTLE_CHANNEL
_PERMANENT = ErrorKind.PERMANENT

CODES: dict[int, Rule] = {
    20003: Rule(_CHANNEL, "The account id or auth token is wrong."),
    63001: Rule(_CHANNEL, "WhatsApp did not accept the channel's credentials."),
    63007: Rule(_CHANNEL, "The sender number is not set up for WhatsApp."),
    63051: Rule(_CHANNEL, "The WhatsApp account is locked or restricted."),
    20429: Rule(_THROTTLE, "Too many requests."),
    63017: Rule(_THROTTLE, "Too many messages to this channel."),
    63018: Rule(_THROTTLE, "The sender's rate limit is reached."),
    63009: Rule(_TRANSIENT, "WhatsApp answered with an error."),
    63010: Rule(_TRANSIENT, "Twilio could not reach WhatsApp."),
    63012: Rule(_TRANSIENT, "WhatsApp had an internal error."),
    63016: Rule(ErrorKind.WINDOW, "The 24-hour window is closed; a template is needed."),
    21610: Rule(ErrorKind.OPT_OUT, "The customer has opted out.", consent=Consent.STOP),
    21211: Rule(_PERMANENT, "The recipient's number is not valid.", undeliverable=True),
    21408: Rule(_PERMANENT, "Sending to this country is not allowed for the account."),
    21617: Rule(_PERMANENT, "The text is too long."),
    63003: Rule(_PERMANENT, "The recipient cannot be found on WhatsApp.", undeliverable=True),
    63005: Rule(_PERMANENT, "WhatsApp did not accept the message's content."),
    63013: Rule(_PERMANENT, "The message breaks a rule of WhatsApp."),
    63015: Rule(_PERMANENT, "The recipient has not joined the sandbox."),
    63024: Rule(_PERMANENT, "The recipient cannot get this message.", undeliverable=True),
    # Twilio's words for Meta's 130472 and 131049.
    63032: Rule(_PERMANENT, "The customer is in an experiment of WhatsApp's.", hold_off=DAY),
    63033: Rule(_PERMANENT, "The recipient has blocked the sender.", undeliverable=True),
    63049: Rule(_PERMANENT, "WhatsApp chose not to deliver this marketing message.", hold_off=DAY),
}


def classify(
    http_status: int, code: int | None, *, title: str = "", detail: str = "", retry_after: float | None = None
) -> SendError:
    """The failure that an answer means; a code that is not in the table is judged by the HTTP status.

    title, detail: Twilio's own words. retry_after: seconds, as the answer said.
    """
    rule = None if code is None else CODES.get(code)
    return failure(rule, http_status, code, title=title, detail=detail, retry_after=retry_after)


def classify_status_error(code: str | int) -> SendError:
    """The failure that a code in a `failed` or `undelivered` status means."""
    return status_failure(_rule_for(code), code)


def words_for(code: str | int) -> str:
    """Our words for a code; empty when it is not in the table."""
    rule = _rule_for(code)
    return rule.words if rule else ""


def _rule_for(code: str | int) -> Rule | None:
    number = number_of(code)
    return None if number is None else CODES.get(number)
