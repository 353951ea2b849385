"""Replays through the API, and the worker of the AI service that runs them."""

import asyncio
import csv
import io
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from services.ai.answerer import AnswerOptions
from services.ai.prompt.prompt import Prompt
from services.ai.replays.job import ReplayRunner
from services.ai.vendors.failures import ModelFailed
from services.ai.vendors.port import ModelAnswer
from services.console.parts import Parts
from shared.clock import FixedClock
from shared.domain import ids
from shared.domain.jobs import JobLane
from shared.domain.model_prices import Tokens
from shared.operations.jobs.worker import JobWorker
from shared.repositories.erasure_guard import ErasureGuard
from shared.repositories.jobs import LEASE
from shared.repositories.replay_results import ReplayResults
from shared.repositories.tombstones import Tombstones
from shared.repositories.workspaces import Workspaces
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from tests.console.ai_jobs import PRICES, Crash, job_models
from tests.console.console import Client, Console, problem
from tests.console.recorded_shop import ADA, BO, FAST, Shop, open_shop, usual
from tests.services.builders import FAQS


class Vendor:
    """Implements `LanguageModel`. says: by a part of the question. dies_at: the call in which the process ends. pause:
    seconds that a call takes. at_once: the most calls that were under way.
    """

    def __init__(self) -> None:
        self.prompts: list[Prompt] = []
        self.models: list[str] = []
        self.says: dict[str, str | ModelFailed] = {}
        self.dies_at = 0
        self.pause = 0.0
        self.at_once = 0
        self._under_way = 0
        self.tokens = Tokens(input=1000, output=100)

    async def answer(self, prompt: Prompt, *, model: str, max_tokens: int, timeout: float) -> ModelAnswer:
        self.prompts.append(prompt)
        self.models.append(model)
        if len(self.prompts) == self.dies_at:
            raise Crash
        self._under_way += 1
        self.at_once = max(self.at_once, self._under_way)
        await asyncio.sleep(self.pause)
        self._under_way -= 1
        for part, said in self.says.items():
            if part in prompt.question:
                if isinstance(said, ModelFailed):
                    raise said
                return ModelAnswer(text=said, model=model, tokens=self.tokens)
        return ModelAnswer(text="Let me see.", model=model, tokens=self.tokens)


@pytest.fixture
async def shop(mongo: Mongo, clock: FixedClock) -> Shop:
    """A workspace with an FAQ."""
    return await open_shop(mongo, clock)


@pytest.fixture
def vendor() -> Vendor:
    return Vendor()


@pytest.fixture
def worker(parts: Parts, redis: Redis, clock: FixedClock, vendor: Vendor) -> JobWorker:
    """The worker of an AI process."""
    models = job_models(parts, redis, clock, vendor)
    options = AnswerOptions(deadline=10, max_tokens=700, prices=PRICES)
    replays = ReplayRunner(models=models, options=options, erasures=ErasureGuard(parts.mongo, clock))
    return JobWorker(parts.mongo, Workspaces(parts.mongo, clock), clock, JobLane.REPLAYS, replays.run)


def body(clock: FixedClock, **more: Any) -> dict[str, Any]:
    since, until = clock.now() - timedelta(days=1), clock.now()
    return {"name": "Try", "since": since.isoformat(), "until": until.isoformat(), "max_usd": "1", **more}


async def started(client: Client, clock: FixedClock, changes: dict[str, Any], **more: Any) -> str:
    response = await client.post("replays", body(clock, changes=changes, **more))
    assert response.status_code == 202, response.text
    assert response.headers["location"].endswith(f"/replays/{response.json()['id']}")
    return str(response.json()["id"])


async def replay(client: Client, id_: str) -> Any:
    response = await client.get(f"replays/{id_}")
    assert response.status_code == 200, response.text
    return response.json()


async def results(client: Client, id_: str, query: str = "") -> list[Any]:
    response = await client.get(f"replays/{id_}/results{query}")
    assert response.status_code == 200, response.text
    return list(response.json()["items"])


