"""What can go wrong with a provider, in our own classes. Each provider's codes are mapped to them in a table
(`meta/errors.py`, `twilio/errors.py`), because the meanings move.

    ProviderFailure
    ├── SendError          the provider answered, or did not: `kind` says what to do about it
    ├── MediaFailed        media could not be fetched: `reason` says why
    └── WebhookError       a webhook is not acceptable
        ├── SignatureMissing   → 401
        ├── SignatureWrong     → 403
        └── Unreadable         → 422
"""

from enum import StrEnum

from shared.messages.inbound import Consent


class ErrorKind(StrEnum):
    """What to do about a failed send."""

    CHANNEL = "channel"  # token, permission, account: nothing more goes out on this channel until it is mended
    TRANSIENT = "transient"  # try again soon
    THROTTLE_CHANNEL = "throttle_channel"  # all senders of this channel wait
    THROTTLE_CUSTOMER = "throttle_customer"  # only this customer's messages wait
    WINDOW = "window"  # the 24-hour window is closed: a template is needed
    OPT_OUT = "opt_out"  # the customer does not want this
    PERMANENT = "permanent"  # this message will never go
    IN_DOUBT = "in_doubt"  # the connection broke after the request had gone out: it may have been accepted


RETRYABLE = frozenset({ErrorKind.TRANSIENT, ErrorKind.THROTTLE_CHANNEL, ErrorKind.THROTTLE_CUSTOMER, ErrorKind.CHANNEL})


class ProviderFailure(Exception):
    """The root of all that a provider's adapter raises."""


class SendError(ProviderFailure):
    """A send failed.

    kind: what to do. code, title, detail: the provider's own words, shown to people. retry_after: seconds to wait, when
    the provider said so. max_tries: at most so many attempts, where the code allows fewer than the setting. consent:
    what the refusal says about which messages the customer wants. template: what it says of the template's state.
    hold_off: seconds for which a broadcast does not try this customer again. undeliverable: whether nothing can be
    delivered to this customer.
    """

    def __init__(
        self,
        kind: ErrorKind,
        *,
        code: str,
        title: str,
        detail: str = "",
        retry_after: float | None = None,
        max_tries: int | None = None,
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
        self.max_tries = max_tries
        self.consent = consent
        self.template = template
        self.hold_off = hold_off
        self.undeliverable = undeliverable

    @property
    def ours(self) -> bool:
        """Nothing was asked of the provider: a setting or a secret is missing here (see
        `shared.providers.api_calls`)."""
        return self.code == "settings"

    @property
    def unreachable(self) -> bool:
        """The request did not even reach the provider (see `shared.providers.api_calls`)."""
        return self.kind is ErrorKind.TRANSIENT and self.code == "connect"


class MediaReason(StrEnum):
    """Why media could not be fetched, or a file could not be uploaded."""

    NOTHING_THERE = "nothing_there"  # there is no such media (any more), or the message has none
    REFUSED = "refused"  # the channel's credentials are missing or not accepted
    TOO_LARGE = "too_large"
    UNWANTED = "unwanted"  # the provider does not take such a file
    ALTERED = "altered"  # what came is not what the customer sent, by its digest
    ADDRESS = "address"  # it lies where nothing is to be fetched from
    AWAY = "away"  # no answer in time, or a passing trouble of the provider's: worth another try
    UNREADABLE = "unreadable"  # the provider's answer made no sense


class MediaFailed(ProviderFailure):
    """Media could not be fetched, or a file not uploaded; the words are for people and hold no address, token or
    customer.
    """

    def __init__(self, reason: MediaReason, words: str) -> None:
        super().__init__(words)
        self.reason = reason


class WebhookError(ProviderFailure):
    """A webhook cannot be accepted; `status` is the HTTP status that says so."""

    status = 400


class SignatureMissing(WebhookError):
    status = 401


class SignatureWrong(WebhookError):
    status = 403


class Unreadable(WebhookError):
    status = 422
