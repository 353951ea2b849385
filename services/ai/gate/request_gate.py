"""The gate of a request: the breaker of each model, then the workspace's budget for the day.

With Redis, everything before a call is one round trip, with the request's claim before the first one; and everything
after the call that gave the answer is one, with the answer itself (`call_scripts`).
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import msgspec

from services.ai.gate import call_scripts
from services.ai.gate.call_scripts import AlreadyAnswered, ClaimedElsewhere, RequestClaim
from services.ai.gate.model_breakers import ModelBreakers
from services.ai.gate.port import CallEnd, CallRefused
from services.ai.gate.redis_breaker import read_reply
from services.ai.gate.request_budget import RequestBudget
from services.ai.pricing.estimate import max_input_tokens
from services.ai.pricing.unpriced import UnpricedModels
from services.ai.prompt.prompt import Prompt
from shared.domain.model_prices import PriceTable
from shared.repositories.ai_calls import AiCall
from shared.storage.redis import Redis
from shared.telemetry import metrics

_NO_ROOM = CallRefused(reason="the day's budget does not cover the call", day_budget=True)
_NO_SHARE = CallRefused(reason="the customer's share of the day's budget does not cover the call", customer_share=True)


@dataclass(frozen=True, slots=True)
class ModelByBudget:
    """A model for the first call. left: the least share of the day's budget left with which it is chosen."""

    left: float
    model: str


