"""Causes of alerts on channels and sends."""

from shared.operations.channels import stopped_channels
from tests.e2e.shop import Shop
from tests.e2e.waiting import until
from tests.observability.load import paused_broadcast
from tests.observability.scene import (
    Cause,
    Group,
    Scene,
    Sign,
    both,
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
    await write(scene, count=15)  # before the channel pauses because nothing is answered


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
            "Meta throttles a number",
            {"ChannelsThrottled": Sign("meta", r'"workspace_id":"shop\d+"')},
            script("meta", {"kind": "throttle", "retry_after": 1}, kind="message"),
            write,
            unscript,
            "no longer",
        ),
        Cause(
            "delivery starts with another SECRETS_KEY",
            {"SecretUnreadable": Sign("meta", r"A secret cannot be read")},
            restart_with("delivery", SECRETS_KEY=_LOST_KEY),
            write,
            restart_as_before("delivery"),
            "started with the right one",
        ),
        Cause(
            "Meta takes calls and answers neither with a result nor with a status",
            {"SendsInDoubt": Sign("sent_again|given_up", r"In doubt, sending again")},
            both(script("meta", {"kind": "timeout", "accepted": False}, kind="message"), _write_at_once),
            write,
            unscript,
            "answers again",
        ),
    ),
)
