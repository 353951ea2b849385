"""Causes of alerts, each done to a running stack, kept up until the alerts fire, and mended."""

import asyncio
import base64
import secrets
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from devtools.simulators.webhooks import meta_webhook
from shared.kafka.records import NewRecord
from tests.e2e.shop import Shop, phone, word
from tests.e2e.waiting import in_thread
from tests.e2e.world import World
from tests.observability.load import FAQ, broadcasts
from tests.observability.prometheus import PrometheusClient


@dataclass
class Scene:
    """The things that a cause works on. notes: what it must remember until it is mended."""

    world: World
    shop: Shop
    prometheus: PrometheusClient
    notes: dict[str, object]


Step = Callable[[Scene], Awaitable[None]]


async def _nothing(_scene: Scene) -> None:
    """Nothing needs to be done."""


@dataclass(frozen=True)
class Cause:
    """A cause of alerts that a test brings about. what: for the table. keep: repeated each half second until the alerts
    fire. ends: they end soon after `mend`; a service level's alert ends when its windows have passed.
    """

    what: str
    alerts: tuple[str, ...]
    begin: Step
    keep: Step = _nothing
    mend: Step = _nothing
    repair: str = ""
    ends: bool = True


def _stop(name: str) -> Step:
    return lambda scene: in_thread(_ignore, scene.world.stack.stop_one, name)


def _ignore(function: Callable[..., object], *arguments: object) -> None:
    function(*arguments)


def _restart(name: str) -> Step:
    return lambda scene: in_thread(scene.world.stack.restart, name)


def _signal(number: signal.Signals, name: str) -> Step:
    return lambda scene: in_thread(scene.world.stack.send_signal, number, name)


async def write(scene: Scene, text: str = "", count: int = 3) -> None:
    """Let new customers write; nobody waits for answers, and webhooks may be rejected."""
    shop = scene.notes.get("shop", scene.shop)
    assert isinstance(shop, Shop)
    bodies = [meta_webhook(scene.world.item(shop, phone(), text or FAQ)) for _ in range(count)]
    await asyncio.gather(*(scene.world.post_meta(body) for body in bodies), return_exceptions=True)


async def _ask_model(scene: Scene) -> None:
    await write(scene, f"remark {word()}", 2)


async def _sign_in(scene: Scene) -> None:
    url = scene.world.stack.info["console"] + "/api/v1/auth/login"

    async def one() -> None:
        async with scene.world.http.post(url, json={"email": "ada@example.com", "password": "wrong-password"}) as done:
            await done.read()

    await asyncio.gather(*(one() for _ in range(4)), return_exceptions=True)


async def _write_and_sign_in(scene: Scene) -> None:
    await asyncio.gather(write(scene), _sign_in(scene))


def _script(provider: str, fault: dict[str, object], **match: str) -> Step:
    async def begin(scene: Scene) -> None:
        scene.notes["rule"] = await scene.world.script(provider, fault, times=None, **match)

    return begin


async def _unscript(scene: Scene) -> None:
    rule = scene.notes.pop("rule")
    assert isinstance(rule, int)
    await scene.world.unscript(rule)


async def _expire_token(scene: Scene) -> None:
    locked = await scene.world.shop()
    await scene.world.replace_token(locked, apply=False)
    scene.notes["shop"] = locked


async def _renew_token(scene: Scene) -> None:
    locked = scene.notes.pop("shop")
    assert isinstance(locked, Shop)
    await scene.world.replace_token(locked)


async def _pause_broadcast(scene: Scene) -> None:
    await broadcasts(scene.world, scene.shop)


async def _spend_budget(scene: Scene) -> None:
    scene.notes["shop"] = await scene.world.shop(daily_budget_usd="0.00001")


async def _forget_shop(scene: Scene) -> None:
    scene.notes.pop("shop")


async def _poison(scene: Scene) -> None:
    async with scene.world.producer() as producer:
        key = scene.shop.workspace.encode()
        await producer.send([NewRecord("inbound.messages", key, b"no message") for _ in range(150)])


async def _forge(scene: Scene) -> None:
    body = meta_webhook(scene.world.item(scene.shop, phone(), "hello"))
    await asyncio.gather(*(scene.world.post_meta(body, secret="wrong") for _ in range(5)))


async def _change_key(scene: Scene) -> None:
    delivery = scene.world.stack.server("delivery")
    scene.notes["key"] = delivery.env["SECRETS_KEY"]
    delivery.env["SECRETS_KEY"] = f"lost:{base64.b64encode(secrets.token_bytes(32)).decode()}"
    await _restart("delivery")(scene)


async def _restore_key(scene: Scene) -> None:
    scene.world.stack.server("delivery").env["SECRETS_KEY"] = str(scene.notes.pop("key"))
    await _restart("delivery")(scene)


async def _stop_exporter(scene: Scene) -> None:
    await in_thread(_ignore, scene.prometheus.lag.stop, 5.0)


async def _start_exporter(scene: Scene) -> None:
    await in_thread(scene.prometheus.lag.restart)


def _stutter(name: str, seconds: float, meanwhile: Step) -> Step:
    """Let a process stand still again and again, while something needs it."""

    async def keep(scene: Scene) -> None:
        await _signal(signal.SIGSTOP, name)(scene)
        waiting = asyncio.create_task(_as_coroutine(meanwhile, scene))
        await asyncio.sleep(seconds)
        await _signal(signal.SIGCONT, name)(scene)
        await waiting

    return keep


