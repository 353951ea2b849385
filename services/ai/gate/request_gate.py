"""The gate of a request: the breaker of each model, then the workspace's budget for the day."""

import asyncio
from decimal import Decimal

from services.ai.gate.model_breakers import ModelBreakers
from services.ai.gate.port import CallEnd, CallRefused
from services.ai.gate.request_budget import RequestBudget
from services.ai.pricing.estimate import max_input_tokens
from services.ai.pricing.prices import PriceTable
from services.ai.pricing.unpriced import UnpricedModels
from services.ai.prompt.prompt import Prompt
from shared.telemetry import metrics


class RequestGate:
    """Implements `CallGate` for one request. max_tokens: of an answer. unknown_usd: the upper bound of what calls cost
    that broke off without a usage.
    """

    def __init__(
        self,
        breakers: ModelBreakers,
        request_budget: RequestBudget,
        prices: PriceTable,
        max_tokens: int,
        unpriced: UnpricedModels | None = None,
    ) -> None:
        self._breakers = breakers
        self._purse = request_budget
        self._prices = prices
        self._unpriced = unpriced
        self._max_tokens = max_tokens
        self._most: dict[int, Decimal] = {}  # upper bound of the cost of each call in US dollars, by its number
        self.unknown_usd = Decimal(0)

    async def enter(self, model: str, number: int, prompt: Prompt) -> CallRefused | None:
        """See the port. Raises DependencyAway when neither Redis nor MongoDB knows what is left of the budget."""
        token = self._token(number)
        if refused := await self._breakers.enter(model, token):
            return refused
        if self._unpriced is not None:
            self._unpriced.report(model, self._prices, self._purse.day.workspace)
        self._most[number] = self._prices.upper_bound(model, max_input_tokens(prompt), self._max_tokens)
        if await self._purse.reserve(number, self._most[number]):
            return None
        await self._breakers.leave(model, token, None)
        metrics.BUDGET_REFUSED.labels(model).inc()
        if self._purse.over_share:
            return CallRefused(
                reason="the customer's share of the day's budget does not cover the call", customer_share=True
            )
        return CallRefused(reason="the day's budget does not cover the call", day_budget=True)

    async def leave(self, model: str, number: int, ended: CallEnd | None) -> bool:
        """See the port."""
        cost = self._cost(model, number, ended)
        if ended is not None and ended.tokens is None:
            self.unknown_usd += cost
        _, may_call = await asyncio.gather(
            self._purse.settle(number, cost),
            self._breakers.leave(model, self._token(number), ended),
        )
        return may_call

    def _cost(self, model: str, number: int, ended: CallEnd | None) -> Decimal:
        if ended is None:
            return Decimal(0)
        if ended.tokens is not None:
            return self._prices.cost([(model, ended.tokens)])
        return self._most[number] if ended.failure and ended.failure.unknown else Decimal(0)

    def _token(self, number: int) -> str:
        return f"{self._purse.request}:{number}"
