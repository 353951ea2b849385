"""The gate of a replay's calls: the replay's own limit, then the gate of every call."""

import asyncio
from decimal import Decimal

from services.ai.gate.port import CallEnd, CallGate, CallRefused
from services.ai.gate.request_gate import RequestGate
from services.ai.pricing.estimate import max_input_tokens
from services.ai.prompt.prompt import Prompt
from services.ai.replays.money import ReplayMoney
from shared.domain.model_prices import PriceTable

_NO_MONEY = CallRefused(reason="the replay's limit does not cover the call")
_GUARD = "guard: "
_FIRST = 1  # the number of an answer's first call


class ReplayGate:
    """Implements `CallGate` for one answer. name: of the answer. refusals: why the guard refused an attempt. usd: what
    the calls cost. over_limit: a call was not made because the replay's limit does not cover it.
    """

    def __init__(self, inner: CallGate, money: ReplayMoney, prices: PriceTable, max_tokens: int, name: str) -> None:
        self.inner = inner
        self._money = money
        self._prices = prices
        self._max_tokens = max_tokens
        self._name = name
        self._most: dict[int, Decimal] = {}
        self.refusals: list[str] = []
        self.usd = Decimal(0)
        self.over_limit = False
        self._waited = 0.0

    @property
    def waited(self) -> float:
        """See the port. Other calls of the replay may have to end first, and a customer would not wait for them."""
        return self._waited

    async def prepare(self, model: str, prompt: Prompt) -> None:
        """Reserve money for the first call, before the answer's time begins."""
        await self._hold(_FIRST, self._upper_bound(model, prompt))

    async def enter(self, model: str, number: int, prompt: Prompt) -> CallRefused | None:
        """See the port."""
        most = self._upper_bound(model, prompt)
        if not await self._hold(number, most):
            self.over_limit = True
            return _NO_MONEY
        self._most[number] = most
        refused: CallRefused | None = None
        try:
            refused = await self.inner.enter(model, number, prompt)
        except BaseException:
            self._money.release(self._call(number))
            raise
        if refused:
            self._money.release(self._call(number))
        return refused

    async def leave(self, model: str, number: int, ended: CallEnd | None) -> bool:
        """See the port."""
        self._settle(model, number, ended)
        if ended is not None and ended.failure is not None and ended.failure.reason.startswith(_GUARD):
            self.refusals.append(ended.failure.reason.removeprefix(_GUARD))
        return await self.inner.leave(model, number, ended)

    def note_answer(self, model: str, number: int, ended: CallEnd) -> None:
        """See the port."""
        self._settle(model, number, ended)
        self.inner.note_answer(model, number, ended)

    def close(self) -> None:
        """Give back what was reserved for a call that was never tried: no model was there, or none had time."""
        self._money.release(self._call(_FIRST))

    def discard(self) -> None:
        """Drop the calls of an answer that was cut off, as a request does."""
        if isinstance(self.inner, RequestGate):
            self.inner.request_budget.discard()

    async def _hold(self, number: int, most: Decimal) -> bool:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            return await self._money.hold(self._call(number), most)
        finally:
            self._waited += loop.time() - began

    def _settle(self, model: str, number: int, ended: CallEnd | None) -> None:
        cost = Decimal(0)
        if ended is not None and ended.tokens is not None:
            cost = self._prices.cost([(model, ended.tokens)])
        elif ended is not None and ended.failure is not None and ended.failure.unknown:
            cost = self._most.get(number, Decimal(0))
        self.usd += cost
        self._money.settle(self._call(number), cost)

    def _upper_bound(self, model: str, prompt: Prompt) -> Decimal:
        return self._prices.upper_bound(model, max_input_tokens(prompt), self._max_tokens)

    def _call(self, number: int) -> str:
        return f"{self._name}:{number}"
