"""The results of a replay: both answers to each message, votes of members, and all of it as CSV."""

from collections.abc import Iterator
from typing import Annotated, Literal

from fastapi import Path, Query, Request, Response

from services.console.api.replay_models import ContextMessage, ResultContext, ResultShown, VoteBody, result_shown
from services.console.api.replays import Reader, ReplayId, replay_of
from services.console.audit import NOT_AUDITED
from services.console.caller import Principal, needs
from services.console.csv_answer import CSV_ANSWER, csv_response
from services.console.exports import begin_export
from services.console.pages import Page
from services.console.parameters import Paged, PartsOf
from services.console.parts import Parts
from services.console.problems import Problem
from services.console.rights import Right
from services.console.routing import workspace_router
from shared.domain.replays import MOST_MESSAGES, CastVote, Difference, Origin, ReplayResult
from shared.operations.inbox.customers import shown_text
from shared.repositories.inbound import InboundMessages
from shared.repositories.outbound_history import OutboundHistory
from shared.repositories.replay_results import ReplayResults, ResultFilter

router = workspace_router("/replays/{replay}", "replays")

ResultId = Annotated[str, Path(max_length=64, description="Id of a result.")]
Voter = Annotated[Principal, needs(Right.REPLAYS_VOTE)]
Exporter = Annotated[Principal, needs(Right.REPLAYS_EXPORT)]
Voted = Annotated[
    Literal["", "none", "mine", "better", "worse", "same"], Query(description="`none`: nobody has voted yet.")
]
_CONTEXT = 6  # messages of each side
_COLUMNS = (
    *("at", "channel", "conversation", "question", "difference"),
    *("then_by", "then", "then_person", "then_model", "then_seconds", "then_usd"),
    *("now_by", "now", "now_model", "now_score", "now_seconds", "now_usd", "now_guard", "now_error"),
    *("better", "worse", "same", "notes"),
)


@router.get("/results")
async def list_results(
    replay: ReplayId,
    caller: Reader,
    parts: PartsOf,
    paging: Paged,
    difference: Annotated[list[Difference], Query(description="Any of these; none: all.")] = [],  # noqa: B006
    then: Origin | None = None,
    now: Origin | None = None,
    voted: Voted = "",
    result: Annotated[str, Query(max_length=64, description="Only the result with this id.")] = "",
) -> Page[ResultShown]:
    """List the messages of a replay with both answers, the most interesting differences first."""
    found = await replay_of(parts, caller, replay)
    wanted = ResultFilter(differences=difference, then=then, now=now, voted=voted, member=caller.id, id=result)
    filters = (sorted(difference), then, now, voted, result)
    after = paging.after(*filters)
    results = ReplayResults(parts.mongo, caller.workspace)
    page = await results.page(found.id, wanted, after[0] if after else None, paging.limit + 1)
    more = [page[paging.limit - 1].place] if len(page) > paging.limit else None
    return paging.page([_shown(one, caller) for one in page[: paging.limit]], more, *filters)


@router.get("/results/{result}/context")
async def get_result_context(replay: ReplayId, result: ResultId, caller: Reader, parts: PartsOf) -> ResultContext:
    """Return the last messages before a message, as they were."""
    found = await _result(parts, caller, replay, result)
    inbound, outbound = InboundMessages(parts.mongo, caller.workspace), OutboundHistory(parts.mongo, caller.workspace)
    before = found.turn - 1
    theirs = await inbound.last_messages(found.conversation_id, up_to_turn=before, limit=_CONTEXT)
    ours = await outbound.last_messages(found.conversation_id, before_turn=found.turn, limit=_CONTEXT)
    ordered = sorted(
        [
            *((one.turn, -1, ContextMessage(ours=False, author="", text=one.words)) for one in theirs),
            *((one.turn, one.index, ContextMessage(ours=True, author=one.author, text=one.text)) for one in ours),
        ],
        key=lambda it: it[:2],
    )
    numbers = caller.has(Right.PHONE_NUMBERS)
    shown = [one.model_copy(update={"text": shown_text(one.text, numbers=numbers)}) for _, _, one in ordered]
    return ResultContext(items=[one for one in shown if one.text])


@router.put("/results/{result}/vote", dependencies=[NOT_AUDITED])
async def vote_on_result(
    replay: ReplayId, result: ResultId, body: VoteBody, caller: Voter, parts: PartsOf
) -> ResultShown:
    """Say whether the answer now is better or worse than the answer then; it replaces your earlier vote."""
    cast = CastVote(vote=body.vote, note=body.note, name=caller.name, at=parts.clock.now())
    return await _voted(parts, caller, replay, result, cast)


@router.delete("/results/{result}/vote", dependencies=[NOT_AUDITED])
async def take_vote_back(replay: ReplayId, result: ResultId, caller: Voter, parts: PartsOf) -> ResultShown:
    """Take your vote back."""
    return await _voted(parts, caller, replay, result, None)


@router.get("/export", responses=CSV_ANSWER)
async def export_results(replay: ReplayId, caller: Exporter, request: Request, parts: PartsOf) -> Response:
    """Return all results as a CSV file, with the votes; no cell is a formula. With a fresh proof."""
    found = await replay_of(parts, caller, replay)
    await begin_export(request, caller, "replays.export")
    results = ReplayResults(parts.mongo, caller.workspace)
    all_ = await results.page(found.id, ResultFilter(), None, MOST_MESSAGES)
    return await csv_response(_COLUMNS, _rows(all_), name=f"replay-{found.at:%Y-%m-%d}")


async def _voted(parts: Parts, caller: Principal, replay: str, result: str, cast: CastVote | None) -> ResultShown:
    found = await replay_of(parts, caller, replay)
    after = await ReplayResults(parts.mongo, caller.workspace).vote(found.id, result, caller.id, cast)
    if after is None:
        raise Problem("not-found")
    return _shown(after, caller)


async def _result(parts: Parts, caller: Principal, replay: str, result: str) -> ReplayResult:
    found = await replay_of(parts, caller, replay)
    one = await ReplayResults(parts.mongo, caller.workspace).get(found.id, result)
    if one is None:
        raise Problem("not-found")
    return one


def _shown(result: ReplayResult, caller: Principal) -> ResultShown:
    return result_shown(result, caller.id, numbers=caller.has(Right.PHONE_NUMBERS))


def _rows(results: list[ReplayResult]) -> Iterator[tuple[object, ...]]:
    for one in results:
        then, now = one.then, one.now
        votes = [cast.vote.value for cast in one.votes.values()]
        yield (
            *(one.at, one.channel, one.conversation_id, one.question, one.difference.value),
            *(then.origin.value, then.text, then.later, then.model, then.seconds, then.usd),
            *(now.origin.value, now.text, now.model, now.score, now.seconds, now.usd),
            *("; ".join(now.refusals), now.error),
            *(votes.count(vote) for vote in ("better", "worse", "same")),
            "; ".join(f"{cast.name}: {cast.note}" for cast in one.votes.values() if cast.note),
        )
