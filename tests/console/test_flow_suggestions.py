"""Flows in words through the API, and the worker of the AI service that has a model write them."""

from decimal import Decimal
from typing import Any

import pytest

from services.ai.prompt.prompt import Prompt
from services.ai.suggestions.job import SuggestionWriter
from services.ai.vendors.by_model import ANTHROPIC
from services.ai.vendors.failures import ModelFailed
from services.ai.vendors.port import ModelAnswer
from services.console.parts import Parts
from shared.clock import FixedClock
from shared.domain.jobs import MAX_UNFINISHED, JobLane
from shared.domain.model_prices import Tokens
from shared.operations.jobs.worker import JobWorker
from shared.operations.vendors_at_hand import announce_vendors
from shared.repositories.flows import Flows
from shared.repositories.job_files import JobFiles
from shared.repositories.jobs import LEASE
from shared.repositories.workspaces import Workspaces
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from tests.console.ai_jobs import PRICES, Crash, job_models
from tests.console.console import Client, Console, problem
from tests.console.routed import WORKSPACE

SMART = "claude-sonnet-5-5"
BOT = {"mode": "hybrid", "smart_model": SMART, "fallback_models": ["anthropic/claude-haiku-5.5"]}
FLOW = 'flow: hours\ntriggers: {keywords: [hours]}\nsteps:\n  one: "We open at 9."\n'
BROKEN = FLOW.replace("one:", "one: {say: Hello}\n  two:")
ASKED = {"flow": "hours", "words": "Say when we open."}


class Vendor:
    """Implements `LanguageModel`: gives these answers, one per call, and afterwards the last one again."""

    def __init__(self) -> None:
        self.prompts: list[Prompt] = []
        self.models: list[str] = []
        self.says: list[str | BaseException] = [FLOW]
        self.tokens = Tokens(input=3000, output=200)
        self.cut = False

    async def answer(self, prompt: Prompt, *, model: str, max_tokens: int, timeout: float) -> ModelAnswer:
        self.prompts.append(prompt)
        self.models.append(model)
        said = self.says[min(len(self.prompts), len(self.says)) - 1]
        if isinstance(said, BaseException):
            raise said
        return ModelAnswer(text=said, model=model, tokens=self.tokens, cut=self.cut)


@pytest.fixture(autouse=True)
async def acme(mongo: Mongo, redis: Redis) -> None:
    """A workspace, and an ai service that has a key."""
    await mongo.collection("workspaces").insert({**WORKSPACE, "bot": BOT})
    await announce_vendors(redis, [ANTHROPIC])


@pytest.fixture
def vendor() -> Vendor:
    return Vendor()


@pytest.fixture
def worker(parts: Parts, redis: Redis, clock: FixedClock, vendor: Vendor) -> JobWorker:
    """The worker of an AI process."""
    suggestions = SuggestionWriter(models=job_models(parts, redis, clock, vendor))
    return JobWorker(parts.mongo, Workspaces(parts.mongo, clock), clock, JobLane.SUGGESTIONS, suggestions.run)


async def asked(client: Client, **more: Any) -> str:
    response = await client.post("flow-suggestions", {**ASKED, **more})
    assert response.status_code == 202, response.text
    assert response.headers["location"].endswith(f"/flow-suggestions/{response.json()['id']}")
    return str(response.json()["id"])


async def suggestion(client: Client, id_: str) -> Any:
    response = await client.get(f"flow-suggestions/{id_}")
    assert response.status_code == 200, response.text
    return response.json()


async def costs(mongo: Mongo) -> list[Any]:
    return await mongo.collection("ai_calls").find({"outcome": "flow suggestion"})


async def test_words_become_a_checked_text_and_no_draft(
    console: Console, worker: JobWorker, vendor: Vendor, mongo: Mongo
) -> None:
    owner = console.client("owner")
    vendor.says = [f"```yaml\n{FLOW}```"]
    id_ = await asked(owner)
    waiting = await suggestion(owner, id_)
    assert (waiting["state"], waiting["flow"], waiting["source"]) == ("queued", "hours", None)
    await worker.run_all()
    found = await suggestion(owner, id_)
    assert (found["state"], found["error"], found["source"], found["problems"]) == ("done", "", FLOW, [])
    assert {(one["kind"], one["name"]) for one in found["meaning"]} >= {("added", "one"), ("added", "triggers")}
    assert vendor.models == [SMART], "the smart model alone, once"
    assert found["model"] == SMART
    (call,) = await costs(mongo)
    assert Decimal(call["cost_usd"]) == Decimal(found["usd"]) > 0
    assert call["outputs"] == []
    assert problem(await owner.get("flows/hours/draft")) == "not-found"


