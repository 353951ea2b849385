"""Fallback models of other vendors, circuit breakers, budgets, and the choice of a model, through all services.

The tests have their own stack, because failing models affect all workspaces of a stack.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import pytest

from devtools.stack.supervisor import Stack
from shared.maintenance.operator import Operator
from shared.operations.trace.hops import hops
from tests.e2e.shop import APOLOGY, TIMINGS, PrivateData, Shop, phone, word
from tests.e2e.stacks import CurrentStack, started
from tests.e2e.waiting import in_thread, until
from tests.e2e.world import World

HAIKU, SONNET, FALLBACK = "claude-haiku-5-5", "claude-sonnet-5-5", "anthropic/claude-haiku-5.5"
DEADLINE = float(TIMINGS["AI_DEADLINE"])
DOWN = {"kind": "status", "status": 503}
BUDGET_SPENT_ERROR = "the day's budget does not cover the call"


@pytest.fixture(scope="module")
def stack(
    current_stack: CurrentStack, tmp_path_factory: pytest.TempPathFactory, private: PrivateData
) -> Iterator[Stack]:
    env = {"AI_BREAKER_CALLS": "12", "AI_BREAKER_SECONDS": "2"}
    current_stack.close()
    with started(tmp_path_factory.mktemp("models"), private, env) as stack:
        yield stack


async def _shop(world: World, **bot: Any) -> Shop:
    return await world.shop(fallback_models=[FALLBACK], **bot)


async def _ask(world: World, shop: Shop, text: str = "") -> tuple[str, dict[str, Any]]:
    """Ask a new customer's question; return the answer and the stored record of its model calls."""
    ada, text = phone(), text or f"remark {word()}"
    await world.write(shop, ada, text)
    (answer,) = await world.answers(ada)
    return answer["text"], await world.model_call(shop, shop.meta_conversation(ada))


@asynccontextmanager
async def _vendors_down(world: World, *providers: str) -> AsyncIterator[None]:
    """Make vendors fail until the end of the block; then wait until all models answer again."""
    rules = [await world.script(provider, DOWN, times=None) for provider in providers]
    try:
        yield
    finally:
        for rule in rules:
            await world.unscript(rule)
        shops = {model: await world.shop(fast_model=model, smart_model=model) for model in (HAIKU, SONNET, FALLBACK)}
        for shop in shops.values():
            await until(lambda shop=shop: _is_answered(world, shop), "the model answers again")  # type: ignore[misc]  # a default binds


async def _is_answered(world: World, shop: Shop) -> bool:
    return str((await _ask(world, shop))[1]["outcome"]) == "answered"


async def test_fallback_model_of_another_vendor_answers_when_the_first_vendor_fails(world: World) -> None:
    shop, marker = await _shop(world), word()
    await world.script("anthropic", DOWN, times=None, text_contains=marker)
    text, call = await _ask(world, shop, f"remark {marker}")
    assert marker in text
    assert (call["model"], call["attempts"], call["routing"]["model"]) == (FALLBACK, 3, HAIKU)
    assert [record["model"] for record in await world.calls(marker)] == [HAIKU, SONNET, FALLBACK]
    assert Decimal(call["cost_usd"]) > 0


async def test_trace_shows_which_model_was_chosen_and_why(world: World) -> None:
    shop = await _shop(world)
    _, easy = await _ask(world, shop, f"remark {word()}")
    _, hard = await _ask(world, shop, f"my coaster {word()} came broken, this is unacceptable!!")
    assert (easy["model"], easy["routing"]["choice"], easy["routing"]["reasons"]) == (HAIKU, "fast", ["short question"])
    assert (hard["model"], hard["routing"]["choice"], hard["routing"]["reasons"]) == (SONNET, "smart", ["complaint"])
    assert Decimal(easy["routing"]["other_usd"]) > Decimal(easy["cost_usd"]) > 0
    assert Decimal(hard["cost_usd"]) > Decimal(hard["routing"]["other_usd"]) > 0
    trace = [hop.what for hop in hops(await Operator(world.mongo).exchange(hard["correlation_id"]))]
    choice = f"chose smart, {SONNET}: complaint; {HAIKU} would have cost USD {hard['routing']['other_usd']}"
    assert choice in trace, trace


async def test_prompt_part_shared_by_all_customers_is_read_from_the_vendors_cache(world: World) -> None:
    """The simulated vendor charges one cache write, then cheaper reads, also for other customers."""
    about = " ".join(f"Coaster number {number} is made of oak and costs USD 9." for number in range(200))
    shop = await _shop(world, system_prompt=f"{word()}: {about}")
    calls = [(await _ask(world, shop))[1] for _ in range(3)]
    assert [call["model"] for call in calls] == [HAIKU] * 3
    written, *read = [(call["cache_write_tokens"], call["cache_read_tokens"]) for call in calls]
    assert written[0] > 1000
    assert written[1] == 0
    assert read == [(0, written[0])] * 2
    costs = [Decimal(call["cost_usd"]) for call in calls]
    assert max(costs[1:]) < costs[0] / 3


