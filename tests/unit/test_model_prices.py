"""Costs of calls of models."""

from decimal import Decimal
from pathlib import Path

import pytest

from shared.domain.model_prices import PricesInvalid, Tokens, load_prices

HAIKU, SONNET, OPUS = "claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5"


@pytest.mark.parametrize(
    ("model", "tokens", "usd"),
    [
        (HAIKU, Tokens(input=1_000_000), "0.50"),  # above the band: five times as much
        (HAIKU, Tokens(input=100_000), "0.01"),
        (HAIKU, Tokens(input=1, cache_read=60_000, cache_write=40_000), "0.0280005"),
        (SONNET, Tokens(input=1_000, output=200, cache_read=5_000, cache_write=2_000), "0.0095"),
        (OPUS, Tokens(output=1_000_000), "20"),
        ("a-model-of-tomorrow", Tokens(output=1_000_000), "20"),
        (SONNET, Tokens(), "0"),
    ],
)
def test_cost_of_a_call(model: str, tokens: Tokens, usd: str) -> None:
    assert load_prices().cost([(model, tokens)]) == Decimal(usd)


def test_costs_of_calls_are_summed() -> None:
    one = (SONNET, Tokens(output=100_000))
    assert load_prices().cost([one, one, (HAIKU, Tokens(output=1_000_000))]) == Decimal("2.5")


def test_price_file_replaces_the_default(tmp_path: Path) -> None:
    file = tmp_path / "prices.yaml"
    file.write_text('version: mine\nmodels: {m: {input: "1", output: "2", cache_read: "0", cache_write: "0"}}\n')
    prices = load_prices(str(file))
    assert (prices.version, prices.cost([("m", Tokens(input=500_000))])) == ("mine", Decimal("0.5"))


@pytest.mark.parametrize(
    "text", ["", "models: 1", "version: x\nmodels: {}", "version: x\nmodels: {m: {input: -1}}", "{"]
)
def test_invalid_price_file_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "prices.yaml"
    file.write_text(text)
    with pytest.raises(PricesInvalid, match="AI_PRICES"):
        load_prices(str(file))
    with pytest.raises(PricesInvalid, match="AI_PRICES"):
        load_prices(str(tmp_path / "nowhere.yaml"))
