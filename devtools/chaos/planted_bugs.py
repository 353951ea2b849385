"""A service with a bug, to see that the checks find it: `python -m devtools.chaos.planted_bugs BUG services.router`.

The runtime is changed in this process before the service is run in it; nothing of it is in production code.
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
    """A record counts as done when its work has begun, so its offset is committed before its outputs are published."""
    handle = Processor._handle
    working: set[asyncio.Task[None]] = set()

    async def in_background(*arguments: Any) -> None:
        task = asyncio.create_task(handle(*arguments))
        working.add(task)
        task.add_done_callback(working.discard)

    _replace(Processor, "_handle", in_background)


def no_claim() -> None:
    """Whoever asks for a message gets it, though it was sent before."""
    claim = OutboundMessages.claim

    async def always(self: OutboundMessages, *arguments: Any, **named: Any) -> None:
        await claim(self, *arguments, **named)

    _replace(OutboundMessages, "claim", always)


def out_of_order() -> None:
    """Each record has a lane of its own, so nothing waits for what came before in its conversation."""
    init = Runner.__init__

    def alone(self: Runner, *arguments: Any, **named: Any) -> None:
        init(self, *arguments, **{**named, "lane_of": lambda message: message.id})

    _replace(Runner, "__init__", alone)


def recompute() -> None:
    """A record that comes again is decided again, and what comes of it has new ids each time."""
    load = Conversations.load

    async def forgetful(self: Conversations, *arguments: Any, **named: Any) -> Any:
        before, _ = await load(self, *arguments, **named)
        return before, None

    _replace(Conversations, "load", forgetful)
    _replace(ids, "output_id", lambda *_, **__: str(uuid4()))


def _replace(owner: object, name: str, by: object) -> None:
    if not hasattr(owner, name):
        raise SystemExit(f"{owner} has no {name} any more: mend devtools/chaos/planted_bugs.py")
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
