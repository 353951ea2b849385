"""Picks the vendor of a model by the model's name."""

from collections.abc import Mapping

from services.ai.prompt.prompt import Prompt
from services.ai.vendors.failures import Fault, ModelFailed
from services.ai.vendors.port import LanguageModel, ModelAnswer
from shared.domain.model_vendors import ANTHROPIC, OPENROUTER, vendor_of

__all__ = ["ANTHROPIC", "OPENROUTER", "ModelVendors", "vendor_of"]


class ModelVendors:
    """Implements `LanguageModel`: passes each call to the vendor of its model. by_name: the vendors with a key."""

    def __init__(self, by_name: Mapping[str, LanguageModel]) -> None:
        self._by_name = by_name

    @property
    def names(self) -> tuple[str, ...]:
        """The vendors with a key."""
        return tuple(self._by_name)

    def usable(self, models: tuple[str, ...]) -> tuple[str, ...]:
        """Return the models whose vendor has a key, each once, in their order."""
        return tuple(model for model in dict.fromkeys(models) if vendor_of(model) in self._by_name)

    async def answer(self, prompt: Prompt, *, model: str, max_tokens: int, timeout: float) -> ModelAnswer:
        """See the port."""
        vendor = self._by_name.get(vendor_of(model))
        if vendor is None:
            raise ModelFailed("no key", retryable=False, fault=Fault.REQUEST)
        return await vendor.answer(prompt, model=model, max_tokens=max_tokens, timeout=timeout)
