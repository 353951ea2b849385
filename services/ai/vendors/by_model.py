"""Which vendor has a model, by its name, and one `LanguageModel` for all of them."""

from collections.abc import Mapping

from services.ai.prompt.prompt import Prompt
from services.ai.vendors.failures import Fault, ModelFailed
from services.ai.vendors.port import LanguageModel, ModelAnswer

ANTHROPIC = "anthropic"
OPENROUTER = "openrouter"


def vendor_of(model: str) -> str:
    """OpenRouter's models are called `vendor/model`; all others are Anthropic's."""
    return OPENROUTER if "/" in model else ANTHROPIC


class ModelVendors:
    """Implements `LanguageModel`: gives each call to the vendor of its model. of: those for which there is a key."""

    def __init__(self, of: Mapping[str, LanguageModel]) -> None:
        self._of = of

    def usable(self, models: tuple[str, ...]) -> tuple[str, ...]:
        """Those that there is a key for, each once, in their order."""
        return tuple(model for model in dict.fromkeys(models) if vendor_of(model) in self._of)

    async def answer(self, prompt: Prompt, *, model: str, max_tokens: int, timeout: float) -> ModelAnswer:
        """See the port."""
        vendor = self._of.get(vendor_of(model))
        if vendor is None:
            raise ModelFailed("no key", retryable=False, fault=Fault.REQUEST)
        return await vendor.answer(prompt, model=model, max_tokens=max_tokens, timeout=timeout)
