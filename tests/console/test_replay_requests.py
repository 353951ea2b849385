"""Requests about replays: votes, pages of results, the estimate, what is refused, and who may do what."""

import csv
import io
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from shared.clock import FixedClock
from shared.operations.jobs.worker import JobWorker
from tests.console.console import Console, problem
from tests.console.recorded_shop import ADA, BO, FAST, Shop, usual
from tests.console.replay_requests import body, replay, results, started
from tests.services.builders import FAQS


async def test_votes_filters_and_table(
    console: Console, replay_worker: JobWorker, shop: Shop, clock: FixedClock
) -> None:
    await shop.asked(ADA, "=HYPERLINK(1) opening hours?", "faq: FAQ 1, score 1.00", "9 to 5.")
    await usual(shop)
    owner, agent, viewer = console.client("owner"), console.client("agent"), console.client("viewer")
    id_ = await started(owner, clock, {"faqs": [{**FAQS[0], "answer": "10 to 6."}, *FAQS[1:]], "bot": {"mode": "faq"}})
    await replay_worker.run_all()
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
    assert len(await console.parts.mongo.collection("audit").find({"action": "replays.export"})) == 1
    clock.advance(601)
    assert problem(await owner.get(f"replays/{id_}/export")) == "proof-needed"


async def test_pages_of_results_are_without_gaps(
    console: Console, replay_worker: JobWorker, shop: Shop, clock: FixedClock
) -> None:
    await usual(shop)
    owner = console.client("owner")
    id_ = await started(owner, clock, {"bot": {"mode": "faq"}})
    await replay_worker.run_all()
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


async def test_who_may_do_what(console: Console, replay_worker: JobWorker, shop: Shop, clock: FixedClock) -> None:
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


async def test_viewer_sees_no_phone_numbers(
    console: Console, replay_worker: JobWorker, shop: Shop, clock: FixedClock
) -> None:
    await shop.asked(ADA, f"Call me at {BO} please", "ai: no", f"We call {BO}.", "0.01")
    owner, viewer = console.client("owner"), console.client("viewer")
    id_ = await started(owner, clock, {"bot": {"mode": "faq"}})
    await replay_worker.run_all()
    assert BO in (await results(owner, id_))[0]["question"]
    (shown,) = await results(viewer, id_)
    assert BO not in msgspec.json.encode(shown).decode()


async def test_same_press_starts_one_replay_and_a_fourth_is_refused(
    console: Console, replay_worker: JobWorker, shop: Shop, clock: FixedClock
) -> None:
    owner = console.client("owner")
    again = [await owner.post("replays", body(clock), key="press-0001") for _ in range(2)]
    assert len({one.json()["id"] for one in again}) == 1
    for _ in range(2):
        await started(owner, clock, {})
    assert problem(await owner.post("replays", body(clock))) == "conflict"
    assert len((await owner.get("replays")).json()["items"]) == 3
