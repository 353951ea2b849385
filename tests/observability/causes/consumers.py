"""Causes of alerts on processes, consumers and lag."""

import asyncio
import signal

from tests.e2e.waiting import in_thread
from tests.observability.scene import (
    Cause,
    Group,
    Scene,
    Sign,
    ask_model,
    both,
    restart,
    restart_as_before,
    restart_with,
    script,
    send_signal,
    start_with,
    stop,
    together,
    unscript,
    write,
)


async def _stand_still_with_replies(scene: Scene) -> None:
    await send_signal(signal.SIGSTOP, "delivery")(scene)
    await asyncio.gather(write(scene, count=14), *(ask_model(scene) for _ in range(7)))
    await asyncio.sleep(13)
    await send_signal(signal.SIGCONT, "delivery")(scene)


async def _stop_exporter(scene: Scene) -> None:
    await in_thread(_stop_lag, scene)


def _stop_lag(scene: Scene) -> None:
    scene.prometheus.lag.stop(5.0)


async def _start_exporter(scene: Scene) -> None:
    await in_thread(scene.prometheus.lag.restart)


async def _many_questions(scene: Scene) -> None:
    await together(*[ask_model] * 4)(scene)


GROUP = Group(
    "consumers",
    (
        Cause(
            "delivery stands still for 13 s",
            {
                "RepliesSlowWithModel": Sign("need a model", r'author="ai"\} (1\d|[2-9]\d)'),
                "RepliesSlowWithoutModel": Sign("FAQ and flows", r'topic="outbound.messages"\} ([2-9]|[1-9]\d)'),
            },
            _stand_still_with_replies,
            repair="goes on (SIGCONT)",
            ends=False,
        ),
        Cause(
            "router is stopped",
            {
                "ServiceDown": Sign("router", r"router-0 +0/1"),
                "ReplicaDown": Sign("router", r'service="router"\} 0'),
            },
            stop("router"),
            mend=restart("router"),
            repair="started",
        ),
        Cause(
            "ai is started with a wrong address of MongoDB",
            {"ServiceNotReady": Sign("ai", r"Waiting for a dependency|\"mongodb\": ?\"(?!ok)")},
            start_with("ai", MONGODB_URI="mongodb://127.0.0.1:1/?directConnection=true"),
            mend=restart_as_before("ai"),
            repair="started with the right one",
        ),
        Cause(
            "router hangs (SIGSTOP)",
            {
                "ConsumerGone": Sign("router", r'parley_group_members", [^\n]*group="[^"]*router[^\n]*\} 0'),
                "ConsumerLagging": Sign(
                    "router", r'lag_seconds", group="router"[^\n]*inbound.messages"\} ([5-9]|[1-9]\d)'
                ),
                "ConsumerStuck": Sign("router", r"(?i)timed out|TimeoutError"),
            },
            send_signal(signal.SIGSTOP, "router"),
            write,
            send_signal(signal.SIGCONT, "router"),
            "goes on (SIGCONT)",
        ),
        Cause(
            "delivery hangs (SIGSTOP) beside a workspace with webhooks out",
            {
                "BackgroundLagging": Sign(
                    "conversation.events", r'lag_seconds"[^\n]*conversation.events"\} ([5-9]|[1-9]\d)'
                )
            },
            send_signal(signal.SIGSTOP, "delivery"),
            write,
            send_signal(signal.SIGCONT, "delivery"),
            "goes on (SIGCONT)",
        ),
        Cause(
            "the lag exporter is stopped",
            {"LagUnmeasured": Sign("not measured", r"lag-0 +0/1")},
            _stop_exporter,
            mend=_start_exporter,
            repair="started",
        ),
        Cause(
            "models take 5 s and ai has few lanes (LANES=4)",
            {"LanesFull": Sign("ai", r'consumer="ai[^\n]*\} 1\n')},
            both(restart_with("ai", LANES="4"), script("anthropic", {"kind": "latency", "seconds": 5.0})),
            _many_questions,
            both(unscript, restart_as_before("ai")),
            "LANES as before, models quick again",
        ),
    ),
    console=True,
)
