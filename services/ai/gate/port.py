"""The port of the gate that each call of a model passes before it is made, and reports to afterwards."""

from dataclasses import dataclass
from typing import Protocol

from services.ai.prompt.prompt import Prompt
from services.ai.vendors.failures import ModelFailed
from shared.domain.model_prices import Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRefused:
    """Returned when a call may not be made. day_budget: the workspace's budget for the day does not cover it;
    customer_share: the customer's share of that budget has none.
    """

    reason: str
    day_budget: bool = False
    customer_share: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnd:
    """The end of a call. started_at: monotonic seconds. seconds_allowed: its time-out. failure: None after an answer.

    tokens: usage, as far as the vendor reports it.
    """

    started_at: float
    seconds_allowed: float
    failure: ModelFailed | None = None
    tokens: Tokens | None = None


class CallGate(Protocol):
    """The gate of one request. `leave` is not called on cancellation: the redelivered request makes the call again."""

    @property
    def waited(self) -> float:
        """Seconds that calls waited in `enter` for reasons that no customer's request has. They do not count in the
        answer's time.
        """
        ...

    async def enter(self, model: str, number: int, prompt: Prompt) -> CallRefused | None:
        """Return None if the call may be made. number: of the call within the request. prompt: that will be sent."""
        ...

    async def leave(self, model: str, number: int, ended: CallEnd | None) -> bool:
        """Report the end of a call; None: it was not made. Return whether another one may be made now."""
        ...

    def note_answer(self, model: str, number: int, ended: CallEnd) -> None:
        """Report the end of the call that gave the answer; it is recorded together with the answer."""
        ...


class OpenGate:
    """Implements `CallGate`: admits every call."""

    waited = 0.0

    async def enter(self, model: str, number: int, prompt: Prompt) -> CallRefused | None:
        """See the port."""
        return None

    async def leave(self, model: str, number: int, ended: CallEnd | None) -> bool:
        """See the port."""
        return True

    def note_answer(self, model: str, number: int, ended: CallEnd) -> None:
        """See the port."""


OPEN_GATE = OpenGate()
