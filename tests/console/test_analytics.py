"""Statistics over the API."""

import csv
import io
from collections import Counter
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from shared.clock import FixedClock
from shared.domain import ids
from shared.domain.statistics import Key, Measure
from shared.repositories.ai_calls import AiCalls, RoutingRecord
from shared.repositories.statistics import Quarters, Statistics
from shared.storage.mongo import Mongo
from tests.console.console import Console, problem
from tests.console.stored_conversations import PHONES, conversation_of
from tests.repositories.test_ai_calls import CALL

FIRST = datetime(2026, 3, 13, 22, 45, tzinfo=UTC)
DAY = {"from": "2026-03-13T00:00:00Z", "to": "2026-03-15T00:00:00Z"}
COUNTS: Quarters = {
    FIRST: Counter(
        {
            Key(Measure.RECEIVED, "faq", "main"): 3,
            Key(Measure.SENT, "faq", "main"): 3,
            Key(Measure.READ, "faq", "main"): 2,
            Key(Measure.FAILED, "470", "shop"): 1,
            Key(Measure.AI_MICRO_USD, "claude"): 2_500_000,
            Key(Measure.AI_ANSWERS, "claude"): 4,
            Key(Measure.FLOWS_ENDED, "hi ask left", "main"): 2,
        }
    ),
    FIRST + timedelta(hours=2): Counter(
        {
            Key(Measure.RECEIVED, "ai", "shop"): 1,
            Key(Measure.TAKEN, "=cmd", "main"): 2,
            Key(Measure.ANSWERED, "=cmd", "main"): 2,
            Key(Measure.WAITED_MS, "=cmd", "main"): 61_000,
            Key(Measure.WAITED, "60", "main"): 2,
            Key(Measure.ORDERS, "EUR"): 1,
            Key(Measure.ORDERS_MICRO, "EUR"): 9_500_000,
        }
    ),
}


@pytest.fixture(autouse=True)
async def counted(mongo: Mongo, clock: FixedClock) -> None:
    statistics = Statistics(mongo, "acme")
    await statistics.replace(FIRST, FIRST + timedelta(days=1), COUNTS)
    await statistics.note_counted("soon", clock.now())


async def test_summary_sums_the_period(console: Console) -> None:
    found = (await console.client("viewer").get("analytics/summary", params=DAY)).json()
    assert found["received"] == {"ai": 1, "faq": 3}
    assert (found["sent"], found["read"], found["failed"]) == ({"faq": 3}, {"faq": 2}, {"470": 1})
    assert found["first_answers"] == {"answers": 2, "seconds": 30.5, "classes": {"60": 2}}
    assert (found["ai_usd"], found["order_totals"]) == ({"claude": "2.500000"}, {"EUR": "9.500000"})
    half = {**DAY, "to": "2026-03-13T23:00:00Z"}
    assert (await console.client("viewer").get("analytics/summary", params=half)).json()["orders"] == {}


async def test_series_has_hours_and_days(console: Console) -> None:
    owner = console.client("owner")
    days = (await owner.get("analytics/series", params=DAY)).json()["items"]
    assert [(one["begins"], one["counts"]["received"]) for one in days] == [
        ("2026-03-13T00:00:00Z", 3),
        ("2026-03-14T00:00:00Z", 1),
    ]
    hours = (await owner.get("analytics/series", params={**DAY, "group": "hour"})).json()["items"]
    assert [one["begins"] for one in hours] == ["2026-03-13T22:00:00Z", "2026-03-14T00:00:00Z"]


async def test_only_the_asked_or_allowed_channels_count(console: Console) -> None:
    params = {**DAY, "channel": "shop"}
    assert (await console.client("owner").get("analytics/summary", params=params)).json()["received"] == {"ai": 1}
    restricted = console.client("admin", channels=frozenset({"main"}), person="only-main")
    assert (await restricted.get("analytics/summary", params=DAY)).json()["received"] == {"faq": 3}
    assert problem(await restricted.get("analytics/summary", params=params)) == "not-found"


async def test_people_flows_and_models_have_their_rows(console: Console) -> None:
    owner = console.client("owner")
    agents = (await owner.get("analytics/agents", params=DAY)).json()["items"]
    assert agents == [{"agent": "=cmd", "taken": 2, "first_answers": 2, "seconds": 30.5}]
    restricted = console.client("admin", sees="own_and_unassigned", person="other")
    assert (await restricted.get("analytics/agents", params=DAY)).json()["items"] == [], "only the own row"
    flows = (await owner.get("analytics/flows", params=DAY)).json()["items"]
    assert flows == [{"flow": "hi", "step": "ask", "why": "left", "ended": 2, "version": ""}]
    costs = (await owner.get("analytics/costs", params=DAY)).json()["items"]
    assert costs == [{"model": "claude", "answers": 4, "usd": "2.500000"}]