class RequestGate:
    """Implements `CallGate` for one request. max_tokens: of an answer. unknown_usd: the upper bound of what calls cost
    that broke off without a usage. claim: on the request, made before the first call; None: without, and no answer is
    kept in Redis. without_claim: the answer is made without one, because another replica holds it too long or Redis is
    away.
    """

    waited = 0.0

    def __init__(
        self,
        redis: Redis,
        breakers: ModelBreakers,
        request_budget: RequestBudget,
        prices: PriceTable,
        max_tokens: int,
        unpriced: UnpricedModels | None = None,
        claim: RequestClaim | None = None,
        *,
        without_claim: bool = False,
    ) -> None:
        self._redis = redis
        self._breakers = breakers
        self._request_budget = request_budget
        self._prices = prices
        self._unpriced = unpriced
        self._max_tokens = max_tokens
        self._claim = claim
        self._skip_claim = without_claim or claim is None
        self._most: dict[int, Decimal] = {}  # upper bound of the cost of each call in US dollars, by its number
        self._opened: tuple[str, CallRefused | None] | None = None  # the result of `open`, for the first call
        self._answered: tuple[str, int, CallEnd] | None = None  # the call whose end is not recorded yet
        self.unknown_usd = Decimal(0)

    @property
    def request_budget(self) -> RequestBudget:
        """The budget of the request."""
        return self._request_budget

    async def open(self, choices: Sequence[ModelByBudget], prompt: Prompt) -> int:
        """Choose the model of the first call by what is left of the budget, and let it enter; return its index.

        choices: the last one needs no budget. Raises what `enter` raises.
        """
        number, result = await self._enter(choices, 1, prompt)
        self._opened = choices[number].model, result
        return number

    async def enter(self, model: str, number: int, prompt: Prompt) -> CallRefused | None:
        """See the port. Raises AlreadyAnswered and ClaimedElsewhere before the first call, and DependencyAway when
        neither Redis nor MongoDB knows what is left of the budget.
        """
        opened, self._opened = self._opened, None
        if opened is None or opened[0] != model:
            opened = model, (await self._enter((ModelByBudget(0.0, model),), number, prompt))[1]
        return opened[1]

    async def _enter(
        self, choices: Sequence[ModelByBudget], number: int, prompt: Prompt
    ) -> tuple[int, CallRefused | None]:
        """Let a call enter; return the index of the chosen model, and the refusal if there is one."""
        tokens = max_input_tokens(prompt)
        most = [self._prices.upper_bound(choice.model, tokens, self._max_tokens) for choice in choices]
        reply = await self._enter_in_redis(choices, number, most)
        chosen = reply.choice if reply is not None else await self._choice_without_redis(choices)
        model, self._most[number] = choices[chosen].model, most[chosen]
        if reply is None:
            refused = await self._breakers.enter(model, self._token(number))
        else:
            refused = self._breakers.note_admitted(model, read_reply(reply.state, reply.wait, reply.changed))
        if refused:
            return chosen, refused
        if self._unpriced is not None:
            self._unpriced.report(model, self._prices, self._request_budget.day.workspace)
        if await self._request_budget.note_reserved(number, most[chosen], reply.done if reply is not None else None):
            return chosen, None
        if reply is None:
            await self._breakers.leave(model, self._token(number), None)
        metrics.BUDGET_REFUSED.labels(model).inc()
        return chosen, _NO_SHARE if self._request_budget.over_share else _NO_ROOM

    async def _enter_in_redis(
        self, choices: Sequence[ModelByBudget], number: int, most: Sequence[Decimal]
    ) -> call_scripts.EnterReply | None:
        """Run `enter.lua`; None: Redis is away. Raises AlreadyAnswered, ClaimedElsewhere."""
        claim = None if self._skip_claim else self._claim
        steps = [self._breakers.admit_step(choice.model, self._token(number)) for choice in choices]
        asked = call_scripts.EnterArguments(
            look=self._request_budget.step("look", number, Decimal(0)),
            choices=tuple(
                call_scripts.ChoiceStep(choice.left, step.arguments, self._request_budget.step("reserve", number, usd))
                for choice, step, usd in zip(choices, steps, most, strict=True)
            ),
            claim=(claim.holder, claim.lease) if claim else None,
        )
        keys = [*self._keys(), *(step.key for step in steps)]
        given = (msgspec.json.encode(asked),)
        found = await self._request_budget.budget.run(
            self._request_budget.day,
            self._request_budget.name(number),
            lambda: self._redis.run_script(call_scripts.ENTER, keys, given),
        )
        if found is None:
            self._breakers.pause_redis()
            return None
        reply = call_scripts.EnterReply.read(found)
        if reply.done == call_scripts.ANSWERED:
            raise AlreadyAnswered(call_scripts.decode_answer(reply.kept))
        if reply.done == call_scripts.CLAIMED:
            raise ClaimedElsewhere
        self._skip_claim = True  # made before the first call only
        return reply

    async def _choice_without_redis(self, choices: Sequence[ModelByBudget]) -> int:
        if len(choices) == 1:
            return 0
        left = await self._request_budget.budget.left(self._request_budget.day)
        return next((number for number, choice in enumerate(choices) if left >= choice.left), len(choices) - 1)

    async def leave(self, model: str, number: int, ended: CallEnd | None) -> bool:
        """See the port."""
        _, may_call = await asyncio.gather(
            self._request_budget.settle(number, self._count(model, number, ended)),
            self._breakers.leave(model, self._token(number), ended),
        )
        return may_call

    def note_answer(self, model: str, number: int, ended: CallEnd) -> None:
        """See the port; `finish` or `flush` records it."""
        self._answered = model, number, ended

    async def flush(self) -> None:
        """Record the end of the call that gave an answer, where no answer is stored."""
        if self._answered is not None:
            (model, number, ended), self._answered = self._answered, None
            await self.leave(model, number, ended)

    async def finish(self, call: AiCall) -> tuple[AiCall, bool]:
        """Keep the answer in Redis, unless another one is kept, together with the end of its call and of the claim.

        Return the answer that counts, and whether Redis has it.
        """
        if self._claim is None:
            await self.flush()
            return call, False
        answered, self._answered = self._answered, None
        model, number, ended = answered or ("", 0, None)
        cost = self._count(model, number, ended)
        evidence = await self._breakers.record_own(model, self._token(number), ended) if answered else None
        step = self._breakers.record_step(evidence) if evidence else None
        asked = call_scripts.FinishArguments(
            holder=self._claim.holder,
            keep=self._claim.keep_for,
            settle=self._request_budget.step("settle", number, cost) if answered else None,
            breaker=step.arguments if step else None,
        )
        keys, answer = [*self._keys(), step.key if step else "-"], call_scripts.encode_answer(call)
        given = (msgspec.json.encode(asked), answer)
        found = await self._request_budget.budget.run_settling(
            self._request_budget.day,
            self._request_budget.name(number),
            lambda: self._redis.run_script(call_scripts.FINISH, keys, given),
        )
        if evidence is not None:
            self._request_budget.note_settled(number, cost, written=found is not None)
            self._breakers.note_ended(evidence, read_reply(*found[3:6]) if found is not None else None)
        other = found[6] if found is not None else b""
        kept = call_scripts.decode_answer(other) if other and other != answer else call
        return kept, found is not None

    def _keys(self) -> tuple[str, str, str, str]:
        claim = self._claim
        return (
            *((claim.key, claim.answer_key) if claim else ("-", "-")),
            *self._request_budget.budget.keys(self._request_budget.day),
        )

    def _count(self, model: str, number: int, ended: CallEnd | None) -> Decimal:
        """Return what a call cost; add it to `unknown_usd` if it has no usage."""
        if ended is None:
            return Decimal(0)
        if ended.tokens is not None:
            return self._prices.cost([(model, ended.tokens)])
        cost = self._most[number] if ended.failure and ended.failure.unknown else Decimal(0)
        self.unknown_usd += cost
        return cost

    def _token(self, number: int) -> str:
        return f"{self._request_budget.request}:{number}"