async def test_replay_shows_both_answers_and_changes_nothing(
    console: Console, worker: JobWorker, vendor: Vendor, shop: Shop, clock: FixedClock
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
    await worker.run_all()
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
    console: Console, worker: JobWorker, vendor: Vendor, shop: Shop, clock: FixedClock
) -> None:
    await usual(shop)
    owner = console.client("owner")
    id_ = await started(owner, clock, {"bot": {"smart_model": FAST}})
    await worker.run_all()
    cups = next(one for one in await results(owner, id_) if "blue cups" in one["question"])
    context = (await owner.get(f"replays/{id_}/results/{cups['id']}/context")).json()["items"]
    assert [one["text"] for one in context] == ["What are your opening hours?", "9 to 5."]
    assert set(vendor.models) == {FAST}
    asked = next(prompt for prompt in vendor.prompts if "blue cups" in prompt.question)
    assert [turn.text for turn in asked.messages if "opening hours" in turn.text], "the model sees the recorded words"


async def test_model_that_is_told_nothing_new_is_not_asked_again(
    console: Console, worker: JobWorker, vendor: Vendor, shop: Shop, clock: FixedClock
) -> None:
    await usual(shop)
    owner = console.client("owner")
    flow = 'flow: returns\ntriggers: {contains: [broken]}\nsteps:\n  one: "Please send a photo."\n'
    id_ = await started(owner, clock, {"flows": {"returns": flow}})
    await worker.run_all()
    assert vendor.prompts == []
    first, *others = await results(owner, id_)
    assert (first["now"]["origin"], first["now"]["text"]) == ("flow", "Please send a photo.")
    assert first["difference"] == "origin"
    assert {one["difference"] for one in others} == {"same"}
    found = await replay(owner, id_)
    assert (found["differ"], found["summary"]["cheaper"], found["summary"]["asked"]) == (1, 1, 0)


async def test_crash_in_the_middle_doubles_nothing(
    console: Console, worker: JobWorker, vendor: Vendor, shop: Shop, clock: FixedClock, mongo: Mongo
) -> None:
    for number in range(8):
        await shop.asked(ADA, f"Could you tell me about cup {number} please?", "ai: no", "Of course.", "0.01")
    owner = console.client("owner")
    id_ = await started(owner, clock, {"bot": {"system_prompt": "Be short."}})
    vendor.dies_at = 4
    with pytest.raises(Crash):
        await worker.run_all()
    assert len(await results(owner, id_)) == 3
    assert not await worker.run_next(), "its lease goes on"
    vendor.dies_at = 0
    clock.advance(LEASE.total_seconds() + 1)
    await worker.run_all()
    found = await replay(owner, id_)
    assert (found["state"], found["done"], found["messages"]) == ("done", 8, 8)
    assert len({one["message"] for one in await results(owner, id_)}) == 8
    assert len(vendor.prompts) == 9, "only the call that was cut off is made again"
    spent = await mongo.collection("ai_calls").find({"outcome": "replay"})
    assert len(spent) == 8
    assert sum(Decimal(one["cost_usd"]) for one in spent) == await ReplayResults(mongo, "acme").spent(id_)


async def test_own_limit_in_money_stops_a_replay(
    console: Console, worker: JobWorker, vendor: Vendor, shop: Shop, clock: FixedClock, mongo: Mongo
) -> None:
    for number in range(6):
        await shop.asked(ADA, f"Could you tell me about cup {number} please?", "ai: no", "Of course.", "0.01")
    vendor.tokens = Tokens(input=1000, output=700)
    owner = console.client("owner")
    id_ = await started(owner, clock, {"bot": {"system_prompt": "Be short."}}, max_usd="0.002")
    await worker.run_all()
    found = await replay(owner, id_)
    assert (found["state"], found["stopped"], found["messages"]) == ("done", "limit", 6)
    assert 0 < found["done"] < 6
    assert await ReplayResults(mongo, "acme").spent(id_) <= Decimal("0.002")