async def test_problems_go_back_to_the_model_once(
    console: Console, worker: JobWorker, vendor: Vendor, mongo: Mongo
) -> None:
    owner = console.client("owner")
    vendor.says = [BROKEN, FLOW]
    id_ = await asked(owner, source='flow: hours\nsteps:\n  old: "Hi"\n')
    await worker.run_all()
    found = await suggestion(owner, id_)
    assert (found["source"], found["problems"]) == (FLOW, [])
    assert [one["kind"] for one in found["meaning"] if one["name"] == "old"] == ["removed"]
    first, second = vendor.prompts
    assert 'old: "Hi"' in first.turns[0].text
    assert second.turns[1].text == BROKEN
    assert "one" in second.turns[2].text
    assert sum(Decimal(call["cost_usd"]) for call in await costs(mongo)) == Decimal(found["usd"])
    assert len(await costs(mongo)) == 2


@pytest.mark.parametrize("second", [BROKEN, ModelFailed("HTTP 400", retryable=False)], ids=["broken", "failed"])
async def test_what_stays_wrong_is_shown_with_its_problems(
    console: Console, worker: JobWorker, vendor: Vendor, second: str | ModelFailed
) -> None:
    owner = console.client("owner")
    vendor.says = [BROKEN, second]
    id_ = await asked(owner)
    await worker.run_all()
    found = await suggestion(owner, id_)
    assert (found["state"], found["source"]) == ("done", BROKEN)
    assert [(one["line"], one["where"]) for one in found["problems"]] == [(4, "one")]
    assert len(vendor.prompts) == 2


async def test_flow_that_another_one_forbids_is_a_problem(
    console: Console, worker: JobWorker, clock: FixedClock, mongo: Mongo
) -> None:
    owner = console.client("owner")
    other = FLOW.replace("flow: hours", "flow: opening")
    await Flows(mongo, "acme").put("opening", "v1", other, clock.now())
    published = [{"name": "opening", "version": "v1"}]
    await mongo.collection("workspaces").update({"_id": "acme"}, {"$set": {"flows": published}})
    id_ = await asked(owner)
    await worker.run_all()
    (found,) = (await suggestion(owner, id_))["problems"]
    assert (found["file"], found["where"]) == ("opening.yaml", "triggers")


async def test_vendor_that_fails_and_cut_answers_are_told(
    console: Console, worker: JobWorker, vendor: Vendor, mongo: Mongo
) -> None:
    owner = console.client("owner")
    vendor.says = [ModelFailed("HTTP 400", retryable=False)]
    id_ = await asked(owner)
    await worker.run_all()
    found = await suggestion(owner, id_)
    assert (found["state"], found["error"], found["source"]) == ("failed", "model", None)
    vendor.says, vendor.cut = [FLOW], True
    id_ = await asked(owner)
    await worker.run_all()
    assert (await suggestion(owner, id_))["error"] == "model", "half a flow is no flow"
    paid = sorted(Decimal(call["cost_usd"]) > 0 for call in await costs(mongo))
    assert paid == [False, True], "what was cut off was paid all the same"


async def test_part_of_the_days_budget_is_kept_for_customers(
    console: Console, worker: JobWorker, vendor: Vendor, mongo: Mongo
) -> None:
    await mongo.collection("workspaces").update({"_id": "acme"}, {"$set": {"bot.daily_budget_usd": "1"}})
    price = PRICES.models[SMART].output  # of a million tokens
    vendor.tokens = Tokens(input=1, output=int(Decimal("0.8") * 1_000_000 / price))
    owner = console.client("owner")
    for state, error in (("done", ""), ("failed", "budget")):
        id_ = await asked(owner)
        await worker.run_all()
        found = await suggestion(owner, id_)
        assert (found["state"], found["error"]) == (state, error)
    assert len(vendor.prompts) == 1


async def test_budget_that_does_not_cover_a_call_asks_no_model(
    console: Console, worker: JobWorker, vendor: Vendor, mongo: Mongo
) -> None:
    await mongo.collection("workspaces").update({"_id": "acme"}, {"$set": {"bot.daily_budget_usd": "0.001"}})
    owner = console.client("owner")
    id_ = await asked(owner)
    await worker.run_all()
    assert ((await suggestion(owner, id_))["error"], vendor.prompts) == ("budget", [])


