"""Suggestions of flows: a member describes one in words, a model writes its text, the member decides.

The ai service writes it in the background. It changes no draft: the browser shows it as a difference first.
"""

from contextlib import suppress
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from fastapi import Path, Response
from pydantic import Field, StringConstraints

from services.console.api.flow_models import FlowProblemFound, MeaningChanged, problem_found
from services.console.audit import AuditNoteOf
from services.console.caller import Principal, needs
from services.console.flow_work import workspace_of
from services.console.idempotency import RequestKey, idempotent
from services.console.job_requests import requester_of, requests_of
from services.console.limits import SUGGESTIONS, limited
from services.console.models import AnswerModel, RequestModel
from services.console.parameters import PartsOf
from services.console.parts import Parts
from services.console.problems import Problem
from services.console.rights import Right
from services.console.routing import workspace_router
from shared.domain.jobs import Job, JobKind, JobState
from shared.errors import DependencyAway
from shared.flows.base_types import FlowName
from shared.operations.flows.suggestions import (
    MOST_SOURCE,
    MOST_WORDS,
    SUGGESTION,
    WISH,
    FlowSuggestion,
    FlowWish,
    SuggestionFailure,
    may_suggest,
)
from shared.operations.vendors_at_hand import is_at_hand
from shared.repositories.job_files import JobFiles
from shared.repositories.jobs import Jobs
from shared.workspace.config import Bot

router = workspace_router("/flow-suggestions", "flow-suggestions")

SuggestionId = Annotated[str, Path(max_length=64, description="Id of a suggestion.")]
Editor = Annotated[Principal, needs(Right.FLOWS_WRITE)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MOST_WORDS)]
_FAILURES = frozenset(failure.value for failure in SuggestionFailure)


class SuggestionsOffered(AnswerModel):
    """The offer to have a flow written by a model. available: a model can be asked now. model: which one. most_words,
    most_source: the most characters of the words, and of the present text.
    """

    available: bool
    model: str
    most_words: int = MOST_WORDS
    most_source: int = MOST_SOURCE


class FlowInWords(RequestModel):
    """A flow in words. source: its present text, which is to be changed; empty: there is none."""

    flow: FlowName
    words: Words
    source: Annotated[str, Field(max_length=MOST_SOURCE)] = ""


class FlowSuggestionShown(AnswerModel):
    """A suggestion. error: `budget`: the budget for models is spent, or what is left is kept for customers; `model`: no
    model answered; `forgotten`: it is not kept any more, ask again; `fault`: a fault of ours. source: what the model
    wrote; null: not yet, or failed. problems: why it cannot be published as it is. meaning: what it changes in the
    present text; null: one of both is not YAML. usd: what it cost.
    """

    id: str
    flow: str
    at: datetime
    state: Literal["queued", "running", "done", "failed"]
    error: Literal["", "budget", "model", "forgotten", "fault"]
    source: str | None
    problems: list[FlowProblemFound]
    meaning: list[MeaningChanged] | None
    model: str
    usd: str


@router.get("")
async def read_offer(caller: Editor, parts: PartsOf) -> SuggestionsOffered:
    """Say whether a flow can be described in words: there is a model, and the workspace wants models to be asked."""
    bot = (await workspace_of(parts, caller)).bot
    return SuggestionsOffered(available=await _available(parts, bot), model=bot.smart_model)


@router.post("", status_code=202)
async def suggest_flow(
    body: FlowInWords,
    caller: Editor,
    _: Annotated[None, limited(SUGGESTIONS)],
    key: Annotated[RequestKey, idempotent()],
    parts: PartsOf,
    note: AuditNoteOf,
    response: Response,
) -> FlowSuggestionShown:
    """Have a model write a flow from words, in the background. It costs money of the workspace's budget for models."""
    if not await _available(parts, (await workspace_of(parts, caller)).bot):
        detail = "no model can be asked: the bot asks none, has no budget, or there is no key"
        raise Problem("conflict", detail, reason="no-model")
    wish = FlowWish(flow=body.flow, words=body.words, source=body.source)
    job = await requests_of(parts, caller).ask_with(
        key.derived("suggestion"),
        JobKind.FLOW_SUGGESTION,
        requester_of(caller),
        body.flow,
        file=WISH,
        data=msgspec.json.encode(wish),
    )
    note.target = f"flows:{body.flow}"
    response.headers["Location"] = f"/api/v1/workspaces/{caller.workspace}/flow-suggestions/{job.id}"
    return _shown(job, None)


@router.get("/{suggestion}")
async def get_suggestion(suggestion: SuggestionId, caller: Editor, parts: PartsOf) -> FlowSuggestionShown:
    """Return a suggestion that the caller asked for; it is kept for two days, or until the next erasure."""
    job = await Jobs(parts.mongo, caller.workspace).get(suggestion)
    if job is None or job.kind is not JobKind.FLOW_SUGGESTION or job.by != caller.caller:
        raise Problem("not-found")
    if job.state is not JobState.DONE:
        return _shown(job, None)
    data = b"".join([part async for part in JobFiles(parts.mongo, caller.workspace).read(job.id, SUGGESTION)])
    return _shown(job, msgspec.json.decode(data, type=FlowSuggestion) if data else None)


async def _available(parts: Parts, bot: Bot) -> bool:
    if may_suggest(bot):
        with suppress(DependencyAway):  # not known: the button is not there
            return await is_at_hand(parts.redis, bot.smart_model)
    return False


def _shown(job: Job, found: FlowSuggestion | None) -> FlowSuggestionShown:
    gone = job.state is JobState.DONE and found is None
    error = SuggestionFailure.FORGOTTEN.value if gone else job.error
    known: dict[str, Any] = {
        "state": JobState.FAILED.value if gone else job.state.value,
        "error": error if error in _FAILURES or not error else "fault",
    }
    meaning = found.meaning if found else None
    return FlowSuggestionShown(
        id=job.id,
        flow=job.subject,
        at=job.at,
        source=found.source if found else None,
        problems=[problem_found(one) for one in found.problems] if found else [],
        meaning=None if meaning is None else [MeaningChanged(**msgspec.to_builtins(one)) for one in meaning],
        model=found.model if found else "",
        usd=found.usd if found else "0",
        **known,
    )