async def test_limit_that_covers_one_call_at_a_time_makes_calls_wait(
    console: Console, worker: JobWorker, vendor: Vendor, shop: Shop, clock: FixedClock
) -> None:
    for number in range(8):
        await shop.asked(
            f"+23480312345{number:02}", "Could you tell me about cups please?", "ai: no", "Of course.", "0.01"
        )
    vendor.tokens, vendor.pause = Tokens(input=10, output=1), 0.01
    owner = console.client("owner")
    id_ = await started(owner, clock, {"bot": {"system_prompt": "Be short."}}, max_usd="0.01")
    await worker.run_all()
    found = await replay(owner, id_)
    assert (found["state"], found["stopped"], found["done"]) == ("done", "", 8)
    assert vendor.at_once == 1, "the limit covers the upper bound of one call"


async def test_part_of_the_days_budget_is_kept_for_customers(
    console: Console, worker: JobWorker, vendor: Vendor, shop: Shop, clock: FixedClock, mongo: Mongo
) -> None:
    await mongo.collection("workspaces").update({"_id": "acme"}, {"$set": {"bot.daily_budget_usd": "0.02"}})
    await shop.asked(ADA, "Could you tell me about cups please?", "ai: no", "Of course.", "0.018")
    owner = console.client("owner")
    id_ = await started(owner, clock, {"bot": {"system_prompt": "Be short."}})
    await worker.run_all()
    found = await replay(owner, id_)
    assert (found["stopped"], found["done"], vendor.prompts) == ("budget", 0, [])


async def test_answer_that_the_guard_refuses_is_named(
    console: Console, worker: JobWorker, vendor: Vendor, shop: Shop, clock: FixedClock
) -> None:
    await shop.asked(ADA, "What is the price of the cup?", "ai: no", "I will ask.", "0.01")
    vendor.says = {"price": "It costs 1.23 USD at https://evil.example/cup."}
    owner = console.client("owner")
    id_ = await started(owner, clock, {"bot": {"system_prompt": "Be short."}})
    await worker.run_all()
    (one,) = await results(owner, id_)
    assert one["now"]["refusals"]
    assert (one["now"]["origin"], one["difference"]) == ("system", "origin")


async def test_vendor_that_fails_is_no_difference(
    console: Console, worker: JobWorker, vendor: Vendor, shop: Shop, clock: FixedClock
) -> None:
    await shop.asked(ADA, "What is the price of the cup?", "ai: no", "I will ask.", "0.01")
    vendor.says = {"price": ModelFailed("HTTP 400", retryable=False)}
    owner = console.client("owner")
    id_ = await started(owner, clock, {"bot": {"system_prompt": "Be short."}})
    await worker.run_all()
    (one,) = await results(owner, id_)
    assert (one["difference"], bool(one["now"]["error"])) == ("unknown", True)
    assert (await replay(owner, id_))["differ"] == 0


async def test_erased_customer_is_in_no_result(
    console: Console, worker: JobWorker, shop: Shop, clock: FixedClock, mongo: Mongo
) -> None:
    await usual(shop)
    owner = console.client("owner")
    id_ = await started(owner, clock, {"faqs": FAQS[1:], "bot": {"mode": "faq"}})
    await Tombstones(mongo, "acme").mark([ids.customer_id("acme", ADA)], clock.now())
    await worker.run_all()
    assert {one["question"] for one in await results(owner, id_)} == {
        "Where are you?",
        "Can I return a broken cup to you?",
    }


