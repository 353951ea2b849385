"""Wires the router: settings, dependencies, run."""

from typing import Any

from services.router.timer_poller import TimerPoller
from services.router.worker import Router
from shared.commerce import product_references
from shared.kafka.faust_source import FaustSource
from shared.repositories.timers import DueConversations
from shared.repositories.workspaces import Workspaces
from shared.service.process import Process, run
from shared.topics import CONVERSATION_COMMANDS, INBOUND_MESSAGES


def _lane(message: Any) -> str:
    return str(message.conversation_id)


async def wire(process: Process) -> None:
    """Create the router and its timer poller."""
    product_references.patterns()  # compiled now, not with the first message
    mongo = await process.mongo()
    producer = await process.producer()
    timers = TimerPoller(DueConversations(mongo), producer, process.clock)
    process.part(timers.run)
    router = Router(mongo, Workspaces(mongo, process.clock), producer, process.clock, timers.expect)
    process.consume(
        "router",
        {INBOUND_MESSAGES.name: router.on_message, CONVERSATION_COMMANDS.name: router.on_command},
        source=FaustSource,
        lane_of=_lane,
        dead_letters=process.dead_letters(producer),
        before_commit=router.flush,
        on_reassigned=router.forget_states,
    )


def main() -> int:
    """Run the router; return its exit code."""
    return run("router", wire, secrets_key=False)
