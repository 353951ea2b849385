"""Broadcasts through all services: who gets them, who does not, and that nobody gets one twice."""

from typing import Any

from shared import ids
from shared.broadcast import (
    Broadcast,
    Recipient,
    Stage,
    TemplateToSay,
    ToSay,
    broadcast_id,
    recipient_id,
)
from shared.clock import SystemClock
from shared.repositories.broadcast_recipients import BroadcastRecipients
from shared.repositories.broadcasts import Broadcasts
from tests.e2e.world import Shop, World, phone, until, word

FLOW = """
flow: survey
triggers: {keywords: [survey-please]}
steps:
  ask: {ask: "How was it, from 1 to 5?", type: integer, save: stars}
  thanks: "Thank you for the {{ stars }}."
"""


class Made:
    """A broadcast of one test."""

    def __init__(self, world: World, shop: Shop, broadcast: Broadcast) -> None:
        self.id = broadcast.id
        self.broadcasts = Broadcasts(world.mongo, shop.workspace)
        self.recipients = BroadcastRecipients(world.mongo, shop.workspace)

    async def now(self) -> Broadcast:
        found = await self.broadcasts.get(self.id)
        assert found is not None
        return found

    async def becomes(self, stage: Stage) -> Broadcast:
        async def look() -> Broadcast | None:
            found = await self.now()
            return found if found.stage is stage else None

        return await until(look, f"the broadcast is {stage}")

    async def counts(self) -> dict[str, int]:
        return {one.value: count for one, count in (await self.recipients.counts(self.id)).items() if count}

    async def until_counts(self, **wanted: int) -> None:
        async def look() -> bool:
            return await self.counts() == wanted

        try:
            await until(look, "the counts")
        except AssertionError:
            raise AssertionError(f"{await self.counts()} instead of {wanted}") from None


async def make(
    world: World, shop: Shop, what: ToSay, people: list[str] | None = None, *, start: bool = True, **values: Any
) -> Made:
    """A broadcast to these numbers, or to a segment; it starts at once."""
    name, now = word(), SystemClock().now()
    values = {"rate": 100.0, "channel": "main"} | values
    broadcast = Broadcast(
        id=broadcast_id(shop.workspace, name),
        workspace=shop.workspace,
        name=name,
        what=what,
        created_at=now,
        by="u1",
        **values,
    )
    made = Made(world, shop, broadcast)
    world.said.phones |= set(people or ())
    assert await made.broadcasts.create(broadcast)
    await made.recipients.add(
        broadcast.id,
        [
            Recipient(
                id=recipient_id(broadcast.id, ids.customer_id(shop.workspace, f"+{one}")),
                customer_id=ids.customer_id(shop.workspace, f"+{one}"),
                identity=f"+{one}",
                name="Bola",
            )
            for one in people or ()
        ],
    )
    if start:
        assert await made.broadcasts.start(broadcast.id, now)
    return made


def template(*parameters: str) -> TemplateToSay:
    return TemplateToSay(name="news", language="en", parameters=parameters)


async def test_a_template_reaches_people_who_never_wrote(world: World) -> None:
    shop, people = await world.shop(), [phone() for _ in range(5)]
    made = await make(world, shop, template("{{ customer.name }}", "10 %"), people)
    await made.becomes(Stage.DONE)
    for one in people:
        (sent,) = await world.answers(one)
        assert sent["text"] == "news"
    await made.until_counts(read=5)
