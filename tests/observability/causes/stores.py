"""Causes of alerts on Kafka, MongoDB and Redis, and on the console, which needs them."""

import asyncio
import signal

from tests.observability.scene import (
    Cause,
    Group,
    Scene,
    Sign,
    nothing,
    restart,
    send_signal,
    stop,
    stutter,
    together,
    write,
)

_KEY = "pk_" + "0" * 40


async def _use_console(scene: Scene) -> None:
    """Ask with a key that nobody has: the console looks for it in MongoDB."""
    url = scene.world.stack.info["console"] + "/api/v1/workspaces/nobody/conversations"

    async def one() -> None:
        async with scene.world.http.get(url, headers={"authorization": f"Bearer {_KEY}"}) as done:
            await done.read()

    await asyncio.gather(*(one() for _ in range(4)), return_exceptions=True)


GROUP = Group(
    "stores",
    (
        # First: afterwards the service level of webhooks is not kept for minutes.
        Cause(
            "the broker stutters (1.3 s at a time)",
            {
                "WebhooksSlow": Sign("within 1 s", r'provider="meta"\} ([1-9]|0\.9)'),
                "WebhookMedianSlow": Sign("250 ms", r"\{\} (0\.[3-9]|[1-9])"),
            },
            nothing,
            stutter("kafka", 1.3, write),
            repair="no longer",
        ),
        Cause(
            "the broker is stopped",
            {
                "BrokerAway": Sign("Kafka", r"The broker cannot be asked for the lag"),
                "WebhooksFailing": Sign("accepted", r'status="503"'),
                "LiveEventsPaused": Sign("live events", r"Kafka does not answer live events"),
            },
            stop("kafka"),
            write,
            restart("kafka"),
            "started",
        ),
        Cause(
            "Redis is stopped",
            {"RedisAway": Sign("Redis", r"Error 111 connecting|Connection refused")},
            stop("redis"),
            write,
            restart("redis"),
            "started",
        ),
        Cause(
            "MongoDB is stopped",
            {
                "DependencyAway": Sign("mongodb", r'"mongodb":"(?!ok)'),
                "ApiFailing": Sign("API", r'status="503"'),
            },
            stop("mongodb"),
            together(write, _use_console),
            restart("mongodb"),
            "started",
        ),
        Cause(
            "MongoDB hangs (SIGSTOP)",
            {"HandlerSlow": Sign("router", r'dependency="mongodb"\} 0\.')},
            send_signal(signal.SIGSTOP, "mongodb"),
            write,
            send_signal(signal.SIGCONT, "mongodb"),
            "goes on (SIGCONT)",
        ),
        Cause(
            "MongoDB stutters (1.2 s at a time)",
            {"ApiSlow": Sign("read", r'kind="read"\} (0\.[5-9]|[1-9])')},
            nothing,
            stutter("mongodb", 1.2, _use_console),
            repair="no longer",
        ),
    ),
    env={"INGRESS_ACCEPT_TIMEOUT": "2", "CONSOLE_REQUESTS_PER_ADDRESS_PER_MINUTE": "0"},
    console=True,
)
