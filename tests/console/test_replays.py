"""Replays through the API, and the worker of the AI service that runs them."""

from decimal import Decimal

import pytest

from services.ai.vendors.failures import ModelFailed
from shared.clock import FixedClock
from shared.domain import ids
from shared.domain.model_prices import Tokens
from shared.operations.jobs.worker import JobWorker
from shared.repositories.jobs import LEASE
from shared.repositories.replay_results import ReplayResults
from shared.repositories.tombstones import Tombstones
from shared.storage.mongo import Mongo
from tests.console.ai_jobs import Crash
from tests.console.console import Console, problem
from tests.console.recorded_shop import ADA, FAST, Shop, usual
from tests.console.replay_requests import Vendor, replay, results, started
from tests.services.builders import FAQS


async def test_replay_shows_both_answers_and_changes_nothing(
    console: Console, replay_worker: JobWorker, vendor: Vendor, shop: Shop, clock: FixedClock
) -> None:
    await usual(shop)
    before = await shop.stored()
    owner = console.client("owner")
    vendor.says = {"blue cups": "Yes, we have blue cups for 4.50."}
    changes = {
        "bot": {"system_prompt": "Be short."},
        "faqs": [{**FAQS[0], "answer": "10 to 6."}, *FAQS[1:]],
    }
    id_ = await started(owner, clock, changes)
    assert (await replay(owner, id_))["state"] == "queued"
    await replay_worker.run_all()
    found = await replay(owner, id_)
    assert (found["state"], found["messages"], found["done"], found["stopped"]) == ("done", 4, 4, "")
    assert found["changed"] == ["bot.system_prompt", "faqs"]
    assert found["changes"]["bot_before"] == {"system_prompt": "Be kind."}
    asked = FAQS[0]["question"]
    assert found["changes"]["faq_changes"] == [{"question": asked, "before": FAQS[0]["answer"], "after": "10 to 6."}]
    by_question = {one["question"]: one for one in await results(owner, id_)}
    hours, cups = by_question["What are your opening hours?"], by_question["Do you have blue cups for my mother?"]
    assert (hours["then"]["text"], hours["now"]["text"], hours["difference"]) == ("9 to 5.", "10 to 6.", "meaning")
    assert (cups["then"]["origin"], cups["then"]["usd"], cups["then"]["seconds"]) == ("model", "0.02", 2.0)
    assert cups["now"]["error"] == "" or cups["now"]["refusals"], cups
    assert by_question["Where are you?"]["difference"] == "same"
    assert by_question["Where are you?"]["now"]["score"] == pytest.approx(1.0)
    returned = by_question["Can I return a broken cup to you?"]
    assert (returned["now"]["text"], returned["now"]["origin"], returned["difference"]) == (
        "Let me see.",
        "model",
        "same",
    )
    assert Decimal(returned["now"]["usd"]) > 0
    assert "Be short." in " ".join(vendor.prompts[0].system)
    summary = found["summary"]
    assert summary["then"]["origins"] == {"faq": 2, "model": 2}
    assert Decimal(summary["then"]["usd"]) == Decimal("0.05")
    assert summary["done"] == sum(summary["differences"].values()) == 4
    assert await shop.stored() == before, "a replay changes no conversation, message or customer"


async def test_context_is_what_was_said_before(
    console: Console, replay_worker: JobWorker, vendor: Vendor, shop: Shop, clock: FixedClock
) -> None:
    await usual(shop)
    owner = console.client("owner")
    id_ = await started(owner, clock, {"bot": {"smart_model": FAST}})
    await replay_worker.run_all()
    cups = next(one for one in await results(owner, id_) if "blue cups" in one["question"])
    context = (await owner.get(f"replays/{id_}/results/{cups['id']}/context")).json()["items"]
    assert [one["text"] for one in context] == ["What are your opening hours?", "9 to 5."]
    assert set(vendor.models) == {FAST}
    asked = next(prompt for prompt in vendor.prompts if "blue cups" in prompt.question)
    assert [turn.text for turn in asked.messages if "opening hours" in turn.text], "the model sees the recorded words"


async def test_model_that_is_told_nothing_new_is_not_asked_again(
    console: Console, replay_worker: JobWorker, vendor: Vendor, shop: Shop, clock: FixedClock
) -> None:
    await usual(shop)
    owner = console.client("owner")
    flow = 'flow: returns\ntriggers: {contains: [broken]}\nsteps:\n  one: "Please send a photo."\n'
    id_ = await started(owner, clock, {"flows": {"returns": flow}})
    await replay_worker.run_all()
    assert vendor.prompts == []
    first, *others = await results(owner, id_)
    assert (first["now"]["origin"], first["now"]["text"]) == ("flow", "Please send a photo.")
    assert first["difference"] == "origin"
    assert {one["difference"] for one in others} == {"same"}
    found = await replay(owner, id_)
    assert (found["differ"], found["summary"]["cheaper"], found["summary"]["asked"]) == (1, 1, 0)


async def test_crash_in_the_middle_doubles_nothing(
    console: Console, replay_worker: JobWorker, vendor: Vendor, shop: Shop, clock: FixedClock, mongo: Mongo
) -> None:
    for number in range(8):
        await shop.asked(ADA, f"Could you tell me about cup {number} please?", "ai: no", "Of course.", "0.01")
    owner = console.client("owner")
    id_ = await started(owner, clock, {"bot": {"system_prompt": "Be short."}})
    vendor.dies_at = 4
    with pytest.raises(Crash):
        await replay_worker.run_all()
    assert len(await results(owner, id_)) == 3
    assert not await replay_worker.run_next(), "its lease goes on"
    vendor.dies_at = 0
    clock.advance(LEASE.total_seconds() + 1)
    await replay_worker.run_all()
    found = await replay(owner, id_)
    assert (found["state"], found["done"], found["messages"]) == ("done", 8, 8)
    assert len({one["message"] for one in await results(owner, id_)}) == 8
    assert len(vendor.prompts) == 9, "only the call that was cut off is made again"
    spent = await mongo.collection("ai_calls").find({"outcome": "replay"})
    assert len(spent) == 8
    assert sum(Decimal(one["cost_usd"]) for one in spent) == await ReplayResults(mongo, "acme").spent(id_)


