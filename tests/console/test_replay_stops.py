"""The end of a replay before its last message."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.ai.calls.ask import AskResult
from services.ai.gate.port import OPEN_GATE
from services.ai.replays.gate import ReplayGate
from services.ai.replays.money import ReplayMoney
from services.ai.replays.rerun import ReplayStopped, Rerun
from services.console.parts import Parts
from shared.clock import FixedClock
from shared.domain.model_prices import load_prices
from shared.domain.replays import Origin, Replay, ReplayChanges, ReplayResult, Said, Stopped
from shared.operations.replays.changed import changed_workspace
from shared.operations.replays.recorded import RecordedMessage, conversations
from shared.storage.mongo import Mongo
from tests.console.recorded_shop import ADA, BO, open_shop


class OneAnswer:
    """Stands for `ReplayModels`: the answer is there when another conversation was stopped."""

    def __init__(self) -> None:
        self.stopped = asyncio.Event()

    async def ask(self, one: RecordedMessage, *_: object) -> tuple[Said, AskResult]:
        await self.stopped.wait()
        return Said(origin=Origin.MODEL, text=f"About: {one.words}", asked=True), AskResult(answer=None, attempts=1)


async def test_answers_that_are_paid_for_are_kept_when_a_replay_stops(
    mongo: Mongo, parts: Parts, clock: FixedClock
) -> None:
    shop = await open_shop(mongo, clock)
    for phone in (ADA, BO):
        for number in range(2):
            await shop.asked(phone, f"Could you tell me about cup {number} please?", "ai: no", "Of course.", "0.01")
    workspace = await parts.workspaces.get("acme")
    assert workspace is not None
    replay = _replay(clock)
    models: Any = OneAnswer()
    kept: list[ReplayResult] = []
    gates = 0

    async def gate_of(result: str) -> ReplayGate:
        nonlocal gates
        gates += 1
        if gates > 1:
            models.stopped.set()
            raise ReplayStopped(Stopped.BUDGET)
        return ReplayGate(OPEN_GATE, ReplayMoney(Decimal(1)), load_prices(), 100, result)

    async def keep(result: ReplayResult) -> None:
        kept.append(result)

    async def paid(*_: object) -> None: ...

    rerun = Rerun(
        mongo=mongo,
        clock=clock,
        replay=replay,
        changed=changed_workspace(workspace, ReplayChanges(bot={"system_prompt": "Be short."})),
        models=models,
        gate_of=gate_of,
        keep=keep,
        paid=paid,
    )
    found = await conversations(mongo, "acme", replay.since, replay.until, limit=10)
    assert len(found) == 2
    with pytest.raises(ReplayStopped):
        await rerun.run(found)
    assert [one.now.text for one in kept] == ["About: Could you tell me about cup 0 please?"]
    assert gates == 2, "nothing more is asked"


def _replay(clock: FixedClock) -> Replay:
    now = clock.now()
    return Replay(
        id="r1",
        workspace="acme",
        name="Try",
        by="user:owner",
        by_name="Ann",
        at=now,
        ends=now + timedelta(days=90),
        since=now - timedelta(days=1),
        until=now,
    )