async def test_cancelled_replay_keeps_its_results_and_runs_no_more(
    console: Console, worker: JobWorker, vendor: Vendor, shop: Shop, clock: FixedClock
) -> None:
    await usual(shop)
    owner = console.client("owner")
    id_ = await started(owner, clock, {})
    assert (await owner.post(f"replays/{id_}/cancel")).json()["state"] == "cancelled"
    await worker.run_all()
    assert vendor.prompts == []
    assert (await owner.post(f"replays/{id_}/cancel")).json()["state"] == "cancelled"
    assert (await owner.delete(f"replays/{id_}")).status_code == 204
    assert problem(await owner.get(f"replays/{id_}")) == "not-found"


async def test_votes_filters_and_table(console: Console, worker: JobWorker, shop: Shop, clock: FixedClock) -> None:
    await shop.asked(ADA, "=HYPERLINK(1) opening hours?", "faq: FAQ 1, score 1.00", "9 to 5.")
    await usual(shop)
    owner, agent, viewer = console.client("owner"), console.client("agent"), console.client("viewer")
    id_ = await started(owner, clock, {"faqs": [{**FAQS[0], "answer": "10 to 6."}, *FAQS[1:]], "bot": {"mode": "faq"}})
    await worker.run_all()
    first = (await results(owner, id_))[0]
    vote = f"replays/{id_}/results/{first['id']}/vote"
    assert (await owner.put(vote, {"vote": "better", "note": "=Clearer"})).status_code == 200
    assert (await agent.put(vote, {"vote": "worse"})).status_code == 200
    voted = (await agent.put(vote, {"vote": "better", "note": ""})).json()["votes"]
    assert [(one["vote"], one["mine"]) for one in voted] == [("better", False), ("better", True)]
    assert problem(await viewer.put(vote, {"vote": "worse"})) == "not-allowed"
    assert [one["id"] for one in await results(agent, id_, "?voted=mine")] == [first["id"]]
    assert [one["id"] for one in await results(agent, id_, "?voted=better")] == [first["id"]]
    assert first["id"] not in {one["id"] for one in await results(agent, id_, "?voted=none")}
    assert [one["id"] for one in await results(agent, id_, f"?result={first['id']}")] == [first["id"]]
    assert {one["now"]["origin"] for one in await results(owner, id_, "?now=person")} == {"person"}
    assert {one["difference"] for one in await results(owner, id_, "?difference=same&difference=meaning")} <= {
        "same",
        "meaning",
    }
    assert (await replay(owner, id_))["summary"]["votes"] == {"better": 2}
    answer = await owner.get(f"replays/{id_}/export")
    table = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(table) == 5
    assert not [cell for row in table for cell in row.values() if cell.startswith(("=", "+", "@"))]
    assert (table[0]["better"], table[0]["worse"]) == ("2", "0")
    assert problem(await agent.get(f"replays/{id_}/export")) == "not-allowed"
    assert (await agent.delete(vote)).json()["votes"][0]["mine"] is False


async def test_pages_of_results_are_without_gaps(
    console: Console, worker: JobWorker, shop: Shop, clock: FixedClock
) -> None:
    await usual(shop)
    owner = console.client("owner")
    id_ = await started(owner, clock, {"bot": {"mode": "faq"}})
    await worker.run_all()
    seen, cursor = [], ""
    while True:
        found = (await owner.get(f"replays/{id_}/results?limit=1{cursor}")).json()
        seen += [one["id"] for one in found["items"]]
        if found["next"] is None:
            break
        cursor = f"&cursor={found['next']}"
    assert seen == [one["id"] for one in await results(owner, id_)]
    assert len(seen) == 4


