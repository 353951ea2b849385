"""Bodies and answers of the routes of replays."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Self

import msgspec
from pydantic import Field, model_validator

from services.console.models import AnswerModel, RequestModel, Time
from shared.domain.jobs import Job, JobState
from shared.domain.replays import MOST_MESSAGES, MOST_USD, Difference, Origin, Replay, ReplayResult, Said, Vote
from shared.flows.base_types import FlowName
from shared.flows.yaml_tree import MAX_CHARACTERS
from shared.operations.inbox.customers import shown_text
from shared.operations.replays.summary import ReplaySummary, Side
from shared.workspace.config import BotMode

_LONGEST = timedelta(days=92)
_MOST_FLOWS = 20
_MOST_FAQS = 5000
Model = Annotated[str, Field(min_length=1, max_length=100)]


class ReplayBot(RequestModel):
    """Settings of the bot to try; null: as they are."""

    mode: BotMode | None = None
    system_prompt: Annotated[str | None, Field(max_length=20_000)] = None
    fast_model: Model | None = None
    smart_model: Model | None = None
    faq_threshold: Annotated[float | None, Field(gt=0, le=1)] = None


class ReplayFaq(RequestModel):
    """An FAQ."""

    question: Annotated[str, Field(min_length=1, max_length=500)]
    answer: Annotated[str, Field(min_length=1, max_length=4000)]
    variants: Annotated[tuple[Annotated[str, Field(max_length=500)], ...], Field(max_length=200)] = ()


class ReplayChangesBody(RequestModel):
    """Changes to try. faqs: all FAQs; null: the present ones. flows: texts by the flow's name; null: its draft. Without
    any change, the present settings are compared with the answers of then.
    """

    bot: ReplayBot = ReplayBot()
    faqs: Annotated[tuple[ReplayFaq, ...] | None, Field(max_length=_MOST_FAQS)] = None
    flows: dict[FlowName, Annotated[str, Field(max_length=MAX_CHARACTERS)] | None] = Field(
        default={}, max_length=_MOST_FLOWS
    )


class ReplayScope(RequestModel):
    """The messages and changes of a replay. since, until: when the messages came; at most 92 days. channel: empty: all.
    max_messages: the latest ones of that time.
    """

    since: Time
    until: Time
    channel: Annotated[str, Field(max_length=64)] = ""
    max_messages: Annotated[int, Field(ge=1, le=MOST_MESSAGES)] = 500
    changes: ReplayChangesBody = ReplayChangesBody()

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not timedelta(0) < self.until - self.since <= _LONGEST:
            raise ValueError("`until` is after `since`, and at most 92 days later")
        return self


class NewReplay(ReplayScope):
    """A replay to be started. max_usd: what models may cost in all; no call is made that could cost more."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    max_usd: Annotated[Decimal, Field(ge=0, le=MOST_USD, max_digits=8, decimal_places=4)]


class ReplayEstimated(AnswerModel):
    """The size and likely cost of a replay. messages: that would be replayed. found: messages of that time, counted up
    to 2,001. calls: of models, likely; most_calls: if a model has to answer every question. usd, most_usd: the costs of
    these. recorded: answers that the estimate is made from; 0: it is made from the lengths of texts.
    """

    messages: int
    found: int
    conversations: int
    calls: int
    most_calls: int
    usd: Decimal
    most_usd: Decimal
    recorded: int


class ReplaySide(AnswerModel):
    """One of the two answers to each message: then, or now. origins: messages by who answered. p50, p95: seconds to
    make an answer of the bot.
    """

    origins: dict[str, int]
    usd: Decimal
    p50: float | None
    p95: float | None


class ReplaySummaryShown(AnswerModel):
    """The results of a replay in figures. done: messages so far. differ: of these answered differently. cheaper,
    dearer: answers that cost less or more now. asked: for which a model was called. refused: of which the guard refused
    an attempt. votes: by vote; voted: messages with a vote.
    """

    done: int
    differ: int
    differences: dict[str, int]
    cheaper: int
    dearer: int
    asked: int
    refused: int
    then: ReplaySide
    now: ReplaySide
    votes: dict[str, int]
    voted: int


class FaqChangeShown(AnswerModel):
    """An FAQ that is tried with another answer or other variants. before: null: it is new; after: null: left out."""

    question: str
    before: str | None
    after: str | None


class ReplayChangesShown(AnswerModel):
    """Changes that are tried; bot has only changed settings, bot_before the same ones as they were. faq_changes: the
    first 200 FAQs that differ.
    """

    bot: dict[str, Any]
    bot_before: dict[str, Any]
    faqs: list[ReplayFaq] | None
    faq_changes: list[FaqChangeShown]
    flows: dict[str, str]


