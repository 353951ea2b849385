"""Run a service with a bug, to test the checks: `python -m devtools.chaos.planted_bugs BUG services.router`.

The runtime is patched in this process before the service starts; production code has none of it.
"""

import asyncio
import runpy
import sys
from typing import Any
from uuid import uuid4

from shared.domain import ids
from shared.kafka.runtime.processor import Processor
from shared.kafka.runtime.runner import Runner
from shared.repositories.conversations import Conversations
from shared.repositories.outbound import OutboundMessages


def commit_before_publish() -> None:
    """Commit a record's offset while its handler still runs, so before its outputs are published."""
    handle = Processor._handle
    working: set[asyncio.Task[None]] = set()

    async def in_background(*arguments: Any) -> None:
        task = asyncio.create_task(handle(*arguments))
        working.add(task)
        task.add_done_callback(working.discard)

    _replace(Processor, "_handle", in_background)


def no_claim() -> None:
    """Grant every claim, also for messages that were sent already."""
    claim = OutboundMessages.claim

    async def always_granted(self: OutboundMessages, *arguments: Any, **named: Any) -> None:
        await claim(self, *arguments, **named)

    _replace(OutboundMessages, "claim", always_granted)


def out_of_order() -> None:
    """Give each record a lane of its own, so that it does not wait for earlier ones of its conversation."""
    init = Runner.__init__

    def one_lane_per_record(self: Runner, *arguments: Any, **named: Any) -> None:
        init(self, *arguments, **{**named, "lane_of": lambda message: message.id})

    _replace(Runner, "__init__", one_lane_per_record)


def recompute() -> None:
    """Decide again on a redelivered record, and give its outputs new ids."""
    load = Conversations.load

    async def without_recorded_decision(self: Conversations, *arguments: Any, **named: Any) -> Any:
        before, _ = await load(self, *arguments, **named)
        return before, None

    _replace(Conversations, "load", without_recorded_decision)
    _replace(ids, "output_id", lambda *_, **__: str(uuid4()))


def _replace(owner: object, name: str, by: object) -> None:
    if not hasattr(owner, name):
        raise SystemExit(f"{owner} has no {name}: update devtools/chaos/planted_bugs.py")
    setattr(owner, name, by)


BUGS = {
    "commit-before-publish": commit_before_publish,
    "no-claim": no_claim,
    "out-of-order": out_of_order,
    "recompute": recompute,
}


def main() -> None:
    bug, service = sys.argv[1:]
    BUGS[bug]()
    sys.argv = [service]
    runpy.run_module(service, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
