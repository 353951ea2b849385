"""Broadcasts that are paused or skip recipients, and the reasons that are reported."""

import time
from datetime import timedelta
from pathlib import Path

from devtools.simulators.webhooks import meta_event
from shared.clock import SystemClock
from shared.domain.broadcast import BroadcastStage, RecipientState
from shared.messages.broadcast_content import BroadcastTemplate, BroadcastText
from shared.operations.broadcasts.estimate import problems_now
from shared.repositories.workspaces import Workspaces
from tests.e2e.shop import Shop, phone, word
from tests.e2e.simulator_control import Json
from tests.e2e.test_broadcast import BroadcastUnderTest, create_broadcast, template
from tests.e2e.test_customer_service_window import TEMPLATE_WITH_TEXT
from tests.e2e.test_templates import AT_META, parley
from tests.e2e.waiting import in_thread, until
from tests.e2e.world import World


async def _earlier_customer(world: World, shop: Shop) -> str:
    ada = phone()
    await world.write(shop, ada, "Where are you?")
    await world.answers(ada)
    return ada


async def _skip_reasons(made: BroadcastUnderTest) -> dict[str, int]:
    await made.wait_for_counts(skipped=1)
    return await made.recipients.reasons(made.id, RecipientState.SKIPPED)


async def test_broadcast_text_is_skipped_when_its_window_closes_while_held(world: World) -> None:
    """It is held because the channel's token has expired."""
    shop = await world.shop(profile=TEMPLATE_WITH_TEXT)
    ada = await _earlier_customer(world, shop)
    renewed = await world.replace_token(shop, apply=False)
    made = await create_broadcast(world, shop, BroadcastText(text=f"News of {word()}"), [ada])
    await world.outbound_when(shop, lambda it: it["author"] == "broadcast" and it["state"] == "held")
    at = SystemClock().now() - timedelta(hours=25)
    await world.stored(shop, "conversations").update(
        {"_id": shop.meta_conversation(ada)},
        {
            "$set": {"last_inbound_at": at, "state.last_inbound_at": at},
            "$inc": {"state.version": 1},  # the router keeps the state that it has stored itself
        },
    )
    tried = len(await world.attempts(ada))
    await world.reapply(renewed, **TEMPLATE_WITH_TEXT)
    assert await _skip_reasons(made) == {"window_closed": 1}
    failed = await world.outbound_when(shop, lambda it: it["author"] == "broadcast" and it["state"] == "failed")
    assert (failed["reason"], failed.get("instead")) == ("window_closed", None)
    assert "is not replaced" in failed["error"]["detail"]
    assert len(await world.attempts(ada)) == tried, "neither the text nor a template was attempted"


async def test_broadcast_text_is_skipped_when_the_provider_reports_a_closed_window(world: World) -> None:
    shop = await world.shop(profile=TEMPLATE_WITH_TEXT)
    ada, bo = await _earlier_customer(world, shop), await _earlier_customer(world, shop)
    await world.script("meta", {"kind": "error", "code": 131047}, to=ada)
    await world.script("meta", {"kind": "error", "code": 131047, "asynchronous": True}, to=bo)
    for one in (ada, bo):
        made = await create_broadcast(world, shop, BroadcastText(text=f"News of {word()}"), [one])
        assert await _skip_reasons(made) == {"window_closed": 1}
        assert len(await world.attempts(one)) == 2, "the answer and the text"
        assert await made.recipients.retry(made.id, SystemClock().now()) == 0, "a retry would fail again"


