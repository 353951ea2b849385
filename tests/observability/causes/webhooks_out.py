"""Causes of alerts on calls of workspaces' own systems."""

from tests.observability.scene import (
    Cause,
    Group,
    Scene,
    Sign,
    both,
    restart_as_before,
    restart_with,
    type_command,
    write,
)


async def _refuse(scene: Scene) -> None:
    scene.crm.status = lambda _: 404


async def _accept(scene: Scene) -> None:
    scene.crm.status = lambda _: 200


GROUP = Group(
    "webhooks out",
    (
        Cause(
            "the owner's system answers 404",
            {"WebhooksOutFailing": Sign("webhooks out", r"crm -w shop\d+  [^\n]*HTTP 404")},
            _refuse,
            write,
            _accept,
            "answers 200 again",
        ),
        Cause(
            "the owner's system answers 404, and few calls may wait (WEBHOOKS_OUT_WAITING=3)",
            {"WebhooksOutGivenUp": Sign("given up", r"webhook_failed")},
            both(restart_with("delivery", WEBHOOKS_OUT_WAITING="3"), _refuse),
            write,
            both(
                _accept,
                type_command("parley dlq replay --reason webhook_failed --workspace WORKSPACE --yes"),
                restart_as_before("delivery"),
            ),
            "answers 200 again, dead letters replayed",
            stand_in="calls are given up because too many wait, not after a day",
        ),
    ),
)
