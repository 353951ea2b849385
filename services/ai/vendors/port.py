"""What a vendor's adapter implements, and the answer of a model. Pure."""

from dataclasses import dataclass, field
from typing import Any, Protocol

from services.ai.pricing.prices import Tokens
from services.ai.prompt.prompt import Prompt
from services.ai.tools.port import ToolCall


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelAnswer:
    """A model's answer, or (with `calls`) what it wants of tools first; its text is nobody's answer then.

    said: the whole message, in the form in which the vendor wants it back with the results. cut: it ended because it
    had as many tokens as it may have, not because all was said.
    """

    text: str
    model: str
    tokens: Tokens
    calls: tuple[ToolCall, ...] = ()
    message: Any = field(default=None, compare=False)
    cut: bool = False


class LanguageModel(Protocol):
    """Answers a prompt."""

    async def answer(self, prompt: Prompt, *, model: str, max_tokens: int, timeout: float) -> ModelAnswer:
        """One try. Raises ModelFailed for everything that can go wrong but cancellation."""
        ...
