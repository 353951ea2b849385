"""A broadcast that the console starts reaches each person once, whatever is killed while it goes out.

PARLEY_E2E_SEEDS: the number of runs, with different moments of the kills.
"""

import asyncio
import os
import random
from collections import Counter
from dataclasses import dataclass

import pytest

from shared.clock import SystemClock
from shared.domain.broadcast import RecipientState, broadcast_id
from shared.repositories.broadcast_recipients import BroadcastRecipients
from tests.e2e.console_program import Program, make_program
from tests.e2e.shop import Shop, phone, word
from tests.e2e.simulator_control import Json
from tests.e2e.test_broadcast import FLOW
from tests.e2e.waiting import in_thread, until
from tests.e2e.world import World

SEEDS = range(int(os.environ.get("PARLEY_E2E_SEEDS", "1")))
SCOPES = ("broadcasts:read", "broadcasts:write", "customers:read")
PEOPLE, STOPPED, UNREACHABLE, WRITERS = 120, 2, 2, 16
RATE = 10.0  # messages a second: a pause takes seconds while killed processes start, and must come before the end
LONG = 120.0  # seconds: killed processes start again, and messages in doubt wait for their statuses
TEMPLATES = {"a": "spring_news", "b": "spring_offer"}
UNDER_WAY = (RecipientState.PENDING, RecipientState.QUEUED, RecipientState.SENT, RecipientState.DELIVERED)
SLOW = {"meta": {"latency": 0.1, "jitter": 0.1}}
UNDELIVERABLE = {"kind": "error", "code": 131026}


@dataclass
class Sent:
    """A broadcast on its way. since: the number of the simulators' last record before it."""

    world: World
    shop: Shop
    program: Program
    rng: random.Random
    id: str
    since: int

    async def now(self) -> Json:
        """Return what the API says of it; its counts may be some seconds old."""
        return await self.program.get(f"broadcasts/{self.id}")

    async def counts(self) -> dict[RecipientState, int]:
        """Return its recipients by state, as MongoDB has them now."""
        return await BroadcastRecipients(self.world.mongo, self.shop.workspace).counts(self.id)

    async def recipients(self, **query: str) -> list[Json]:
        """Return its recipients."""
        return await self.program.all(f"broadcasts/{self.id}/recipients", **query)

    async def tried(self, accepted: str = "") -> list[Json]:
        """Return the records of what was sent since it was started. accepted: `true`: only accepted messages."""
        found = await self.world.records(kind="message", since=self.since, accepted=accepted)
        return [one for one in found if one["phone_number_id"] == self.shop.number.phone_number_id]

    async def kill(self, after: int, *killed: tuple[str, int]) -> None:
        """Kill processes at once when so many messages were accepted, and start them again."""

        async def look() -> bool:
            return len(await self.tried("true")) >= after

        await until(look, f"{after} messages are accepted", within=LONG)
        await self.kill_now(*killed)

    async def kill_now(self, *killed: tuple[str, int]) -> None:
        for service, index in killed:
            await in_thread(self.world.stack.kill, service, index)
        for service, index in killed:
            await in_thread(self.world.stack.start_one, service, index)

    async def has_handed_over(self, count: int) -> None:
        """Wait until delivery has published so many more, and with them what a killed replica had in its hands."""
        before = (await self.counts())[RecipientState.PENDING]

        async def look() -> bool:
            return (await self.counts())[RecipientState.PENDING] <= before - count

        await until(look, f"{count} more are published", within=LONG)

    async def pause_holds(self) -> None:
        """Pause; kill processes; check that nobody else got a message, and go on."""
        assert (await self.program.command(f"broadcasts/{self.id}/pause"))["done"]
        await until(self._rests, "what was in flight has gone out", within=LONG)
        held = {row["phone"] for row in await self.recipients(reached="pending")}
        assert held, "it was paused before its end"
        await self.kill_now(("delivery", self.rng.randrange(2)), ("router", self.rng.randrange(2)))
        await self.world.wait_ready("delivery", "router", within=LONG)
        assert {row["phone"] for row in await self.recipients(reached="pending")} == held
        assert not held & {f"+{record['to']}" for record in await self.tried()}
        assert (await self.now())["stage"] == "paused"
        assert (await self.program.command(f"broadcasts/{self.id}/resume"))["done"]

    async def _rests(self) -> bool:
        """Return whether delivery has looked at it since it was paused, and nothing is in flight."""
        document = await self.world.stored(self.shop, "broadcasts").find_one({"_id": self.id}) or {}
        is_seen = document["look_at"] is None or document["look_at"] > SystemClock().now()
        return is_seen and not (await self.counts())[RecipientState.QUEUED]

    async def end(self) -> Json:
        """Wait until it is done and all its statuses are known; return it."""

        async def is_over() -> bool:
            counts = await self.counts()
            return not any(counts[state] for state in UNDER_WAY)

        async def look() -> Json | None:
            now = await self.now()
            if now["stage"] == "done" and not any(now["counts"][state.value] for state in UNDER_WAY):
                return now
            await asyncio.sleep(0.5)  # within the limit of the API's requests
            return None

        await until(is_over, "all messages have their last status", within=LONG)
        return await until(look, "the broadcast is done", within=LONG)


