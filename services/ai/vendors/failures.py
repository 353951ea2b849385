"""How a call of a model fails, in our own words, and whose fault that is. Pure.

ModelFailed     no answer, whatever the vendor
"""

import re
from enum import StrEnum

from services.ai.pricing.prices import Tokens

_MOST_WAIT = 3600.0  # seconds; who says more is not waited for any longer
# A spend limit comes with various statuses; the words are all that tells it from a limit that passes in a minute.
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
    """What a failure says about the model."""

    MODEL = "model"  # it is away, overloaded or talks nonsense: enough of these, and nobody asks it for a while
    ACCESS = "access"  # the key, the credit or a spend limit: nobody gets an answer until a person sees to it
    REQUEST = "request"  # the request or what is in it: another one may be answered at once


class ModelFailed(Exception):
    """A model gave no answer. retryable: another try may help. retry_after: seconds, if the vendor said so.

    tokens: what it took all the same. unknown: it may have taken some, and nobody says how many. again: what a model is
    told that is asked once more for the same answer, because this one could not be sent; empty: that makes no sense.
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
    """The failure of an answer that was cut off at the limit of tokens, with no whole sentence that could be sent."""
    return ModelFailed("cut off", retryable=False, tokens=tokens, fault=Fault.REQUEST, correction=_SHORTER)


def failure_of_status(status: int, message: str = "", retry_after: float | None = None) -> ModelFailed:
    """The failure that an HTTP status, or an error's code in the body, stands for. message: the vendor's words, and
    its name of the error.

    200 is an error that came in the middle of a good answer; 400, 404, 413, 422 will not change by asking again.
    """
    fault = _fault(status, message)
    retryable = fault is Fault.MODEL and (status in (200, 408, 409, 429) or status >= 500)
    return ModelFailed(f"HTTP {status}", retryable=retryable, retry_after=retry_after, fault=fault)


def _fault(status: int, message: str) -> Fault:
    if status in _CREDENTIALS or _MONEY.search(message.casefold()):
        return Fault.ACCESS
    return Fault.REQUEST if status in _REQUEST else Fault.MODEL


def read_retry_after(header: str | None) -> float | None:
    """Seconds of a Retry-After, at most an hour; None when it has no number."""
    try:
        seconds = float(header or "")
    except ValueError:
        return None
    return min(seconds, _MOST_WAIT) if seconds >= 0 else 0.0