async def _as_coroutine(step: Step, scene: Scene) -> None:
    await step(scene)


async def _stand_still_with_replies(scene: Scene) -> None:
    await _signal(signal.SIGSTOP, "delivery")(scene)
    await asyncio.gather(write(scene, count=14), *(_ask_model(scene) for _ in range(7)))
    await asyncio.sleep(13)
    await _signal(signal.SIGCONT, "delivery")(scene)


CAUSES = (
    Cause(
        "delivery stands still for 13 s",
        ("RepliesSlowWithModel", "RepliesSlowWithoutModel"),
        _stand_still_with_replies,
        repair="goes on (SIGCONT)",
        ends=False,
    ),
    Cause(
        "router is stopped",
        ("ServiceDown", "ReplicaDown"),
        _stop("router"),
        mend=_restart("router"),
        repair="started",
    ),
    Cause(
        "router hangs (SIGSTOP)",
        ("ConsumerGone", "ConsumerLagging", "ConsumerStuck"),
        _signal(signal.SIGSTOP, "router"),
        write,
        _signal(signal.SIGCONT, "router"),
        "goes on (SIGCONT)",
    ),
    Cause(
        "delivery hangs (SIGSTOP) beside a workspace with webhooks out",
        ("BackgroundLagging",),
        _signal(signal.SIGSTOP, "delivery"),
        write,
        _signal(signal.SIGCONT, "delivery"),
        "goes on (SIGCONT)",
    ),
    Cause(
        "the broker is stopped",
        ("BrokerAway", "WebhooksFailing", "LiveEventsPaused"),
        _stop("kafka"),
        write,
        _restart("kafka"),
        "started",
    ),
    Cause(
        "the broker stutters (1.3 s at a time)",
        ("WebhooksSlow", "WebhookMedianSlow"),
        _nothing,
        _stutter("kafka", 1.3, write),
        repair="no longer",
    ),
    Cause("Redis is stopped", ("RedisAway",), _stop("redis"), write, _restart("redis"), "started"),
    Cause(
        "MongoDB is stopped",
        ("DependencyAway", "ApiFailing"),
        _stop("mongodb"),
        _write_and_sign_in,
        _restart("mongodb"),
        "started",
    ),
    Cause(
        "MongoDB stutters (1.2 s at a time)",
        ("ApiSlow",),
        _nothing,
        _stutter("mongodb", 1.2, _sign_in),
        repair="no longer",
    ),
    Cause(
        "a channel's token expires",
        ("ChannelStopped",),
        _expire_token,
        write,
        _renew_token,
        "a new one is applied",
    ),
    Cause("a broadcast meets an expired token", ("BroadcastPaused",), _pause_broadcast),
    Cause(
        "a workspace spends its budget", ("BudgetSpent",), _spend_budget, _ask_model, _forget_shop, "no more questions"
    ),
    Cause(
        "150 records that are no messages",
        ("DeadLettersGrowing", "DeadLettersFlood", "MessagesUnanswered"),
        _poison,
    ),
    Cause(
        "a model answers 503",
        ("ModelBreakerOpen", "ApologiesMany"),
        _script("anthropic", {"kind": "status", "status": 503}),
        _ask_model,
        _unscript,
        "answers again",
    ),
    Cause(
        "the credit at the models' vendor is used up",
        ("ModelAccessRefused",),
        _script("anthropic", {"kind": "no_credit"}),
        _ask_model,
        _unscript,
        "paid",
    ),
    Cause(
        "a model takes 5 s",
        ("HandlerSlow",),
        _script("anthropic", {"kind": "latency", "seconds": 5.0}),
        _ask_model,
        _unscript,
        "quick again",
    ),
    Cause("webhooks with a wrong signature", ("WebhooksRefused",), _nothing, _forge),
    Cause(
        "Meta resets all connections",
        ("ProviderUnreachable", "SendsFailing"),
        _script("meta", {"kind": "reset"}, kind="message"),
        write,
        _unscript,
        "answers again",
    ),
    Cause(
        "Meta throttles a number",
        ("ChannelsThrottled",),
        _script("meta", {"kind": "throttle", "retry_after": 1}, kind="message"),
        write,
        _unscript,
        "no longer",
    ),
    Cause("the owner's system answers 404", ("WebhooksOutFailing",), _nothing, write),
    Cause(
        "delivery starts with another SECRETS_KEY",
        ("SecretUnreadable",),
        _change_key,
        write,
        _restore_key,
        "started with the right one",
    ),
    Cause("the lag exporter is stopped", ("LagUnmeasured",), _stop_exporter, mend=_start_exporter, repair="started"),
)

NOT_PROVOKED = {
    "BackupMissed": "needs kube-state-metrics and 26 hours",
    "ClockWrong": "the clock is turned in tests/operations/test_hard_days.py, without Prometheus",
    "LanesFull": "needs a load beyond the limit of lanes",
    "NoInbound": "compares with yesterday and a week ago",
    "PartitionStopped": "the partition is stopped in tests/e2e/special/test_dead_letters.py, without Prometheus",
    "SendsInDoubt": "the state is caused in tests/e2e/restarts, without Prometheus",
    "WebhooksOutGivenUp": "calls are given up after a day",
}
