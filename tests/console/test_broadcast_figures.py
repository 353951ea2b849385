"""Counts of broadcasts in the list, their speed, and the broadcasts of a period."""

import csv
import io
from datetime import timedelta

import msgspec
import pytest

from services.console.parts import Parts
from shared.clock import FixedClock
from shared.domain.broadcast import BroadcastStage, Recipient, RecipientState
from shared.repositories.broadcast_recipients import BroadcastRecipients, RecipientUpdate
from shared.repositories.broadcasts import Broadcasts
from shared.storage.mongo import Mongo
from tests.console.console import Client, Console, problem
from tests.console.edited_workspace import edited_workspace
from tests.repositories.samples import BROADCAST

STATES = (RecipientState.READ, RecipientState.SENT, RecipientState.FAILED, RecipientState.PENDING)
COUNTS = {state.value: int(state in STATES) for state in RecipientState}


@pytest.fixture(autouse=True)
async def three_broadcasts(mongo: Mongo, clock: FixedClock, parts: Parts) -> None:
    """One that runs and got three results half a minute ago, one of last month on another channel, and a draft."""
    await edited_workspace(parts)
    now, broadcasts = clock.now(), Broadcasts(mongo, "acme")
    began = now - timedelta(minutes=5)
    running = msgspec.structs.replace(BROADCAST, created_at=began, start_at=began, frozen_at=began, resumed_at=began)
    running = msgspec.structs.replace(running, stage=BroadcastStage.RUNNING, price="0.05", currency="EUR", total=4)
    last_month = now - timedelta(days=30)
    old = msgspec.structs.replace(running, id="b0", name="winter", channel="shop", start_at=last_month)
    old = msgspec.structs.replace(old, stage=BroadcastStage.DONE, created_at=last_month, finished_at=last_month)
    draft = msgspec.structs.replace(BROADCAST, id="b2", name="summer", created_at=now)
    for one in (running, old, draft):
        assert await broadcasts.create(one)
    recipients = BroadcastRecipients(mongo, "acme")
    people = [Recipient(id=f"r{place}", customer_id=f"u{place}", identity="+234803") for place in range(len(STATES))]
    await recipients.add("b1", people)
    changes = [
        RecipientUpdate(id=one.id, was=RecipientState.PENDING, reached=state, result=True)
        for one, state in zip(people, STATES, strict=True)
        if state is not RecipientState.PENDING
    ]
    await recipients.update(changes, now - timedelta(seconds=30))


@pytest.fixture
def admin(console: Console) -> Client:
    return console.client("admin")


async def test_list_has_counts_of_all_but_drafts(admin: Client) -> None:
    items = {one["name"]: one["counts"] for one in (await admin.get("broadcasts")).json()["items"]}
    assert items == {"summer": None, "spring": COUNTS, "winter": dict.fromkeys(COUNTS, 0)}


async def test_speed_is_what_came_out_in_the_last_minute(admin: Client, clock: FixedClock) -> None:
    assert (await admin.get("broadcasts/b1")).json()["speed"] == 3 / 60
    clock.advance(60)
    assert (await admin.get("broadcasts/b1")).json()["speed"] == 0
    assert (await admin.get("broadcasts/b0")).json()["speed"] is None


async def test_broadcasts_of_a_period_have_counts_and_cost(console: Console, admin: Client) -> None:
    week = (await admin.get("analytics/broadcasts")).json()
    (spring,) = week["items"]
    assert (spring["name"], spring["counts"], spring["cost"], spring["currency"]) == ("spring", COUNTS, "0.10", "EUR")
    assert week["more"] is False
    quarter = {"from": "2025-12-20T00:00:00Z"}
    names = [one["name"] for one in (await admin.get("analytics/broadcasts", params=quarter)).json()["items"]]
    assert names == ["spring", "winter"], "drafts have not begun"
    on_main = console.client("admin", channels=frozenset({"main"}), person="only-main")
    names = [one["name"] for one in (await on_main.get("analytics/broadcasts", params=quarter)).json()["items"]]
    assert names == ["spring"]
    assert problem(await on_main.get("analytics/broadcasts", params={"channel": "shop"})) == "not-found"
    assert problem(await console.client("agent").get("analytics/broadcasts")) == "not-allowed"


async def test_broadcasts_of_a_period_come_as_csv(admin: Client) -> None:
    answer = await admin.get("analytics/broadcasts", headers={"accept": "text/csv"})
    head, row = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert dict(zip(head, row, strict=True)) | {"started_at": ""} == {
        **{"broadcast": "b1", "name": "spring", "channel": "main", "stage": "running", "started_at": ""},
        **{state: str(count) for state, count in COUNTS.items()},
    }
