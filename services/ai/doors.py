"""The gate of a request: the breaker of each model, then the workspace's budget for the day."""

import asyncio
from decimal import Decimal

from services.ai.breakers import Breakers
from services.ai.budget import Purse
from services.ai.context import Prompt
from services.ai.gate import Ended, Shut
from services.ai.prices import Prices
from shared.telemetry import metrics

_BYTES = 2  # of text for a token, at least; English has four
_EACH = 20  # tokens around a block or a turn


def tokens_at_most(prompt: Prompt) -> int:
    """An upper bound of what a vendor will count. Pure."""
    texts = [*prompt.system, *filter(None, (prompt.about,)), *(turn.text for turn in prompt.turns)]
    return sum(len(text.encode(errors="replace")) // _BYTES + _EACH for text in texts)


class Doors:
    """Implements `Gate` for one request. max_tokens: of an answer."""

    def __init__(self, breakers: Breakers, purse: Purse, prices: Prices, prompt: Prompt, max_tokens: int) -> None:
        self._breakers = breakers
        self._purse = purse
        self._prices = prices
        self._prompt = tokens_at_most(prompt)
        self._max_tokens = max_tokens

    def most(self, model: str) -> Decimal:
        """US dollars that a call can cost at most."""
        return self._prices.most(model, self._prompt, self._max_tokens)

    async def enter(self, model: str, number: int) -> Shut | None:
        """See the port. Raises DependencyAway when neither Redis nor MongoDB can say what is left."""
        token = self._token(number)
        if shut := await self._breakers.enter(model, token):
            return shut
        if await self._purse.reserve(number, self.most(model)):
            return None
        await self._breakers.leave(model, token, None)
        metrics.BUDGET_REFUSED.labels(model).inc()
        return Shut(reason="the day's budget has no room for a call", money=True)

    async def leave(self, model: str, number: int, ended: Ended | None) -> bool:
        """See the port."""
        _, may_call = await asyncio.gather(
            self._purse.settle(number, self._cost(model, ended)),
            self._breakers.leave(model, self._token(number), ended),
        )
        return may_call

    def _cost(self, model: str, ended: Ended | None) -> Decimal:
        if ended is None:
            return Decimal(0)
        if ended.tokens is not None:
            return self._prices.cost([(model, ended.tokens)])
        return self.most(model) if ended.failure and ended.failure.unknown else Decimal(0)

    def _token(self, number: int) -> str:
        return f"{self._purse.request}:{number}"
