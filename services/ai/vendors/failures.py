"""Names how a call of a model fails, and what that says about the model. Pure.

ModelFailed     no answer, whatever the vendor
"""

import re
from enum import StrEnum

from shared.domain.model_prices import Tokens

_MAX_RETRY_AFTER = 3600.0  # seconds
# Spend limits come with various statuses; only the text tells them from a rate limit.
# Anthropic: "credit balance is too low", "reached your specified API usage limits", `billing_error`. OpenRouter: "Key
# limit exceeded", "Insufficient credits", "can only afford". OpenAI's shape: `insufficient_quota`, `billing_*`. Proxies
# such as LiteLLM: `budget_exceeded`, "Budget has been exceeded". A "quota ... per minute" passes by itself.
_MONEY = re.compile(
    r"\bcredit balance\b"
    r"|\b(spend(ing)?|usage|billing|budget|key|credit|cost)[ _-](hard[ _-]|soft[ _-])?(limit|cap|quota)s?\b"
    r"|\binsufficient[ _](account[ _])?(credits?|funds|quota|balance)\b|\b(max[ _])?budgets?\b[^.]{0,40}\bexceed"
    r"|\bexceed\w*[ _-]([\w']+[ _-]){0,4}budgets?\b|\bbudget[ _]exceeded\b|\bexceeded your current quota\b"
    r"|\bcan only afford\b|\b(out of|more|no|not enough|add) credits?\b|\bbilling_\w+|\bpayment required\b"
)
_CREDENTIALS = frozenset({401, 402, 403})
_REQUEST = frozenset({400, 413, 422})


class Fault(StrEnum):
    """The cause of a failure: the model, our access to it, or the request."""

    MODEL = "model"  # it cannot be reached, is overloaded or answers garbage: enough of these open its breaker
    ACCESS = "access"  # the key, the credit or a spend limit: every call fails until an operator acts
    REQUEST = "request"  # this request or its content: others may succeed


class ModelFailed(Exception):
    """Raised when a model gave no answer. retryable: another call may succeed. retry_after: seconds, if the vendor
    said so.

    tokens: usage of the failed call. unknown: it may have cost something, without a usage. correction: what the model
    is told when it is called once more because its answer may not be sent; empty: it is not called again for that.
    """

    def __init__(
        self,
        reason: str,
        *,
        retryable: bool,
        retry_after: float | None = None,
        tokens: Tokens | None = None,
        fault: Fault = Fault.MODEL,
        unknown: bool = False,
        correction: str = "",
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retryable = retryable
        self.retry_after = retry_after
        self.tokens = tokens
        self.fault = fault
        self.unknown = unknown
        self.correction = correction


_SHORTER = "Your last answer was not sent: it was too long and was cut off. Answer again in at most three sentences."


def cut_off(tokens: Tokens) -> ModelFailed:
    """Return the failure of an answer that was cut off at the token limit, without a whole sentence that could be
    sent."""
    return ModelFailed("cut off", retryable=False, tokens=tokens, fault=Fault.REQUEST, correction=_SHORTER)


def failure_of_status(status: int, message: str = "", retry_after: float | None = None) -> ModelFailed:
    """Return the failure for an HTTP status, or for an error's code in the body. message: the vendor's text, and its
    name of the error.

    200 is an error in the middle of a good answer; 400, 404, 413 and 422 stay the same on a retry.
    """
    fault = _fault(status, message)
    retryable = fault is Fault.MODEL and (status in (200, 408, 409, 429) or status >= 500)
    return ModelFailed(f"HTTP {status}", retryable=retryable, retry_after=retry_after, fault=fault)


def _fault(status: int, message: str) -> Fault:
    if status in _CREDENTIALS or _MONEY.search(message.casefold()):
        return Fault.ACCESS
    return Fault.REQUEST if status in _REQUEST else Fault.MODEL


def read_retry_after(header: str | None) -> float | None:
    """Return the seconds of a Retry-After, at most an hour; None when it has no number."""
    try:
        seconds = float(header or "")
    except ValueError:
        return None
    return min(seconds, _MAX_RETRY_AFTER) if seconds >= 0 else 0.0
