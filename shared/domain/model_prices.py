"""The price table of models, with a version, and the cost of calls. Decimals only."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import yaml
from pydantic import Field, ValidationError

from shared.settings import SettingsError
from shared.validation.strict import StrictModel

_MILLION = 1_000_000


class PricesInvalid(SettingsError):
    """Raised for a price file that cannot be read; the text says what is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """The usage of one call, as the vendor counts it: `input` does not include cached tokens."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0


class ModelPrice(StrictModel):
    """US dollars per million tokens. A prompt of more than `above` tokens costs `times` as much; above 0: no such
    limit."""

    input: Decimal = Field(ge=0)
    output: Decimal = Field(ge=0)
    cache_read: Decimal = Field(ge=0)
    cache_write: Decimal = Field(ge=0)
    above: int = Field(default=0, ge=0)
    times: Decimal = Field(default=Decimal(1), ge=1)

    def cost(self, tokens: Tokens) -> Decimal:
        """Return the US dollars for one call."""
        prompt = tokens.input + tokens.cache_read + tokens.cache_write
        sum_ = (
            self.input * tokens.input
            + self.output * tokens.output
            + self.cache_read * tokens.cache_read
            + self.cache_write * tokens.cache_write
        )
        return sum_ * (self.times if self.above and prompt > self.above else 1) / _MILLION


class PriceTable(StrictModel):
    """The prices of models. version: of the table. models: prices by name; a model without one costs as much as the
    most expensive.
    """

    version: str = Field(min_length=1)
    models: Mapping[str, ModelPrice] = Field(min_length=1)

    def cost(self, calls: Iterable[tuple[str, Tokens]]) -> Decimal:
        """Return the US dollars for calls, each a model's name and its usage."""
        return sum((self._one(model, tokens) for model, tokens in calls), Decimal(0))

    def upper_bound(self, model: str, prompt: int, output: int) -> Decimal:
        """Return the upper bound of a call's cost in US dollars. prompt, output: maximum tokens; the prompt may be
        written to the cache.
        """
        return max(
            self._one(model, Tokens(input=prompt, output=output)),
            self._one(model, Tokens(cache_write=prompt, output=output)),
        )

    def _one(self, model: str, tokens: Tokens) -> Decimal:
        price = self.models.get(model)
        return price.cost(tokens) if price is not None else max(price.cost(tokens) for price in self.models.values())


def load_prices(path: str = "") -> PriceTable:
    """Return the prices of a file; without one, those that come with Parley. Raises PricesInvalid."""
    file = Path(path) if path else Path(__file__).with_name("model_prices.yaml")
    try:
        return PriceTable.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        raise PricesInvalid(f"AI_PRICES: {file} is not a table of prices: {str(error).splitlines()[0]}") from None