async def test_open_breakers_make_apologies_immediate_when_all_models_fail(world: World) -> None:
    """No model is called while its breaker is open; one probe closes it for all when the model is back."""
    shop = await _shop(world)
    async with _vendors_down(world, "anthropic", "openrouter"):
        answers = await asyncio.gather(*(_ask(world, shop) for _ in range(14)))
        assert {text for text, _ in answers} == {APOLOGY}
        await until(lambda: _all_breakers_open(world), "all breakers are open")
        marker = word()
        late = await asyncio.gather(*(_ask(world, shop, f"remark {marker}") for _ in range(12)))
        assert {text for text, _ in late} == {APOLOGY}
        assert len(await world.calls(marker)) <= 3, "at most one probe per model"
        at_once = [call for _, call in late if call["attempts"] == 0]
        assert len(at_once) >= 9
        assert all("breaker open" in call["error"] for call in at_once)
        waits = sorted((call["finished_at"] - call["started_at"]).total_seconds() for call in at_once)
        assert waits[-1] < DEADLINE / 2, "they did not wait for a model"
    assert await world.metric("ai", r"parley_model_breaker_opened_total\{.*reason=\"bad\"") >= 3


async def _all_breakers_open(world: World) -> bool:
    lines = [
        await world.metric("ai", rf"parley_model_breaker_state\{{model=\"{model}\"")
        for model in (HAIKU, SONNET, FALLBACK)
    ]
    return all(state >= 1 for state in lines)


async def test_refused_vendor_key_opens_the_breaker_at_once(world: World) -> None:
    shop, marker = await _shop(world), word()
    await world.script("openrouter", {"kind": "error", "status": 402}, times=1, text_contains=marker)
    await world.script("anthropic", {"kind": "error", "status": 400}, times=None, text_contains=marker)
    first, call = await _ask(world, shop, f"remark {marker}")
    assert (first, call["attempts"]) == (APOLOGY, 3)
    again, call = await _ask(world, shop, f"remark {marker} again")
    assert (again, call["attempts"]) == (APOLOGY, 2)
    assert f"{FALLBACK}: breaker open" in call["error"]
    await world.redis.delete(f"parley:ai:breaker:openrouter:{FALLBACK}")
    assert (await _ask(world, shop))[1]["outcome"] == "answered", "a refused key affects only its vendor"


async def test_daily_budget_is_never_exceeded_and_reported_once(world: World) -> None:
    budget = Decimal("0.002")
    shop = await _shop(world, daily_budget_usd=str(budget), smart_model=HAIKU)
    answers = await asyncio.gather(*(_ask(world, shop) for _ in range(100)))  # sixty calls spend the budget
    spent = sum(Decimal(call["cost_usd"]) for _, call in answers)
    answered = [call for text, call in answers if text != APOLOGY]
    refused = [call for text, call in answers if text == APOLOGY]
    assert answered
    assert refused
    assert 0 < spent <= budget
    assert {call["attempts"] for call in refused} == {0}
    assert all(BUDGET_SPENT_ERROR in call["error"] for call in refused)
    workspace_id = f'"{shop.workspace}"'.encode()
    events = await world.topic(
        "conversation.events", lambda record: b'"budget.spent"' in record.value and workspace_id in record.value
    )
    assert len(events) == 1
    assert await world.metric("ai", rf'parley_budgets_spent_total\{{workspace="{shop.workspace}"') == 1
    await world.redis._driver.flushdb()
    text, call = await _ask(world, shop)
    assert (text == APOLOGY) or spent + Decimal(call["cost_usd"]) <= budget
    async with _without_redis(world):
        text, call = await _ask(world, shop)
        assert (text == APOLOGY) or Decimal(call["cost_usd"]) <= budget
    total = sum(Decimal(call["cost_usd"]) for call in await world.stored(shop, "ai_calls").find({}))
    assert total <= budget, "the budget holds after Redis was emptied, and without Redis"


@asynccontextmanager
async def _without_redis(world: World) -> AsyncIterator[None]:
    await in_thread(world.stack.kill, "redis")
    try:
        yield
    finally:
        await in_thread(world.stack.restart, "redis")
        await world.wait_ready("ai")


async def test_budget_of_zero_leads_to_an_apology_and_an_agent(world: World) -> None:
    shop = await _shop(world, daily_budget_usd=0)
    text, call = await _ask(world, shop)
    assert (text, call["attempts"], call["cost_usd"]) == (APOLOGY, 0, "0")
    await until(lambda: _handed_off(world, shop, call["conversation_id"]), "the conversation is handed off")


async def _handed_off(world: World, shop: Shop, conversation: str) -> bool:
    return await world.mode(shop, conversation) == "human"


async def test_customers_get_one_apology_without_redis_and_models(world: World) -> None:
    shop = await _shop(world)
    async with _vendors_down(world, "anthropic", "openrouter"), _without_redis(world):
        answers = await asyncio.gather(*(_ask(world, shop) for _ in range(14)))
        assert {text for text, _ in answers} == {APOLOGY}
        await until(lambda: _all_breakers_open(world), "this replica's own breakers are open")
        assert (await _ask(world, shop))[0] == APOLOGY