@pytest.mark.parametrize("seed", SEEDS)
async def test_a21_compared_templates_reach_each_person_once(world: World, seed: int) -> None:
    shop, people = await world.shop(profile={"shards": 8}), [phone() for _ in range(PEOPLE)]
    world.private.phones.update(people)
    program, rng = await make_program(world, shop, *SCOPES), random.Random(seed)
    stopped = await _written_by_new_people(world, shop, "STOP", STOPPED)
    unreachable = people[:UNREACHABLE]
    for number in unreachable:
        await world.script("meta", UNDELIVERABLE, times=None, to=number, kind="message")
    twice = [f"+{people[-1][:3]} {people[-1][3:]}", f"+{people[-2]}"]
    listed = [{"phone": number} for number in (*(f"+{one}" for one in (*people, *stopped)), *twice)]
    first, second = ({"type": "template", "name": name, "language": "en"} for name in TEMPLATES.values())
    draft = {"name": word(), "content": first, "other": second, "recipients": listed, "rate": RATE}
    status, run = await program.post("broadcasts/dry-run", draft)
    assert status == 200, run
    assert (run["audience"], run["to_send"], run["skipped"]) == (PEOPLE + STOPPED, PEOPLE, {"opted_out": STOPPED})

    async with world.simulator_settings(**SLOW):
        sent = await _start_from_two_tabs(world, shop, program, draft, rng)
        await sent.kill(rng.randint(3, 15), ("delivery", rng.randrange(2)))
        await sent.kill(rng.randint(20, 30), ("router", 0), ("router", 1), ("delivery", rng.randrange(2)))
        await sent.has_handed_over(20)
        await sent.pause_holds()
        await sent.has_handed_over(rng.randint(2, 10))
        await sent.kill_now(("delivery", 0), ("delivery", 1))
        done = await sent.end()

    got = {number: [it["text"] for it in await sent.tried("true") if it["to"] == number] for number in people}
    assert [number for number, texts in got.items() if len(texts) != 1] == unreachable
    counts = {state: count for state, count in done["counts"].items() if count}
    assert counts == {"read": PEOPLE - UNREACHABLE, "failed": UNREACHABLE, "skipped": STOPPED}
    rows = await sent.recipients()
    assert Counter(row["reached"] for row in rows) == counts, "the counts are those of the list"
    assert all(row["reason"] for row in rows if row["reached"] in ("failed", "skipped"))
    assert (done["skipped"], sum(done["failed"].values())) == (run["skipped"], UNREACHABLE)
    halves = Counter(row["variant"] for row in rows if row["reached"] != "skipped")
    assert halves == {"a": PEOPLE - run["to_send_other"], "b": run["to_send_other"]}, "the dry run is the result"
    for half, of_half in done["variants"].items():
        of_list = Counter(row["reached"] for row in rows if row["variant"] == half)
        assert {state: count for state, count in of_half.items() if count} == of_list
    variants = {row["phone"].removeprefix("+"): TEMPLATES[row["variant"]] for row in rows}
    assert [number for number, texts in got.items() if texts and texts != [variants[number]]] == []


@pytest.mark.parametrize("seed", SEEDS)
async def test_a21_flow_begins_once_for_each_person(world: World, seed: int) -> None:
    shop = await world.shop(flows=[FLOW], profile={"shards": 8})
    program, rng = await make_program(world, shop, *SCOPES), random.Random(seed)
    people = await _written_by_new_people(world, shop, "Where are you?", WRITERS)
    listed = [{"phone": f"+{number}"} for number in people]
    draft = {"name": word(), "content": {"type": "flow", "flow": "survey"}, "recipients": listed, "rate": 8.0}
    async with world.simulator_settings(**SLOW):
        sent = await _start_from_two_tabs(world, shop, program, draft, rng)
        await sent.kill(rng.randint(2, 5), ("router", 0), ("router", 1))
        await sent.kill(rng.randint(7, 10), ("delivery", 0), ("delivery", 1), ("router", 0))
        done = await sent.end()
    assert done["counts"]["read"] == WRITERS
    for number in people:
        texts = [record["text"] for record in await world.answers(number, 2)]
        assert texts[1:] == ["How was it, from 1 to 5?"]


async def _written_by_new_people(world: World, shop: Shop, text: str, count: int) -> list[str]:
    """Let new customers write; return their numbers when they have their answers."""
    people = [phone() for _ in range(count)]
    await asyncio.gather(*(world.write(shop, number, text) for number in people))
    await asyncio.gather(*(world.answers(number) for number in people))
    return people


async def _start_from_two_tabs(world: World, shop: Shop, program: Program, draft: Json, rng: random.Random) -> Sent:
    """Store and start a broadcast by a double click in one tab and a click in another one."""
    sent = Sent(world, shop, program, rng, broadcast_id(shop.workspace, draft["name"]), await world.last_record())
    stored = await _click(program, "broadcasts", draft)
    assert {one["result"]["broadcast"] for one in stored} == {sent.id}
    assert len(await _click(program, f"broadcasts/{sent.id}/start")) == 1
    return sent


async def _click(program: Program, path: str, body: Json | None = None) -> list[Json]:
    """Send a request twice with one key and once with another, all at once; return what was carried out."""
    mine, other = f"mine-{word()}", f"other-{word()}"
    answers = await asyncio.gather(*(program.post(path, body, key=key) for key in (mine, mine, other)))
    assert {status for status, _ in answers} <= {202, 409}, answers
    accepted = {answer["command"]: answer for status, answer in answers if status == 202}
    outcomes = [await program.outcome(answer) for answer in accepted.values()]
    assert {one["code"] for one in outcomes} <= {"", "conflict"}
    return [one for one in outcomes if one["done"]]
