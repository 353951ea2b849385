"""Wires the router: settings → parts → run."""

from typing import Any

from services.router.worker import Router
from shared.kafka.faust_source import FaustSource
from shared.kafka.runner import Runner
from shared.process import Process, run
from shared.repositories.workspaces import Workspaces
from shared.topics import CONVERSATION_COMMANDS, INBOUND_MESSAGES


def _lane(message: Any) -> str:
    return str(message.conversation_id)


async def wire(process: Process) -> None:
    """Make the parts of a router's process."""
    settings = process.settings
    mongo = await process.mongo()
    producer = await process.producer()
    router = Router(mongo, Workspaces(mongo, process.clock), producer, process.clock)
    source = FaustSource(
        settings.kafka_bootstrap_servers,
        group="router",
        topics=[INBOUND_MESSAGES.name, CONVERSATION_COMMANDS.name],
        instance=settings.instance_id,
        session_timeout=settings.session_timeout,
        rebalance_timeout=settings.rebalance_timeout,
    )
    process.runner(
        Runner(
            "router",
            source=source,
            handlers={INBOUND_MESSAGES.name: router.on_message, CONVERSATION_COMMANDS.name: router.on_command},
            lane_of=_lane,
            dead_letters=process.dead_letters(producer),
            limits=process.limits(),
            clock=process.clock,
        )
    )


def main() -> int:
    """The process; its exit code."""
    return run("router", wire)