async def test_estimate_is_made_from_the_answers_of_these_days(console: Console, shop: Shop, clock: FixedClock) -> None:
    await usual(shop)
    await shop.stored_only(ADA, "I wrote this a week ago")
    owner = console.client("owner")
    scope = {name: value for name, value in body(clock).items() if name not in ("name", "max_usd")}
    dear = (await owner.post("replays/estimate", {**scope, "changes": {"bot": {"system_prompt": "x" * 8000}}})).json()
    assert (dear["messages"], dear["conversations"], dear["calls"], dear["recorded"]) == (4, 2, 2, 2)
    cheap = (await owner.post("replays/estimate", {**scope, "changes": {"bot": {"smart_model": FAST}}})).json()
    assert 0 < Decimal(cheap["usd"]) < Decimal(dear["usd"])
    free = (await owner.post("replays/estimate", {**scope, "changes": {"bot": {"mode": "faq"}}})).json()
    assert (free["calls"], Decimal(free["most_usd"])) == (0, Decimal(0))
    few = (await owner.post("replays/estimate", {**scope, "max_messages": 1})).json()
    assert (few["messages"], few["found"]) == (1, 4)


INVALID: dict[str, tuple[dict[str, Any], str]] = {
    "a model without a price": ({"changes": {"bot": {"fast_model": "claude-hiku"}}}, "#/changes/bot/fast_model"),
    "an FAQ twice": ({"changes": {"faqs": [FAQS[0], FAQS[0]]}}, "#/changes/faqs"),
    "a broken flow": ({"changes": {"flows": {"lead": "flow: lead\nsteps: 1"}}}, "#/changes/flows/lead"),
    "a flow of another name": ({"changes": {"flows": {"lead": "flow: x\nsteps:\n  a: Hi"}}}, "#/changes/flows/lead"),
    "an unknown channel": ({"channel": "side"}, "#/channel"),
}


@pytest.mark.parametrize("case", INVALID)
async def test_changes_that_cannot_be_tried_are_refused(
    console: Console, shop: Shop, clock: FixedClock, case: str
) -> None:
    given, pointer = INVALID[case]
    response = await console.client("owner").post("replays", body(clock, **given))
    assert problem(response) == "invalid", response.text
    assert [one["pointer"] for one in response.json()["errors"]] == [pointer]


async def test_who_may_do_what(console: Console, worker: JobWorker, shop: Shop, clock: FixedClock) -> None:
    await usual(shop)
    owner, agent = console.client("owner"), console.client("agent")
    assert problem(await agent.post("replays", body(clock))) == "not-allowed"
    id_ = await started(owner, clock, {"bot": {"mode": "faq"}})
    assert [one["id"] for one in (await agent.get("replays")).json()["items"]] == [id_]
    own = console.client("agent", person="ben", sees="own_and_unassigned")
    assert problem(await own.get("replays")) == "not-allowed"
    assert problem(await own.get(f"replays/{id_}/results")) == "not-allowed"
    other = console.client("owner", "zeta")
    assert (await other.get("replays")).json()["items"] == []
    for path in (f"replays/{id_}", f"replays/{id_}/results", f"replays/{id_}/export"):
        assert problem(await other.get(path)) == "not-found"
    assert problem(await owner.get(f"jobs/{id_}")) == "not-found", "jobs are those with customers"


async def test_viewer_sees_no_phone_numbers(console: Console, worker: JobWorker, shop: Shop, clock: FixedClock) -> None:
    await shop.asked(ADA, f"Call me at {BO} please", "ai: no", f"We call {BO}.", "0.01")
    owner, viewer = console.client("owner"), console.client("viewer")
    id_ = await started(owner, clock, {"bot": {"mode": "faq"}})
    await worker.run_all()
    assert BO in (await results(owner, id_))[0]["question"]
    (shown,) = await results(viewer, id_)
    assert BO not in msgspec.json.encode(shown).decode()


async def test_same_press_starts_one_replay_and_a_fourth_is_refused(
    console: Console, worker: JobWorker, shop: Shop, clock: FixedClock
) -> None:
    owner = console.client("owner")
    again = [await owner.post("replays", body(clock), key="press-0001") for _ in range(2)]
    assert len({one.json()["id"] for one in again}) == 1
    for _ in range(2):
        await started(owner, clock, {})
    assert problem(await owner.post("replays", body(clock))) == "conflict"
    assert len((await owner.get("replays")).json()["items"]) == 3
