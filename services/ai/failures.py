"""How a call of a model fails, in our own words, and whose fault that is. Pure.

ModelFailed     no answer, whatever the vendor
"""

import re
from enum import StrEnum

from services.ai.prices import Tokens

_MOST_WAIT = 3600.0  # seconds; who says more is not waited for any longer
# A spend limit comes with various statuses; the words are all that tells it from a limit that passes in a minute.
_MONEY = re.compile(r"\b(credit balance|(spend(ing)?|usage|billing) limits?|insufficient (credits?|funds|quota))\b")
_CREDENTIALS = frozenset({401, 402, 403})
_REQUEST = frozenset({400, 413, 422})


class Fault(StrEnum):
    """What a failure says about the model."""

    MODEL = "model"  # it is away, overloaded or talks nonsense: enough of these, and nobody asks it for a while
    ACCESS = "access"  # the key, the credit or a spend limit: nobody gets an answer until a person sees to it
    REQUEST = "request"  # the request or what is in it: another one may be answered at once


class ModelFailed(Exception):
    """A model gave no answer. retryable: another try may help. retry_after: seconds, if the vendor said so.

    tokens: what it took all the same. unknown: it may have taken some, and nobody says how many.
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
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retryable = retryable
        self.retry_after = retry_after
        self.tokens = tokens
        self.fault = fault
        self.unknown = unknown


def of_status(status: int, message: str = "", retry_after: float | None = None) -> ModelFailed:
    """The failure that an HTTP status, or an error's code in the body, stands for. message: the vendor's words.

    200 is an error that came in the middle of a good answer; 400, 404, 413, 422 will not change by asking again.
    """
    fault = _fault(status, message)
    retryable = fault is Fault.MODEL and (status in (200, 408, 409, 429) or status >= 500)
    return ModelFailed(f"HTTP {status}", retryable=retryable, retry_after=retry_after, fault=fault)


def _fault(status: int, message: str) -> Fault:
    if status in _CREDENTIALS or (400 <= status < 500 and _MONEY.search(message.casefold())):
        return Fault.ACCESS
    return Fault.REQUEST if status in _REQUEST else Fault.MODEL


def read_retry_after(header: str | None) -> float | None:
    """Seconds of a Retry-After, at most an hour; None when it has no number."""
    try:
        seconds = float(header or "")
    except ValueError:
        return None
    return min(seconds, _MOST_WAIT) if seconds >= 0 else 0.0