async def test_own_limit_in_money_stops_a_replay(
    console: Console, replay_worker: JobWorker, vendor: Vendor, shop: Shop, clock: FixedClock, mongo: Mongo
) -> None:
    for number in range(6):
        await shop.asked(ADA, f"Could you tell me about cup {number} please?", "ai: no", "Of course.", "0.01")
    vendor.tokens = Tokens(input=1000, output=700)
    owner = console.client("owner")
    id_ = await started(owner, clock, {"bot": {"system_prompt": "Be short."}}, max_usd="0.002")
    await replay_worker.run_all()
    found = await replay(owner, id_)
    assert (found["state"], found["stopped"], found["messages"]) == ("done", "limit", 6)
    assert 0 < found["done"] < 6
    assert await ReplayResults(mongo, "acme").spent(id_) <= Decimal("0.002")


async def test_limit_that_covers_one_call_at_a_time_makes_calls_wait(
    console: Console, replay_worker: JobWorker, vendor: Vendor, shop: Shop, clock: FixedClock
) -> None:
    for number in range(8):
        await shop.asked(
            f"+23480312345{number:02}", "Could you tell me about cups please?", "ai: no", "Of course.", "0.01"
        )
    vendor.tokens, vendor.pause = Tokens(input=10, output=1), 0.01
    owner = console.client("owner")
    id_ = await started(owner, clock, {"bot": {"system_prompt": "Be short."}}, max_usd="0.01")
    await replay_worker.run_all()
    found = await replay(owner, id_)
    assert (found["state"], found["stopped"], found["done"]) == ("done", "", 8)
    assert vendor.at_once == 1, "the limit covers the upper bound of one call"


async def test_part_of_the_days_budget_is_kept_for_customers(
    console: Console, replay_worker: JobWorker, vendor: Vendor, shop: Shop, clock: FixedClock, mongo: Mongo
) -> None:
    await mongo.collection("workspaces").update({"_id": "acme"}, {"$set": {"bot.daily_budget_usd": "0.02"}})
    await shop.asked(ADA, "Could you tell me about cups please?", "ai: no", "Of course.", "0.018")
    owner = console.client("owner")
    id_ = await started(owner, clock, {"bot": {"system_prompt": "Be short."}})
    await replay_worker.run_all()
    found = await replay(owner, id_)
    assert (found["stopped"], found["done"], vendor.prompts) == ("budget", 0, [])


async def test_answer_that_the_guard_refuses_is_named(
    console: Console, replay_worker: JobWorker, vendor: Vendor, shop: Shop, clock: FixedClock
) -> None:
    await shop.asked(ADA, "What is the price of the cup?", "ai: no", "I will ask.", "0.01")
    vendor.says = {"price": "It costs 1.23 USD at https://evil.example/cup."}
    owner = console.client("owner")
    id_ = await started(owner, clock, {"bot": {"system_prompt": "Be short."}})
    await replay_worker.run_all()
    (one,) = await results(owner, id_)
    assert one["now"]["refusals"]
    assert (one["now"]["origin"], one["difference"]) == ("system", "origin")


async def test_vendor_that_fails_is_no_difference(
    console: Console, replay_worker: JobWorker, vendor: Vendor, shop: Shop, clock: FixedClock
) -> None:
    await shop.asked(ADA, "What is the price of the cup?", "ai: no", "I will ask.", "0.01")
    vendor.says = {"price": ModelFailed("HTTP 400", retryable=False)}
    owner = console.client("owner")
    id_ = await started(owner, clock, {"bot": {"system_prompt": "Be short."}})
    await replay_worker.run_all()
    (one,) = await results(owner, id_)
    assert (one["difference"], bool(one["now"]["error"])) == ("unknown", True)
    assert (await replay(owner, id_))["differ"] == 0


async def test_erased_customer_is_in_no_result(
    console: Console, replay_worker: JobWorker, shop: Shop, clock: FixedClock, mongo: Mongo
) -> None:
    await usual(shop)
    owner = console.client("owner")
    id_ = await started(owner, clock, {"faqs": FAQS[1:], "bot": {"mode": "faq"}})
    await Tombstones(mongo, "acme").mark([ids.customer_id("acme", ADA)], clock.now())
    await replay_worker.run_all()
    assert {one["question"] for one in await results(owner, id_)} == {
        "Where are you?",
        "Can I return a broken cup to you?",
    }


async def test_cancelled_replay_keeps_its_results_and_runs_no_more(
    console: Console, replay_worker: JobWorker, vendor: Vendor, shop: Shop, clock: FixedClock
) -> None:
    await usual(shop)
    owner = console.client("owner")
    id_ = await started(owner, clock, {})
    assert (await owner.post(f"replays/{id_}/cancel")).json()["state"] == "cancelled"
    await replay_worker.run_all()
    assert vendor.prompts == []
    assert (await owner.post(f"replays/{id_}/cancel")).json()["state"] == "cancelled"
    assert (await owner.delete(f"replays/{id_}")).status_code == 204
    assert problem(await owner.get(f"replays/{id_}")) == "not-found"
