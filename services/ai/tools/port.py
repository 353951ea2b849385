"""What passes between a model and its tools within one answer, the same for all vendors. Pure.

round       what a model said that called tools, and their results; the next call of the same model has it
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from shared.messages.cart import CartChange
from shared.repositories.ai_calls import ToolUse

MAX_CALLS_AT_ONCE = 16  # calls in one message; a model that makes more talks nonsense


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool as a model is told of it. schema: JSON Schema of its arguments, an object."""

    name: str
    description: str
    schema: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A model wants a tool. arguments: as the model wrote them; None: they are no JSON object."""

    id: str
    name: str
    arguments: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a call came to, for the model. failed: nothing was done, and the text says why."""

    call_id: str
    text: str
    failed: bool = False


@dataclass(frozen=True, slots=True)
class ToolRound:
    """said: the model's own message, in the form in which its vendor wants it back (with its thinking); it means
    nothing to any other model. results: one for each of its calls, in their order.
    """

    message: Any
    results: tuple[ToolResult, ...]


class Tools(Protocol):
    """The tools of one try to answer, by one model; what was proposed in another try is none of its business."""

    @property
    def amounts(self) -> frozenset[Decimal]:
        """Amounts of money in results, which the answer may name."""
        ...

    @property
    def handed_off(self) -> str:
        """Why a person is to take over; empty: nobody is asked."""
        ...

    @property
    def changes(self) -> tuple[CartChange, ...]:
        """Of the cart, that the customer is to be asked about."""
        ...

    @property
    def uses(self) -> tuple[ToolUse, ...]:
        """What was called and what became of it."""
        ...

    async def run(self, calls: Sequence[ToolCall], *, allowed: int, seconds: float) -> tuple[ToolResult, ...]:
        """Results for all the calls, of which only the first `allowed` are made, within `seconds`. Raises nothing."""
        ...