async def test_template_paused_at_meta_is_reported_before_the_start(world: World, tmp_path: Path) -> None:
    shop = await world.shop()
    await world.control("POST", "/_sim/meta/templates", {"waba_id": shop.number.waba_id, "templates": AT_META[:2]})
    await in_thread(parley, world, "templates", "sync", shop.workspace)
    people = tmp_path / "people.csv"
    people.write_text(f"phone\n+{phone()}\n")
    create = ("broadcast", "create", "spring", "-w", shop.workspace, "--csv", str(people), "--template", "old")
    assert "problem: The template old (en) cannot be sent: it is PAUSED" in await in_thread(parley, world, *create)
    refused = await in_thread(parley, world, "broadcast", "start", "spring", "-w", shop.workspace, code=1)
    assert "spring cannot start: The template old (en)" in refused
    workspace = await Workspaces(world.mongo, SystemClock()).get(shop.workspace)
    assert workspace is not None
    made = await create_broadcast(
        world, shop, BroadcastTemplate(name="news", language="en", parameters=("a",)), start=False
    )
    (problem,) = await problems_now(world.mongo, await made.now(), workspace, SystemClock().now())
    assert "wants 2 parameters, and 1 are given" in problem


async def test_missing_segment_pauses_a_broadcast_until_it_exists_again(world: World) -> None:
    segments: Json = {"segments": [{"name": "all"}]}
    shop = await world.shop(profile=segments)
    ada = await _earlier_customer(world, shop)
    made = await create_broadcast(world, shop, template(), segment="all", start=False)
    await world.reapply(shop)  # without the segment
    assert await made.broadcasts.start(made.id, SystemClock().now())
    paused = await made.wait_for_stage(BroadcastStage.PAUSED)
    assert paused.reason == "there is no segment all (or no longer)"
    assert len(await world.attempts(ada)) == 1
    await world.reapply(shop, **segments)

    async def goes_on() -> bool:  # delivery keeps a workspace for some seconds
        await made.broadcasts.resume(made.id, SystemClock().now())
        return (await made.now()).stage is BroadcastStage.DONE

    await until(goes_on, "the broadcast continues with its segment")
    assert len(await world.answers(ada, 2)) == 2


async def _post_quality_event(world: World, shop: Shop, event: str, at: int) -> None:
    value = {
        "display_phone_number": shop.number.display_phone_number,
        "event": event,
        "current_limit": "TIER_1K",
    }
    body = meta_event(shop.number.waba_id, "phone_number_quality_update", value, timestamp=at)
    assert await world.post_meta(body) == 200


async def _processed_account_events(world: World) -> float:
    """Return the number of account events that delivery has processed."""
    return await world.metric("delivery", r'parley_statuses_total\{.*"account"')


async def _account_events_at_least(world: World, count: float) -> bool:
    return await _processed_account_events(world) >= count


async def test_quality_drop_of_a_number_pauses_only_its_own_broadcasts(world: World) -> None:
    shop, other = await world.shop(), await world.shop()
    people, others, at = [phone() for _ in range(200)], [phone() for _ in range(30)], int(time.time())
    made = await create_broadcast(world, shop, template(), people, rate=4.0)
    unharmed = await create_broadcast(world, other, template(), others, rate=10.0)
    await made.wait_for_stage(BroadcastStage.RUNNING)
    await _post_quality_event(world, shop, "FLAGGED", at)
    paused = await made.wait_for_stage(BroadcastStage.PAUSED)
    assert paused.reason == "the quality of the number main has dropped (FLAGGED, its limit is TIER_1K)"
    shown = await in_thread(parley, world, "broadcast", "status", paused.name, "-w", shop.workspace)
    assert f"{paused.name}: paused, the quality of the number" in shown.replace("\n", " ")
    assert await made.broadcasts.resume(made.id, SystemClock().now())
    noted = await _processed_account_events(world)
    for event in ("FLAGGED", "UNFLAGGED"):  # a duplicate, as Meta sends them, and a good event
        await _post_quality_event(world, shop, event, at)
    await until(lambda: _account_events_at_least(world, noted + 2), "both events are processed")
    await unharmed.wait_for_stage(BroadcastStage.DONE)
    assert (await made.now()).stage is BroadcastStage.RUNNING
    await _post_quality_event(world, shop, "DOWNGRADE", at + 1)
    assert "DOWNGRADE" in (await made.wait_for_stage(BroadcastStage.PAUSED)).reason
    assert await made.broadcasts.cancel(made.id, SystemClock().now())
