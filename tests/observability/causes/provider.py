"""Causes of alerts on a provider that is away; ten calls in a row take four minutes."""

import asyncio

from tests.observability.scene import Cause, Group, Scene, Sign, restart, stop, write


async def _write_a_little(scene: Scene) -> None:
    await write(scene, count=1)
    await asyncio.sleep(2)


async def _be_back(scene: Scene) -> None:
    await restart("simulators")(scene)
    await scene.world.register_with_simulators(scene.shop)


GROUP = Group(
    "provider",
    (
        Cause(
            "providers cannot be reached (their simulators are stopped)",
            {
                "ProviderUnreachable": Sign("meta", r"Connection refused"),
                "SendsFailing": Sign("provider calls", r'outcome="transient"[^\n]*\} (0\.\d*[1-9]|[1-9])'),
            },
            stop("simulators"),
            _write_a_little,
            _be_back,
            "started",
            limit=420.0,
        ),
    ),
)
