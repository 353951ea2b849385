"""The port of a model's tools, the same for all vendors. Pure.

round       a model's message that called tools, with their results; the next call of the same model has it
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from shared.messages.cart import CartChange
from shared.repositories.ai_calls import ToolUse

MAX_CALLS_AT_ONCE = 16  # in one message; more are treated as a failure


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool as it is described to a model. schema: JSON Schema of its arguments, an object."""

    name: str
    description: str
    schema: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call of a tool by a model. arguments: as the model wrote them; None: they are no JSON object."""

    id: str
    name: str
    arguments: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class ToolResult:
    """The result of a call, for the model. failed: nothing was done, and the text says why."""

    call_id: str
    text: str
    failed: bool = False


@dataclass(frozen=True, slots=True)
class ToolRound:
    """A model's calls of tools and their results. message: the model's own message, in the form in which its vendor
    wants it back (with its thinking); it means nothing to other models. results: one for each of its calls, in their
    order.
    """

    message: Any
    results: tuple[ToolResult, ...]


class Tools(Protocol):
    """The tools of one try to answer, by one model; they know nothing of other tries."""

    @property
    def amounts(self) -> frozenset[Decimal]:
        """Amounts of money in results, which the answer may name."""
        ...

    @property
    def handed_off(self) -> str:
        """Reason for a hand-off to an agent; empty: none."""
        ...

    @property
    def changes(self) -> tuple[CartChange, ...]:
        """Changes of the cart that the customer is to confirm."""
        ...

    @property
    def uses(self) -> tuple[ToolUse, ...]:
        """The calls and their outcomes."""
        ...

    async def run(self, calls: Sequence[ToolCall], *, allowed: int, seconds: float) -> tuple[ToolResult, ...]:
        """Return results for all calls; only the first `allowed` are made, within `seconds`. Raises nothing."""
        ...
