"""Calls of models without a price: logged once, counted each time."""

import pytest

from services.ai.pricing import unpriced
from services.ai.pricing.unpriced import UnpricedModels
from shared.domain.model_prices import load_prices
from shared.telemetry import metrics


def test_each_call_is_counted_and_logged_once_per_workspace(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[tuple[str, str]] = []
    monkeypatch.setattr(unpriced.log, "warning", lambda _, workspace_id, model: said.append((workspace_id, model)))
    counter = metrics.MODEL_UNPRICED.labels("claude-haiku-5.5")
    before, prices, reporter = counter._value.get(), load_prices(), UnpricedModels()
    for workspace in ("acme", "acme", "bob"):
        reporter.report("claude-haiku-5.5", prices, workspace)
        reporter.report("claude-haiku-5-5", prices, workspace)
    assert counter._value.get() - before == 3
    assert said == [("acme", "claude-haiku-5.5"), ("bob", "claude-haiku-5.5")]
