"""The parts that causes of alerts are made of: a cause, the things it works on, and what several of them do."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from devtools import guides
from devtools.simulators.webhooks import meta_webhook
from tests.e2e.crm import Crm
from tests.e2e.shop import Shop, phone, word
from tests.e2e.waiting import in_thread
from tests.e2e.world import World
from tests.observability.load import FAQ
from tests.observability.prometheus import PrometheusClient
from tests.observability.runbook import Desk


@dataclass
class Scene:
    """The things that a cause works on. shop: has a webhook out to `crm`. notes: what it must remember until it is
    mended; `shop`: customers write to this one instead; `customers`: those that wrote, if it is a list.
    """

    world: World
    shop: Shop
    crm: Crm
    prometheus: PrometheusClient
    desk: Desk
    notes: dict[str, object] = field(default_factory=dict)


Step = Callable[[Scene], Awaitable[None]]


async def nothing(_scene: Scene) -> None:
    """Nothing needs to be done."""


@dataclass(frozen=True)
class Sign:
    """Regular expressions. names: in the alert's summary. shows: in the output of its runbook's commands, with the
    alert's labels in place of `<label>`.
    """

    names: str
    shows: str


@dataclass(frozen=True)
class Cause:
    """A cause of alerts that a test brings about.

    what: for the table. prepare: before the seconds are counted. keep: repeated each half second until the alerts
    fire. ends: they end soon after `mend`; a service level's alert ends when its windows have passed. limit: seconds in
    which they must fire. stand_in: what is not as in earnest, for the table.
    """

    what: str
    alerts: Mapping[str, Sign]
    begin: Step
    keep: Step = nothing
    mend: Step = nothing
    repair: str = ""
    prepare: Step = nothing
    ends: bool = True
    limit: float = 90.0
    stand_in: str = ""


@dataclass(frozen=True)
class Group:
    """Causes that need the same stack. env: its settings. console: it has one. disk: megabytes of a disk of its own;
    0: it has none.
    """

    name: str
    causes: tuple[Cause, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    console: bool = False
    disk: int = 0


def stop(name: str) -> Step:
    """Stop a process; it stays down."""
    return lambda scene: in_thread(_ignore, scene.world.stack.stop_one, name)


def _ignore(function: Callable[..., object], *arguments: object) -> None:
    function(*arguments)


def restart(name: str) -> Step:
    """Start a process, after a SIGTERM if it runs."""
    return lambda scene: in_thread(scene.world.stack.restart, name)


def send_signal(number: signal.Signals, name: str) -> Step:
    """Send a signal to a process."""
    return lambda scene: in_thread(scene.world.stack.send_signal, number, name)


def restart_with(name: str, **settings: str) -> Step:
    """Start a service again with other settings; `restart_as_before` takes them back."""

    async def begin(scene: Scene) -> None:
        server = scene.world.stack.server(name)
        scene.notes[f"env of {name}"] = dict(server.env)
        server.env.update(settings)
        await restart(name)(scene)

    return begin


def start_with(name: str, **settings: str) -> Step:
    """Start a service again with other settings, with which it does not become ready; `restart_as_before` takes them
    back.
    """

    async def begin(scene: Scene) -> None:
        server = scene.world.stack.server(name)
        scene.notes[f"env of {name}"] = dict(server.env)
        await stop(name)(scene)
        server.env.update(settings)
        await in_thread(_ignore, scene.world.stack.start_one, name)

    return begin


def restart_as_before(name: str) -> Step:
    """Start a service again with the settings that it had."""

    async def mend(scene: Scene) -> None:
        before = scene.notes.pop(f"env of {name}")
        assert isinstance(before, dict)
        server = scene.world.stack.server(name)
        server.env.clear()
        server.env.update(before)
        await restart(name)(scene)

    return mend


def both(*steps: Step) -> Step:
    """Take several steps, one after the other."""

    async def all_of_them(scene: Scene) -> None:
        for step in steps:
            await step(scene)

    return all_of_them


def together(*steps: Step) -> Step:
    """Take several steps at the same time."""

    async def all_of_them(scene: Scene) -> None:
        await asyncio.gather(*(step(scene) for step in steps))

    return all_of_them


def last_command(alert: str) -> str:
    """Return the last command of a runbook's blocks: that of its repair."""
    page = guides.ROOT / f"docs/runbooks/{alert}.md"
    return [one.text for one in guides.commands(page) if not one.in_sentence][-1]


def type_command(line: str) -> Step:
    """Type a command of a runbook's repair, with its capitals replaced as in the diagnosis; it must succeed."""

    async def typed(scene: Scene) -> None:
        await in_thread(scene.desk.repair, line)

    return typed


async def write(scene: Scene, text: str = "", count: int = 3) -> None:
    """Let new customers write; nobody waits for answers, and webhooks may be rejected."""
    shop = scene.notes.get("shop", scene.shop)
    assert isinstance(shop, Shop)
    people = [phone() for _ in range(count)]
    bodies = [meta_webhook(scene.world.item(shop, one, text or FAQ)) for one in people]
    taken = await asyncio.gather(*(scene.world.post_meta(body) for body in bodies), return_exceptions=True)
    customers = scene.notes.get("customers")
    if isinstance(customers, list):
        customers += [one for one, status in zip(people, taken, strict=True) if status == 200]


async def note_customers(scene: Scene) -> None:
    """Note from now on who writes."""
    scene.notes["customers"] = []


async def each_has_one_answer(scene: Scene) -> None:
    """Wait until the noted customers have an answer; none has two."""
    customers = scene.notes.pop("customers")
    assert isinstance(customers, list)
    assert customers
    for answers in await asyncio.gather(*(scene.world.answers(one, within=120.0) for one in customers)):
        assert len(answers) == 1, answers


async def ask_model(scene: Scene) -> None:
    """Let new customers write what only a model answers."""
    await write(scene, f"remark {word()}", 2)


def script(provider: str, fault: dict[str, object], **match: str) -> Step:
    """Let a provider fail until `unscript`."""

    async def begin(scene: Scene) -> None:
        scene.notes["rule"] = await scene.world.script(provider, fault, times=None, **match)

    return begin


async def unscript(scene: Scene) -> None:
    """Let the provider work again."""
    rule = scene.notes.pop("rule")
    assert isinstance(rule, int)
    await scene.world.unscript(rule)


def stutter(name: str, seconds: float, meanwhile: Step) -> Step:
    """Let a process stand still, while something needs it."""

    async def keep(scene: Scene) -> None:
        await send_signal(signal.SIGSTOP, name)(scene)
        waiting = asyncio.ensure_future(meanwhile(scene))
        await asyncio.sleep(seconds)
        await send_signal(signal.SIGCONT, name)(scene)
        await waiting

    return keep