class ReplayShown(AnswerModel):
    """A replay with its progress. messages: of the replay; 0 before it runs. stopped: `limit` or `budget`: it ended
    early. error: why it failed.
    """

    id: str
    name: str
    state: JobState
    by: str
    at: datetime
    ends: datetime
    finished_at: datetime | None
    since: datetime
    until: datetime
    channel: str
    max_messages: int
    max_usd: Decimal
    changed: list[str]
    messages: int
    done: int
    differ: int
    stopped: str
    error: str


class ReplayDetails(ReplayShown):
    """A replay with its changes and its summary."""

    changes: ReplayChangesShown
    summary: ReplaySummaryShown


class SaidShown(AnswerModel):
    """An answer. later: what a person wrote then, until the customer's next message. score: of the FAQ's match.
    seconds: to make it; null: not known. refusals: why the guard refused earlier attempts. error: why no model
    answered. asked: the replay has called a model.
    """

    origin: Origin
    text: str
    later: str
    model: str
    score: float | None
    seconds: float | None
    usd: Decimal
    refusals: list[str]
    error: str
    asked: bool


class VoteShown(AnswerModel):
    """A member's vote. mine: of the caller."""

    vote: Vote
    note: str
    name: str
    at: datetime
    mine: bool


class ResultShown(AnswerModel):
    """A message with both answers."""

    id: str
    conversation: str
    message: str
    at: datetime
    channel: str
    question: str
    then: SaidShown
    now: SaidShown
    difference: Difference
    votes: list[VoteShown]


class ResultContext(AnswerModel):
    """Messages before a message of a replay, as they were, oldest first."""

    items: list["ContextMessage"]


class ContextMessage(AnswerModel):
    """A message before the one that was answered again. ours: sent by us. author: of ours: `faq`, `ai`, `agent`, …"""

    ours: bool
    author: str
    text: str


class VoteBody(RequestModel):
    """A vote on a result. note: why."""

    vote: Vote
    note: Annotated[str, Field(max_length=500)] = ""


def replay_fields(replay: Replay, job: Job | None) -> dict[str, Any]:
    """Return a replay and its job as answers have them."""
    changes = replay.changes
    changed = [f"bot.{name}" for name in changes.bot]
    changed += ["faqs"] if changes.faqs is not None else []
    changed += [f"flows.{name}" for name in changes.flows]
    counts = job.counts if job else {}
    return {
        **{name: getattr(replay, name) for name in ("id", "name", "at", "ends", "since", "until", "channel")},
        "state": job.state if job else JobState.FAILED,
        "by": replay.by_name,
        "finished_at": job.finished_at if job else None,
        "max_messages": replay.max_messages,
        "max_usd": Decimal(replay.max_usd),
        "changed": changed,
        "messages": counts.get("messages", 0),
        "done": counts.get("done", 0),
        "differ": counts.get("differ", 0),
        "stopped": replay.stopped,
        "error": job.error if job else "its job is lost",
    }


def details(replay: Replay, job: Job | None, summary: ReplaySummary) -> ReplayDetails:
    """Return a replay with all that is known of it."""
    changes = replay.changes
    shown = ReplayChangesShown(
        bot=changes.bot,
        bot_before=replay.bot_before,
        faqs=None if changes.faqs is None else [ReplayFaq.model_validate(faq) for faq in changes.faqs],
        faq_changes=[FaqChangeShown.model_validate(one, from_attributes=True) for one in replay.faq_changes],
        flows=changes.flows,
    )
    given = msgspec.structs.asdict(summary)
    counted = ReplaySummaryShown.model_validate({**given, "then": _side(summary.then), "now": _side(summary.now)})
    return ReplayDetails(**replay_fields(replay, job), changes=shown, summary=counted)


def result_shown(result: ReplayResult, member: str, *, numbers: bool) -> ResultShown:
    """Return a result as somebody may see it. numbers: whether phone numbers may be seen."""
    votes = [
        VoteShown(vote=cast.vote, note=cast.note, name=cast.name, at=cast.at, mine=of == member)
        for of, cast in result.votes.items()
    ]
    return ResultShown(
        id=result.id,
        conversation=result.conversation_id,
        message=result.message,
        at=result.at,
        channel=result.channel,
        question=shown_text(result.question, numbers=numbers),
        then=_said(result.then, numbers=numbers),
        now=_said(result.now, numbers=numbers),
        difference=result.difference,
        votes=sorted(votes, key=lambda cast: cast.at),
    )


def _said(said: Said, *, numbers: bool) -> SaidShown:
    return SaidShown(
        origin=said.origin,
        text=shown_text(said.text, numbers=numbers),
        later=shown_text(said.later, numbers=numbers),
        model=said.model,
        score=said.score,
        seconds=said.seconds,
        usd=Decimal(said.usd),
        refusals=list(said.refusals),
        error=said.error,
        asked=said.asked,
    )


def _side(side: Side) -> ReplaySide:
    return ReplaySide(origins=side.origins, usd=side.usd, p50=side.p50, p95=side.p95)