async def test_erasure_takes_words_and_results_away(
    console: Console, worker: JobWorker, vendor: Vendor, parts: Parts
) -> None:
    owner = console.client("owner")
    files = JobFiles(parts.mongo, "acme")
    waiting = await asked(owner)
    await files.remove(waiting)  # as the eraser does
    await worker.run_all()
    assert (await suggestion(owner, waiting))["error"] == "forgotten"
    assert vendor.prompts == []
    done = await asked(owner)
    await worker.run_all()
    await files.remove(done)
    found = await suggestion(owner, done)
    assert (found["state"], found["error"], found["source"]) == ("failed", "forgotten", None)


async def test_process_that_dies_is_followed_by_another_and_each_call_is_counted(
    console: Console, worker: JobWorker, vendor: Vendor, clock: FixedClock, mongo: Mongo
) -> None:
    owner = console.client("owner")
    vendor.says = [BROKEN, Crash(), FLOW]
    id_ = await asked(owner)
    with pytest.raises(Crash):
        await worker.run_all()
    assert not await worker.run_next(), "its lease goes on"
    clock.advance(LEASE.total_seconds() + 1)
    await worker.run_all()
    assert (await suggestion(owner, id_))["source"] == FLOW
    assert len(await costs(mongo)) == 2


async def test_job_that_ends_every_process_is_given_up(
    console: Console, worker: JobWorker, vendor: Vendor, clock: FixedClock
) -> None:
    owner = console.client("owner")
    vendor.says = [Crash()]
    id_ = await asked(owner)
    for _ in range(3):
        with pytest.raises(Crash):
            await worker.run_all()
        clock.advance(LEASE.total_seconds() + 1)
    await worker.run_all()
    assert (await suggestion(owner, id_))["error"] == "model"
    assert len(vendor.prompts) == 3


async def test_without_a_model_there_is_no_help(console: Console, redis: Redis, mongo: Mongo) -> None:
    owner = console.client("owner")

    async def offered() -> Any:
        return (await owner.get("flow-suggestions")).json()

    assert await offered() == {"available": True, "model": SMART, "most_words": 2000, "most_source": 24_000}
    await announce_vendors(redis, [])
    assert (await offered())["available"] is False
    assert problem(await owner.post("flow-suggestions", ASKED)) == "conflict"
    await announce_vendors(redis, ["openrouter"])
    assert (await offered())["available"] is False
    await announce_vendors(redis, [ANTHROPIC])
    changes = ({"bot.mode": "flow"}, {"bot.mode": "hybrid", "bot.daily_budget_usd": "0"})
    for revision, change in enumerate(changes, 2):
        await mongo.collection("workspaces").update({"_id": "acme"}, {"$set": {**change, "revision": revision}})
        assert (await offered())["available"] is False


async def test_who_may_ask_and_read(console: Console, worker: JobWorker, mongo: Mongo) -> None:
    owner, admin, agent = console.client("owner"), console.client("admin", person="bea"), console.client("agent")
    assert problem(await agent.post("flow-suggestions", ASKED)) == "not-allowed"
    assert problem(await agent.get("flow-suggestions")) == "not-allowed"
    id_ = await asked(owner)
    await worker.run_all()
    for other in (admin, console.client("owner", "zeta"), console.key("flows:write")):
        assert problem(await other.get(f"flow-suggestions/{id_}")) == "not-found"
    assert problem(await owner.get(f"jobs/{id_}")) == "not-found", "jobs are those with customers"
    assert (await owner.get("jobs")).json()["items"] == []
    (entry,) = await mongo.collection("audit").find({"action": "flow-suggestions.suggest_flow"})
    assert entry["target"] == "flows:hours"
    assert ASKED["words"] not in str(entry)


async def test_same_press_asks_once_and_a_sixth_is_refused(console: Console, worker: JobWorker) -> None:
    owner = console.client("owner")
    again = [await owner.post("flow-suggestions", ASKED, key="press-0001") for _ in range(2)]
    assert len({one.json()["id"] for one in again}) == 1
    for _ in range(MAX_UNFINISHED[JobLane.SUGGESTIONS] - 1):
        await asked(owner)
    assert problem(await owner.post("flow-suggestions", ASKED)) == "conflict"


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"words": "  "}, "#/words"),
        ({"words": "x" * 2001}, "#/words"),
        ({"flow": "Not a name"}, "#/flow"),
        ({"source": "#" * 24_001}, "#/source"),
    ],
)
async def test_what_is_too_long_or_empty_is_refused(console: Console, given: dict[str, str], pointer: str) -> None:
    response = await console.client("owner").post("flow-suggestions", {**ASKED, **given})
    assert problem(response) == "invalid"
    assert [one["pointer"] for one in response.json()["errors"]] == [pointer]
