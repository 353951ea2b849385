"""Causes of alerts on what arrives: webhooks, records that fail, and clocks."""

import asyncio
import time
from dataclasses import replace
from pathlib import Path

from devtools.simulators.webhooks import MetaNumber, meta_webhook
from tests.e2e.shop import Shop, phone
from tests.e2e.special.test_dead_letters import two_of_one_partition
from tests.e2e.waiting import in_thread, until
from tests.observability.scene import (
    Cause,
    Group,
    Scene,
    Sign,
    both,
    each_has_one_answer,
    note_customers,
    nothing,
    restart_as_before,
    restart_with,
    type_command,
    write,
)
from tests.operations.turned_clock import turnable

_YESTERDAYS = 85.0  # seconds of traffic, so that the windows of "yesterday" and "a week ago" are full


async def _add_number(scene: Scene) -> None:
    """Give a workspace a number at Meta that its file does not have."""
    number = MetaNumber("77000000000001", "2348990000001", "88000000000001")
    shop = scene.notes["shop"] = replace(await scene.world.shop(), number=number)
    await scene.world.register_with_simulators(shop)


async def _apply_number(scene: Scene) -> None:
    shop = scene.notes.pop("shop")
    assert isinstance(shop, Shop)
    await scene.world.reapply(shop)


async def _write_a_lot(scene: Scene) -> None:
    await write(scene, count=15)


async def _forge(scene: Scene) -> None:
    body = meta_webhook(scene.world.item(scene.shop, phone(), "hello"))
    await asyncio.gather(*(scene.world.post_meta(body, secret="wrong") for _ in range(5)))


async def _traffic_of_before(scene: Scene) -> None:
    end = time.monotonic() + _YESTERDAYS
    while time.monotonic() < end:
        await write(scene, count=2)
        await asyncio.sleep(1)


async def _break_workspaces(scene: Scene) -> None:
    """Change two workspaces of one partition by hand, so that the router cannot read them."""
    broken = scene.notes["broken"] = await two_of_one_partition(scene.world)
    for shop in broken:
        await scene.world.mongo.collection("workspaces").update(
            {"_id": shop.workspace}, {"$set": {"bot.mode": "oracle"}}
        )


async def _write_to_broken(scene: Scene) -> None:
    for shop in _broken(scene):
        scene.notes["shop"] = shop
        await write(scene, count=1)


async def _apply_again(scene: Scene) -> None:
    scene.notes.pop("shop")
    await asyncio.gather(*map(scene.world.reapply, _broken(scene)))


async def _partition_goes_on(scene: Scene) -> None:
    async def none_has_stopped() -> bool:
        return await scene.world.metric("router", r"parley_partitions_stopped\{") == 0

    await until(none_has_stopped, "the partition goes on by itself", within=90.0)


def _broken(scene: Scene) -> list[Shop]:
    broken = scene.notes["broken"]
    assert isinstance(broken, tuple)
    return list(broken)


def _clock(scene: Scene) -> Path:
    return Path(scene.world.stack.info["logs"]).parent / "clock"


async def _make_clock_turnable(scene: Scene) -> None:
    await in_thread(_clock(scene).write_text, "+0")
    await restart_with("ingress", **turnable(_clock(scene)))(scene)


async def _turn_clock(scene: Scene) -> None:
    await in_thread(_clock(scene).write_text, "+2h")


async def _set_clock(scene: Scene) -> None:
    await in_thread(_clock(scene).write_text, "+0")
    await scene.world.wait_ready("ingress", within=60.0)
    await restart_as_before("ingress")(scene)


GROUP = Group(
    "inbound",
    (
        Cause(
            "webhooks stop to arrive, after traffic as yesterday and a week ago",
            {"NoInbound": Sign("No customer", r"(?m)^403$")},
            nothing,
            mend=write,
            repair="they arrive again",
            prepare=_traffic_of_before,
            stand_in="yesterday is 35 s ago, and a week 70 s",
        ),
        Cause(
            "webhooks with a wrong signature",
            {"WebhooksRefused": Sign("meta", r"Webhook refused")},
            nothing,
            _forge,
            repair="no longer",
        ),
        Cause(
            "customers write to a number that is in no workspace file",
            {
                "DeadLettersGrowing": Sign("ingress: unknown_recipient", r"reason +unknown_recipient"),
                "DeadLettersFlood": Sign("hundred", r"unknown_recipient +no workspace owns"),
                "MessagesUnanswered": Sign("answered", r"reason +unknown_recipient"),
            },
            both(_add_number, note_customers),
            _write_a_lot,
            both(
                _apply_number,
                type_command("parley dlq replay --reason unknown_recipient --yes"),
                each_has_one_answer,
            ),
            "applied, `parley dlq replay`; every customer is answered",
        ),
        Cause(
            "two workspaces were changed by hand, so that the router cannot read them",
            {"PartitionStopped": Sign("router", r"A partition has stopped")},
            both(_break_workspaces, note_customers),
            _write_to_broken,
            both(
                _apply_again,
                _partition_goes_on,
                type_command("parley dlq replay --reason handler_failed --yes"),
                each_has_one_answer,
                restart_as_before("router"),
            ),
            "applied again, dead letters replayed; each customer has one answer",
            prepare=restart_with("router", DEAD_LETTER_LIMIT="5"),
            limit=150.0,
        ),
        Cause(
            "the clock of ingress is two hours ahead",
            {"ClockWrong": Sign("ingress", r"parley_clock_skew_seconds[^\n]*\} 7\d\d\d")},
            _turn_clock,
            write,
            _set_clock,
            "set",
            prepare=_make_clock_turnable,
        ),
    ),
)
