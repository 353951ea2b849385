"""Causes of alerts on channels and sends."""

from shared.operations.channels import stopped_channels
from tests.e2e.shop import BOT, Shop, workspace_file
from tests.e2e.waiting import until
from tests.observability.load import paused_broadcast
from tests.observability.scene import (
    Cause,
    Group,
    Scene,
    Sign,
    both,
    each_has_one_answer,
    note_customers,
    restart_as_before,
    restart_with,
    script,
    type_command,
    unscript,
    write,
)

_LOST_KEY = "lost:" + "A" * 43 + "="  # 32 bytes of zeros


async def _expire_token(scene: Scene) -> None:
    locked = await scene.world.shop()
    await scene.world.replace_token(locked, apply=False)
    scene.notes["shop"] = locked


async def _renew_token(scene: Scene) -> None:
    locked = scene.notes.pop("shop")
    assert isinstance(locked, Shop)
    await scene.world.replace_token(locked)


async def _pause_broadcast(scene: Scene) -> None:
    scene.notes["shop"] = await paused_broadcast(scene.world)


async def _channel_is_open(scene: Scene) -> None:
    async def none_is_stopped() -> bool:
        return not await stopped_channels(scene.world.mongo)

    await until(none_is_stopped, "no channel is stopped", within=60.0)


async def _broadcast_goes_on(scene: Scene) -> None:
    async def none_is_paused() -> bool:
        return not await scene.world.mongo.collection("broadcasts").count({"stage": {"$in": ["paused", "running"]}})

    await until(none_is_paused, "the broadcast is done", within=60.0)


async def _write_at_once(scene: Scene) -> None:
    scene.notes["shop"] = await scene.world.shop()
    await write(scene, count=15)  # before the channel pauses because nothing is answered


async def _no_send_is_in_doubt(scene: Scene) -> None:
    shop = scene.notes.pop("shop")
    assert isinstance(shop, Shop)

    async def all_are_settled() -> bool:
        return not await scene.world.stored(shop, "outbound").find({"state": "sending"})

    await until(all_are_settled, "no send is in doubt", within=60.0)


async def _limit_numbers(scene: Scene) -> None:
    scene.notes["shop"] = await scene.world.shop()
    await scene.world.control("POST", "/_sim/config", {"meta": {"throughput": 2}})


async def _lower_rate(scene: Scene) -> None:
    shop = scene.notes["shop"]  # customers write on
    assert isinstance(shop, Shop)
    file = workspace_file(shop, BOT, {})
    main = file.channels[0].model_copy(update={"messages_per_second": 1.0})
    await scene.world.apply(file.model_copy(update={"channels": [main, *file.channels[1:]]}))


GROUP = Group(
    "channels",
    (
        Cause(
            "a channel's token expires",
            {"ChannelStopped": Sign("meta", r"(?s)shop\d+/main \(meta\)  stopped since .* 190")},
            _expire_token,
            write,
            _renew_token,
            "a new one is applied",
        ),
        Cause(
            "a broadcast meets an expired token",
            {"BroadcastPaused": Sign("channel", r"(?s)paused +shop\d+.*stopped since .* 190")},
            _pause_broadcast,
            mend=both(
                _renew_token,
                _channel_is_open,
                type_command("parley broadcast resume NAME --workspace WORKSPACE"),
                _broadcast_goes_on,
            ),
            repair="a new one is applied, `parley broadcast resume`",
        ),
        Cause(
            "delivery starts with another SECRETS_KEY",
            {"SecretUnreadable": Sign("meta", r"A secret cannot be read")},
            restart_with("delivery", SECRETS_KEY=_LOST_KEY),  # no message is needed
            mend=restart_as_before("delivery"),
            repair="started with the right one",
        ),
        Cause(
            "Meta takes calls and answers neither with a result nor with a status",
            {"SendsInDoubt": Sign("sent_again|given_up", r"In doubt, sending again")},
            both(
                script("meta", {"kind": "timeout", "accepted": False}, kind="message"), note_customers, _write_at_once
            ),
            write,
            both(
                unscript,
                _no_send_is_in_doubt,
                type_command("parley dlq replay --reason in_doubt --yes"),
                each_has_one_answer,
            ),
            "answers again, dead letters replayed; each customer has one answer",
        ),
        # Last: its customers write on after the repair, and the simulator keeps its limit.
        Cause(
            "a channel sends faster than Meta lets its number (2 messages a second)",
            {"ChannelsThrottled": Sign("meta", r'"workspace_id":"shop\d+"')},
            _limit_numbers,
            write,
            _lower_rate,
            "`messages_per_second` lowered and applied; customers write on",
        ),
    ),
)
