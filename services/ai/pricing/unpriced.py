"""Reports calls of models without a price: each in a metric, once per workspace in the log."""

from cachetools import LRUCache

from shared.domain.model_prices import PriceTable
from shared.telemetry import logging, metrics

log = logging.get(__name__)

_MOST = 10_000  # pairs of workspace and model that are remembered


class UnpricedModels:
    """Made once per process. `parley apply` refuses such names, but the price table may change, or they were
    allowed."""

    def __init__(self) -> None:
        self._reported: LRUCache[tuple[str, str], None] = LRUCache(maxsize=_MOST)

    def report(self, model: str, prices: PriceTable, workspace: str) -> None:
        """Report a model that is about to be called for a workspace, if it has no price."""
        if model in prices.models:
            return
        metrics.MODEL_UNPRICED.labels(model).inc()
        if (workspace, model) in self._reported:
            return
        self._reported[workspace, model] = None
        log.warning(
            "A model is not in the price table: it counts as the most expensive one. Is its name right? "
            "If its vendor does not know it either, another model answers",
            workspace_id=workspace,
            model=model,
        )
