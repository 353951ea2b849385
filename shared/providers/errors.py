"""The errors that provider adapters raise. Each provider's codes are mapped to them in a table (`<name>/errors.py`),
because providers change the meanings of codes.

    ProviderFailure
    ├── SendError          a send failed: `kind` says what to do about it
    ├── MediaError         media could not be fetched or uploaded: `reason` says why
    ├── ChannelRefused     a check of a channel's credentials: `fields` are those that may be wrong
    └── WebhookError       a webhook is not acceptable
        ├── SignatureMissing   → 401
        ├── SignatureWrong     → 403
        └── WebhookUnreadable  → 422
"""

from enum import StrEnum
from typing import Any

from shared.messages.inbound import Consent


class ErrorKind(StrEnum):
    """The reaction to a failed send."""

    CHANNEL = "channel"  # token, permission, account: stop the channel until it is repaired
    TRANSIENT = "transient"  # retry soon
    THROTTLE_CHANNEL = "throttle_channel"  # all messages of this channel wait
    THROTTLE_CUSTOMER = "throttle_customer"  # only this customer's messages wait
    WINDOW = "window"  # the 24-hour window is closed: a template is needed
    OPT_OUT = "opt_out"  # the customer opted out
    PERMANENT = "permanent"  # do not retry
    IN_DOUBT = "in_doubt"  # no answer after the request was sent: the provider may have accepted it


RETRYABLE = frozenset({ErrorKind.TRANSIENT, ErrorKind.THROTTLE_CHANNEL, ErrorKind.THROTTLE_CUSTOMER, ErrorKind.CHANNEL})


class ProviderFailure(Exception):
    """The base of all errors that provider adapters raise."""


class SendError(ProviderFailure):
    """Raised when a send failed.

    kind: the reaction. code, title, detail: the provider's own texts, shown to people. retry_after: seconds to wait, if
    the provider named them. max_attempts: the limit of attempts, where the code allows fewer than the setting. consent:
    the customer's choice that the error reports. template: the template's status that the error reports. hold_off:
    seconds for which broadcasts send this customer no template. undeliverable: nothing can be delivered to them.
    """

    def __init__(
        self,
        kind: ErrorKind,
        *,
        code: str,
        title: str,
        detail: str = "",
        retry_after: float | None = None,
        max_attempts: int | None = None,
        consent: Consent | None = None,
        template: str = "",
        hold_off: float | None = None,
        undeliverable: bool = False,
    ) -> None:
        super().__init__(f"{kind} {code}: {title}")
        self.kind = kind
        self.code = code
        self.title = title
        self.detail = detail
        self.retry_after = retry_after
        self.max_attempts = max_attempts
        self.consent = consent
        self.template = template
        self.hold_off = hold_off
        self.undeliverable = undeliverable

    @property
    def misconfigured(self) -> bool:
        """True if no request was sent, because a setting or secret is missing (see `shared.providers.api_calls`)."""
        return self.code == "settings"

    @property
    def unreachable(self) -> bool:
        """True if the connection to the provider failed (see `shared.providers.api_calls`)."""
        return self.kind is ErrorKind.TRANSIENT and self.code == "connect"


class MediaErrorReason(StrEnum):
    """The reason why media could not be fetched, or a file could not be uploaded."""

    NOTHING_THERE = "nothing_there"  # the media does not exist (any more), or the message has none
    REFUSED = "refused"  # the channel's credentials are missing or not accepted
    TOO_LARGE = "too_large"
    UNWANTED = "unwanted"  # the provider does not accept this kind of file
    ALTERED = "altered"  # the digest is not that of the customer's file
    ADDRESS = "address"  # the address is not one of the provider's
    AWAY = "away"  # no answer in time, or a temporary error of the provider: can be retried
    UNREADABLE = "unreadable"  # the provider's answer could not be parsed


class MediaError(ProviderFailure):
    """Raised when media could not be fetched or a file not uploaded. The text is for people; it contains no address,
    token or customer.

    status, body: of the provider's answer if it refused the request, 0 and empty otherwise; the body may name tokens.
    """

    def __init__(self, reason: MediaErrorReason, text: str, *, status: int = 0, body: bytes = b"") -> None:
        super().__init__(text)
        self.reason = reason
        self.status = status
        self.body = body


class ChannelRefused(ProviderFailure):
    """Raised when a provider does not accept a channel's credentials. text: for people, without credentials. fields:
    of the channel; one of them is wrong; empty: none. advice: what to do if none is.
    """

    def __init__(self, text: str, *fields: str, advice: str = "") -> None:
        super().__init__(text)
        self.fields = fields
        self.advice = advice


class WebhookError(ProviderFailure):
    """Raised to refuse a webhook with the HTTP status `status`. channels: those whose secret did not fit, as far as
    known.
    """

    status = 400
    channels: tuple[Any, ...] = ()


class SignatureMissing(WebhookError):
    status = 401


class SignatureWrong(WebhookError):
    status = 403


class WebhookUnreadable(WebhookError):
    status = 422
