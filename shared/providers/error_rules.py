"""The rules of the providers' error tables, and the rules for HTTP statuses when the code is unknown."""

from dataclasses import dataclass

from shared.messages.inbound import Consent
from shared.providers.errors import ErrorKind, SendError


@dataclass(frozen=True, slots=True)
class ErrorRule:
    """The meaning of an error code. title: for people. wait: minimum of seconds before the next attempt. template: the
    template's status, in the provider's word. undeliverable: for example, a number without WhatsApp. The other fields
    are those of `SendError`.
    """

    kind: ErrorKind
    title: str
    max_attempts: int | None = None
    wait: float | None = None
    consent: Consent | None = None
    template: str = ""
    hold_off: float | None = None
    undeliverable: bool = False


DAY = 86_400.0
"""Seconds for which Meta wants no further attempt after it chose not to deliver a message."""

# Without a code of the provider it may be a proxy's answer: no reason to stop the channel.
_UNAUTHORISED = ErrorRule(ErrorKind.THROTTLE_CHANNEL, "Something between us and the provider refuses us.", wait=30.0)
_THROTTLED = ErrorRule(ErrorKind.THROTTLE_CHANNEL, "Too many requests.")
_AWAY = ErrorRule(ErrorKind.TRANSIENT, "The provider has a problem of its own.")
_ELSEWHERE = ErrorRule(ErrorKind.TRANSIENT, "The provider's address leads elsewhere.")
_REFUSED = ErrorRule(ErrorKind.PERMANENT, "The provider refused the message.")
_UNDELIVERED = ErrorRule(ErrorKind.PERMANENT, "The provider could not deliver the message.")


def rule_for_http_status(status: int) -> ErrorRule:
    """Return the rule for an answer whose code is missing or unknown."""
    if status in {401, 403}:
        return _UNAUTHORISED
    if status == 429:
        return _THROTTLED
    if status >= 500:
        return _AWAY
    return _REFUSED if status >= 400 else _ELSEWHERE


def send_error(
    rule: ErrorRule | None,
    http_status: int,
    code: int | None,
    *,
    title: str = "",
    detail: str = "",
    retry_after: float | None = None,
) -> SendError:
    """Return the error for a refused request. rule: that of the code; None: not in the provider's table."""
    applied = rule or rule_for_http_status(http_status)
    waits = [seconds for seconds in (retry_after, applied.wait) if seconds is not None]
    return SendError(
        applied.kind,
        code=f"http_{http_status}" if code is None else str(code),
        title=rule.title if rule else title or applied.title,
        detail=detail or (title if rule else ""),
        retry_after=max(waits, default=None),
        max_attempts=applied.max_attempts,
        consent=applied.consent,
        template=applied.template,
        hold_off=applied.hold_off,
        undeliverable=applied.undeliverable,
    )


def failed_status_error(rule: ErrorRule | None, code: str | int) -> SendError:
    """The failure that a code in a failed status means: an unknown one is final, for the provider has given up."""
    applied = rule or _UNDELIVERED
    return SendError(
        applied.kind,
        code=str(code),
        title=applied.title,
        retry_after=applied.wait,
        max_attempts=applied.max_attempts,
        consent=applied.consent,
        template=applied.template,
        hold_off=applied.hold_off,
        undeliverable=applied.undeliverable,
    )


def numeric_code(code: str | int | None) -> int | None:
    """Return a code as a number, None if it is none; providers send codes as numbers or texts."""
    if isinstance(code, int):
        return code
    return int(code) if code and code.isascii() and code.isdigit() and len(code) < 10 else None