async def test_costs_say_what_the_choice_of_models_saved(console: Console, mongo: Mongo) -> None:
    calls, at = AiCalls(mongo, "acme"), FIRST + timedelta(hours=1)
    for number, (choice, model) in enumerate(
        (("fast", "haiku"), ("fast", "haiku"), ("fast", "opus"), ("smart", "opus"))
    ):
        routing = RoutingRecord(
            choice=choice,
            model="haiku" if choice == "fast" else "opus",
            reasons=(),
            other_model="opus",
            other_usd="0.05",
        )
        call = msgspec.structs.replace(CALL, id=f"call-{number}", finished_at=at, model=model, routing=routing)
        await calls.add(msgspec.structs.replace(call, cost_usd="0.01", outcome="answered"))
    owner = console.client("owner")
    found = (await owner.get("analytics/costs", params=DAY)).json()["routing"]
    assert found == {"answers": 2, "usd": "0.02", "other_usd": "0.10"}, "only answers of the chosen model count"
    assert (await owner.get("analytics/costs", params={**DAY, "channel": "main"})).json()["routing"] is None


async def test_tables_come_as_csv_without_formulas(console: Console) -> None:
    headers = {"accept": "text/csv"}
    answer = await console.client("owner").get("analytics/agents", params=DAY, headers=headers)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))) == [
        ["agent", "taken", "first_answers", "seconds"],
        ["'=cmd", "2", "2", "30.5"],
    ]
    for path in ("summary", "series", "flows", "costs"):
        answer = await console.client("owner").get(f"analytics/{path}", params=DAY, headers=headers)
        assert answer.status_code == 200
        assert len(answer.text.splitlines()) > 1
    answers = [await console.client("owner").get("analytics/costs", params=DAY, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]


@pytest.mark.parametrize(
    "params",
    [
        {"from": "2026-03-14T00:00:00"},
        {"from": "2026-03-15T00:00:00Z", "to": "2026-03-14T00:00:00Z"},
        {"from": "2020-01-01T00:00:00Z"},
        {"from": "yesterday"},
        {"to": "0001-01-01T00:00:00Z"},
        {"from": "9999-12-31T23:59:59Z"},
        {"from": "2026-01-01T00:00:00Z", "group": "hour"},
    ],
)
async def test_impossible_periods_are_refused(console: Console, params: dict[str, str]) -> None:
    assert problem(await console.client("owner").get("analytics/series", params=params)) == "invalid"


async def test_agents_and_other_workspaces_see_nothing(console: Console) -> None:
    assert problem(await console.client("agent").get("analytics/summary")) == "not-allowed"
    other = await console.client("owner", "zeta").get("analytics/summary", params=DAY)
    assert other.json()["received"] == {}
    assert (await console.key("analytics:read").get("analytics/summary", params=DAY)).json()["orders"] == {"EUR": 1}


@pytest.mark.parametrize("measure", ["orders", "ai_answers"])
async def test_items_without_a_channel_are_not_listed_as_of_one(console: Console, measure: str) -> None:
    owner, asked = console.client("owner"), {**DAY, "measure": measure}
    assert (await owner.get("analytics/items", params=asked)).json()["items"] == []
    refused = await owner.get("analytics/items", params={**asked, "channel": "main"})
    assert problem(refused) == "invalid"
    assert [error["pointer"] for error in refused.json()["errors"]] == ["?channel"]


async def test_conversations_and_new_customers_are_counted_and_listed(
    console: Console, mongo: Mongo, three_conversations: object
) -> None:
    owner = console.client("owner")
    total = (await owner.get("analytics/summary")).json()
    assert (total["conversations"], total["new_customers"]) == (3, 3)
    items = (await owner.get("analytics/items", params={"measure": "conversations"})).json()["items"]
    assert {one["conversation"] for one in items} == {conversation_of(name) for name in ("ada", "bola", "chidi")}
    items = (await owner.get("analytics/items", params={"measure": "new_customers"})).json()["items"]
    assert {one["customer"] for one in items} == {ids.customer_id("acme", phone) for phone in PHONES.values()}
    restricted = console.client("admin", sees="own_and_unassigned", person="other")
    assert (await restricted.get("analytics/summary")).json()["new_customers"] is None
    assert problem(await restricted.get("analytics/items", params={"measure": "new_customers"})) == "not-allowed"
    long = {"from": "2026-01-01T00:00:00Z"}
    assert (await owner.get("analytics/summary", params=long)).json()["conversations"] is None
    refused = await owner.get("analytics/items", params={**long, "measure": "conversations"})
    assert [error["pointer"] for error in refused.json()["errors"]] == ["?from"]
