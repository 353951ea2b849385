"""What the providers' error tables are made of, and what an HTTP status means when a code says nothing."""

from dataclasses import dataclass

from shared.messages.inbound import Consent
from shared.providers.errors import ErrorKind, SendError


@dataclass(frozen=True, slots=True)
class Rule:
    """kind: what to do. words: for people. max_tries: at most so many attempts in all, where the code allows fewer than
    the setting. wait: at least so many seconds before the next try. consent: what the refusal says about which messages
    the customer wants. template: what it says of the template's state, in the provider's word for one. hold_off: after
    a final refusal, seconds for which a broadcast does not try this customer again. undeliverable: whether nothing can
    be delivered to this customer, such as a number without WhatsApp.
    """

    kind: ErrorKind
    words: str
    max_tries: int | None = None
    wait: float | None = None
    consent: Consent | None = None
    template: str = ""
    hold_off: float | None = None
    undeliverable: bool = False


DAY = 86_400.0
"""Seconds: for how long Meta wants no further try where it chose not to deliver."""

# Without a code of the provider's own it may be a proxy's answer: no reason to stop a channel for good.
_UNAUTHORISED = Rule(ErrorKind.THROTTLE_CHANNEL, "Something between us and the provider refuses us.", wait=30.0)
_THROTTLED = Rule(ErrorKind.THROTTLE_CHANNEL, "Too many requests.")
_AWAY = Rule(ErrorKind.TRANSIENT, "The provider has a problem of its own.")
_ELSEWHERE = Rule(ErrorKind.TRANSIENT, "The provider's address leads elsewhere.")
_REFUSED = Rule(ErrorKind.PERMANENT, "The provider refused the message.")
_UNDELIVERED = Rule(ErrorKind.PERMANENT, "The provider could not deliver the message.")


def by_http_status(status: int) -> Rule:
    """The rule for an answer whose code is missing or unknown."""
    if status in {401, 403}:
        return _UNAUTHORISED
    if status == 429:
        return _THROTTLED
    if status >= 500:
        return _AWAY
    return _REFUSED if status >= 400 else _ELSEWHERE


def failure(
    rule: Rule | None,
    http_status: int,
    code: int | None,
    *,
    title: str = "",
    detail: str = "",
    retry_after: float | None = None,
) -> SendError:
    """The failure that an answer means. rule: the code's own, if the provider's table has one."""
    applied = rule or by_http_status(http_status)
    waits = [seconds for seconds in (retry_after, applied.wait) if seconds is not None]
    return SendError(
        applied.kind,
        code=f"http_{http_status}" if code is None else str(code),
        title=rule.words if rule else title or applied.words,
        detail=detail or (title if rule else ""),
        retry_after=max(waits, default=None),
        max_tries=applied.max_tries,
        consent=applied.consent,
        template=applied.template,
        hold_off=applied.hold_off,
        undeliverable=applied.undeliverable,
    )


def status_failure(rule: Rule | None, code: str | int) -> SendError:
    """The failure that a code in a failed status means: an unknown one is final, for the provider has given up."""
    applied = rule or _UNDELIVERED
    return SendError(
        applied.kind,
        code=str(code),
        title=applied.words,
        retry_after=applied.wait,
        max_tries=applied.max_tries,
        consent=applied.consent,
        template=applied.template,
        hold_off=applied.hold_off,
        undeliverable=applied.undeliverable,
    )


def number_of(code: str | int | None) -> int | None:
    """A code as a number; providers send it either way."""
    if isinstance(code, int):
        return code
    return int(code) if code and code.isascii() and code.isdigit() and len(code) < 10 else None
