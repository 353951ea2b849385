"""Replays: messages of past days, answered again with changed settings. Nothing is sent."""

from datetime import datetime
from typing import Annotated

import msgspec
from fastapi import Path, Response

from services.console.api.replay_models import (
    NewReplay,
    ReplayDetails,
    ReplayEstimated,
    ReplayScope,
    ReplayShown,
    details,
    replay_fields,
)
from services.console.audit import NOT_AUDITED, AuditNoteOf
from services.console.caller import Principal, needs
from services.console.flow_work import drafting_of, work_of, workspace_of
from services.console.idempotency import REPEATABLE, RequestKey, idempotent
from services.console.job_requests import requester_of, requests_of
from services.console.limits import REPLAYS, SIMULATIONS, limited
from services.console.pages import Page
from services.console.parameters import Paged, PartsOf
from services.console.parts import Parts
from services.console.problems import FieldError, Problem
from services.console.reading import needs_all_conversations
from services.console.rights import Right
from services.console.routing import workspace_router
from services.console.workspace_edits import prices_of
from shared.domain.jobs import JobKind
from shared.domain.replays import KEPT, Replay, ReplayChanges
from shared.operations.replays.changed import ChangedWorkspace, ChangesInvalid, changed_workspace, faq_changes
from shared.operations.replays.estimate import estimate
from shared.operations.replays.summary import summary_of
from shared.operations.workspaces.model_names import model_problem
from shared.repositories.jobs import Jobs
from shared.repositories.replay_results import ReplayResults
from shared.repositories.replays import Replays
from shared.workspace.config import Workspace

router = workspace_router("/replays", "replays")

ReplayId = Annotated[str, Path(max_length=64, description="Id of a replay.")]
Reader = Annotated[Principal, needs(Right.REPLAYS_READ)]
Runner = Annotated[Principal, needs(Right.REPLAYS_RUN)]


@router.get("")
async def list_replays(caller: Reader, parts: PartsOf, paging: Paged) -> Page[ReplayShown]:
    """List the replays of the last 90 days, the newest first."""
    needs_all_conversations(caller)
    after = paging.after()
    replays = Replays(parts.mongo, caller.workspace)
    found = await replays.page((after[0], after[1]) if after else None, paging.limit + 1)
    shown = found[: paging.limit]
    jobs = await Jobs(parts.mongo, caller.workspace).of_ids([one.id for one in shown])
    more = [shown[-1].at, shown[-1].id] if len(found) > paging.limit else None
    return paging.page([ReplayShown(**replay_fields(one, jobs.get(one.id))) for one in shown], more)


@router.post("/estimate", dependencies=[REPEATABLE, NOT_AUDITED])
async def estimate_replay(
    body: ReplayScope, caller: Runner, _: Annotated[None, limited(SIMULATIONS)], parts: PartsOf
) -> ReplayEstimated:
    """Check the changes, and estimate how many messages a replay would have and what it would cost."""
    needs_all_conversations(caller)
    workspace, changed = await _changed(parts, caller, body)
    found = await estimate(
        parts.mongo,
        workspace,
        changed,
        prices_of(parts),
        body.since,
        body.until,
        channel=body.channel,
        limit=body.max_messages,
    )
    return ReplayEstimated.model_validate(msgspec.structs.asdict(found))


@router.post("", status_code=202)
async def start_replay(
    body: NewReplay,
    caller: Runner,
    _: Annotated[None, limited(REPLAYS)],
    key: Annotated[RequestKey, idempotent()],
    parts: PartsOf,
    note: AuditNoteOf,
    response: Response,
) -> ReplayShown:
    """Start a replay; it runs in the background, and one at a time in a workspace."""
    needs_all_conversations(caller)
    workspace, changed = await _changed(parts, caller, body)
    replay = _replay(body, caller, key.derived("replay"), workspace, changed.changes, parts.clock.now())
    requests = requests_of(parts, caller)
    replay = await Replays(parts.mongo, caller.workspace).add(replay)
    try:
        requester = requester_of(caller)
        job = await requests.ask(replay.id, JobKind.REPLAY, requester, replay.name, ends=replay.ends)
    except Exception:
        await Replays(parts.mongo, caller.workspace).remove(replay.id)
        raise
    note.target = f"replays:{replay.id}"
    response.headers["Location"] = f"/api/v1/workspaces/{caller.workspace}/replays/{replay.id}"
    return ReplayShown(**replay_fields(replay, job))


