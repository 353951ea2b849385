"""Dead letters of the workspace: which there are, and their replay. What they hold is never shown."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Path, Query

from services.console.api.messages import WhyAnswer, why_answer
from services.console.caller import Principal, needs
from services.console.idempotency import RequestKey, idempotent
from services.console.models import AnswerModel, RequestModel
from services.console.pages import Page
from services.console.parameters import Paged, PartsOf
from services.console.parts import Parts
from services.console.problems import Problem
from services.console.reading import needs_all_conversations
from services.console.rights import Right
from services.console.routing import workspace_router
from shared.kafka.brokers import brokers_of
from shared.messages.dead_letters import DeadLetterReason
from shared.operations.dead_letters.indexed_replay import IndexedReplay, entry_of
from shared.operations.dead_letters.replay_state import ReplayState, replay_state
from shared.operations.trace.why import explain
from shared.repositories.dead_letter_index import MOST_COUNTED, DeadLetterIndex, IndexedLetter
from shared.repositories.dead_letter_replays import DeadLetterReplays, ReplayRecord

router = workspace_router("/letters", "letters")

Reader = Annotated[Principal, needs(Right.LETTERS_READ)]
LetterId = Annotated[str, Path(max_length=200, description="Id of a dead letter.")]
_STATES: dict[ReplayState, Literal["new", "replayed", "failed_again"]] = {
    ReplayState.NEW: "new",
    ReplayState.REPLAYED: "replayed",
    ReplayState.FAILED_AGAIN: "failed_again",
}


class LetterReplays(AnswerModel):
    """The replays of a letter. by: a person of the console as `user:<id>`, otherwise an operator."""

    count: int
    last_at: datetime
    by: str


class Letter(AnswerModel):
    """A dead letter. at: when it was written last. service: that wrote it. topic, partition, offset: of the record that
    failed, where one did. correlation: of the exchange, as in logs and traces. replayable: here; otherwise an operator
    replays it.
    """

    id: str
    reason: DeadLetterReason
    at: datetime
    service: str
    topic: str | None
    partition: int | None
    offset: int | None
    correlation: str
    replayable: bool
    state: Literal["new", "replayed", "failed_again"]
    replays: LetterReplays | None


class LetterCounts(AnswerModel):
    """Letters by reason; reasons without any are left out. most: a count of so many may be more."""

    reasons: dict[str, int]
    most: int


class LetterReplay(RequestModel):
    """A dead letter to be replayed. again: also if it was replayed before. may_send_twice: also if the provider may
    have the message.
    """

    again: bool = False
    may_send_twice: bool = False


class LetterReplayed(AnswerModel):
    """A replayed dead letter. destination: where it went, in words."""

    destination: str


@router.get("")
async def list_letters(
    caller: Reader,
    parts: PartsOf,
    paging: Paged,
    reason: Annotated[DeadLetterReason | None, Query(description="Only letters of this reason.")] = None,
) -> Page[Letter]:
    """Return the dead letters of the last 30 days, the newest first; a new one is there within seconds."""
    needs_all_conversations(caller)
    wanted = reason.value if reason else ""
    after = paging.after(wanted)
    before = (after[0], str(after[1])) if after else None
    found = await DeadLetterIndex(parts.mongo, caller.workspace).page(wanted, before, paging.limit + 1)
    shown = found[: paging.limit]
    more = [shown[-1].at, shown[-1].id] if len(found) > paging.limit else None
    return paging.page(await _letters(parts, caller, shown), more, wanted)


@router.get("/counts")
async def count_letters(caller: Reader, parts: PartsOf) -> LetterCounts:
    """Count the dead letters by reason."""
    needs_all_conversations(caller)
    reasons = await DeadLetterIndex(parts.mongo, caller.workspace).counts()
    return LetterCounts(reasons=reasons, most=MOST_COUNTED)


@router.get("/{letter}")
async def read_letter(letter: LetterId, caller: Reader, parts: PartsOf) -> Letter:
    """Return a dead letter."""
    needs_all_conversations(caller)
    found = await DeadLetterIndex(parts.mongo, caller.workspace).get(letter)
    if found is None:
        raise Problem("not-found", "there is no such dead letter")
    (shown,) = await _letters(parts, caller, [found])
    return shown


@router.get("/{letter}/why")
async def explain_letter(letter: LetterId, caller: Reader, parts: PartsOf) -> WhyAnswer:
    """Explain the exchange that a dead letter belongs to: its steps, and when each happened."""
    needs_all_conversations(caller)
    found = await DeadLetterIndex(parts.mongo, caller.workspace).get(letter)
    if found is None:
        raise Problem("not-found", "there is no such dead letter")
    return why_answer(await explain(parts.mongo, caller.workspace, found.correlation_id))


@router.post("/{letter}/replay")
async def replay_letter(
    letter: LetterId,
    body: LetterReplay,
    caller: Annotated[Principal, needs(Right.LETTERS_REPLAY)],
    key: Annotated[RequestKey, idempotent()],
    parts: PartsOf,
) -> LetterReplayed:
    """Process a dead letter again, as `parley dlq replay` does. 409: it was replayed already, or need not be."""
    needs_all_conversations(caller)
    replay = IndexedReplay(
        brokers=brokers_of(parts.settings),
        mongo=parts.mongo,
        producer=parts.producer,
        clock=parts.clock,
        workspace=caller.workspace,
        by=caller.caller,
        fetches=parts.letter_fetches,
    )
    done = await replay.replay(letter, again=body.again, may_send_twice=body.may_send_twice)
    return LetterReplayed(destination=done)


async def _letters(parts: Parts, caller: Principal, found: list[IndexedLetter]) -> list[Letter]:
    replays = await DeadLetterReplays(parts.mongo, caller.workspace).get([one.id for one in found])
    return [_letter(caller.workspace, one, replays.get(one.id)) for one in found]


def _letter(workspace: str, found: IndexedLetter, replays: ReplayRecord | None) -> Letter:
    from_record = bool(found.topic)
    return Letter(
        id=found.id,
        reason=DeadLetterReason(found.reason),
        at=found.at,
        service=found.service,
        topic=found.topic or None,
        partition=found.partition if from_record and found.partition >= 0 else None,
        offset=found.offset if from_record and found.offset >= 0 else None,
        correlation=found.correlation_id,
        replayable=bool(found.replay_topic),
        state=_STATES[replay_state(entry_of(workspace, found), replays)],
        replays=LetterReplays(count=replays.count, last_at=replays.last_at, by=replays.last_by) if replays else None,
    )
