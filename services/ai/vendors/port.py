"""The port of the vendors' adapters, and the answer of a model. Pure."""

from dataclasses import dataclass, field
from typing import Any, Protocol

from services.ai.prompt.prompt import Prompt
from services.ai.tools.port import ToolCall
from shared.domain.model_prices import Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelAnswer:
    """A model's answer, or (with `calls`) the tools that it wants called first; its text is not for the customer then.

    message: the whole message in the form in which the vendor wants it back with the tool results. cut: it ended at the
    token limit, not because it was complete.
    """

    text: str
    model: str
    tokens: Tokens
    calls: tuple[ToolCall, ...] = ()
    message: Any = field(default=None, compare=False)
    cut: bool = False


class LanguageModel(Protocol):
    """Implemented by each vendor's adapter."""

    async def answer(self, prompt: Prompt, *, model: str, max_tokens: int, timeout: float) -> ModelAnswer:
        """Call a model once. Raises ModelFailed for every failure but cancellation."""
        ...
