"""What each call of a model has to pass before it is made, and is told of afterwards: a port."""

from dataclasses import dataclass
from typing import Protocol

from services.ai.pricing.prices import Tokens
from services.ai.prompt.prompt import Prompt
from services.ai.vendors.failures import ModelFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRefused:
    """A call is not made. money: because the workspace has none left for it; share: because the customer has used up
    a share of it.
    """

    reason: str
    money: bool = False
    share: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnd:
    """How a call ended. began: monotonic seconds. allowed: the seconds it was given. failure: None after an answer.

    tokens: what it took, as far as anybody says.
    """

    began: float
    allowed: float
    failure: ModelFailed | None = None
    tokens: Tokens | None = None


class CallGate(Protocol):
    """Of one request. A call that is cancelled is not told of: whoever takes the request up makes it again."""

    async def enter(self, model: str, number: int, prompt: Prompt) -> CallRefused | None:
        """None: the call may be made. number: of the call, within the request. prompt: what it is about to send."""
        ...

    async def leave(self, model: str, number: int, ended: CallEnd | None) -> bool:
        """The call is over; None: it was not made after all. False: a further call would not be let through now."""
        ...


class OpenGate:
    """Implements `CallGate`: lets everything through."""

    async def enter(self, model: str, number: int, prompt: Prompt) -> CallRefused | None:
        """See the port."""
        return None

    async def leave(self, model: str, number: int, ended: CallEnd | None) -> bool:
        """See the port."""
        return True


OPEN_GATE = OpenGate()