@router.get("/{replay}")
async def get_replay(replay: ReplayId, caller: Reader, parts: PartsOf) -> ReplayDetails:
    """Return a replay with its progress, its changes and the summary of its results so far."""
    return await _details(parts, caller, await replay_of(parts, caller, replay))


@router.post("/{replay}/cancel", dependencies=[REPEATABLE])
async def cancel_replay(replay: ReplayId, caller: Runner, parts: PartsOf) -> ReplayDetails:
    """Stop a replay; its results so far stay. One that has ended stays as it is."""
    found = await replay_of(parts, caller, replay)
    await Jobs(parts.mongo, caller.workspace).cancel(found.id, parts.clock.now())
    return await _details(parts, caller, found)


@router.delete("/{replay}", status_code=204)
async def remove_replay(replay: ReplayId, caller: Runner, parts: PartsOf) -> None:
    """Remove a replay with its results and votes; one that runs is stopped."""
    found = await replay_of(parts, caller, replay)
    jobs, results = Jobs(parts.mongo, caller.workspace), ReplayResults(parts.mongo, caller.workspace)
    await jobs.cancel(found.id, parts.clock.now())
    await results.remove(found.id)
    await Replays(parts.mongo, caller.workspace).remove(found.id)
    await jobs.remove(found.id)


async def replay_of(parts: Parts, caller: Principal, replay_id: str) -> Replay:
    """Return a replay. Raises Problem for members who do not see all conversations, and for one that is not there."""
    needs_all_conversations(caller)
    found = await Replays(parts.mongo, caller.workspace).get(replay_id)
    if found is None:
        raise Problem("not-found")
    return found


async def _details(parts: Parts, caller: Principal, replay: Replay) -> ReplayDetails:
    job = await Jobs(parts.mongo, caller.workspace).get(replay.id)
    counted = await ReplayResults(parts.mongo, caller.workspace).counted(replay.id)
    return details(replay, job, summary_of(counted))


async def _changed(parts: Parts, caller: Principal, body: ReplayScope) -> tuple[Workspace, ChangedWorkspace]:
    """Return the workspace, and the one with the changes. Raises Problem with pointers to what is wrong."""
    workspace = await workspace_of(parts, caller)
    if body.channel and workspace.channel(body.channel) is None:
        raise Problem("invalid", errors=[FieldError("#/channel", "there is no such channel")])
    changes = ReplayChanges(
        bot=body.changes.bot.model_dump(mode="json", exclude_none=True),
        faqs=None if body.changes.faqs is None else [faq.model_dump(mode="json") for faq in body.changes.faqs],
        flows={
            name: source if source is not None else (await drafting_of(parts, caller).open(name)).source
            for name, source in body.changes.flows.items()
        },
    )
    for field in ("fast_model", "smart_model"):
        if (model := changes.bot.get(field)) and (wrong := model_problem(model, prices_of(parts).models)):
            raise Problem("invalid", errors=[FieldError(f"#/changes/bot/{field}", wrong)])
    try:
        return workspace, await work_of(parts, caller)(changed_workspace, workspace, changes)
    except ChangesInvalid as error:
        raise Problem("invalid", errors=[FieldError(f"#/changes/{error.where}", str(error))]) from None


def _replay(
    body: NewReplay, caller: Principal, id_: str, workspace: Workspace, changes: ReplayChanges, now: datetime
) -> Replay:
    settings = workspace.bot.model_dump(mode="json", include=set(changes.bot))
    return Replay(
        id=id_,
        workspace=caller.workspace,
        name=body.name,
        by=caller.caller,
        by_name=caller.name,
        at=now,
        ends=now + KEPT,
        since=body.since,
        until=min(body.until, now),
        channel=body.channel,
        max_messages=body.max_messages,
        max_usd=format(body.max_usd, "f"),
        changes=changes,
        bot_before=settings,
        faq_changes=faq_changes(workspace.faqs, changes.faqs) if changes.faqs is not None else (),
    )
