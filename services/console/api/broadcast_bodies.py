"""Requests and answers of `broadcasts`."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from services.console.api.bodies import TemplateContent
from services.console.models import AnswerModel, RequestModel, Time
from shared.domain.broadcast import MOST_RATE, BroadcastStage, RecipientState, Variant

MOST_LISTED = 5000
"""Recipients of a list in a request; more are imported as customers, with a tag and a segment."""
_Name = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^\S(.*\S)?$")]
_Short = Annotated[str, StringConstraints(max_length=64)]


class TextToAll(RequestModel):
    """A text with `{{ customer.name }}` and the like; only for customers who wrote within 24 hours."""

    type: Literal["text"]
    text: Annotated[str, StringConstraints(min_length=1, max_length=4096)]


class FlowToAll(RequestModel):
    """A flow that begins with each; only for customers who wrote within 24 hours."""

    type: Literal["flow"]
    flow: Annotated[str, StringConstraints(min_length=1, max_length=64)]


class ListedPerson(RequestModel):
    """A person of a broadcast's own list. phone: in any usual form. fields: for the variables of texts."""

    phone: Annotated[str, StringConstraints(min_length=5, max_length=40)]
    name: Annotated[str, StringConstraints(max_length=200)] = ""
    fields: Annotated[dict[_Short, Annotated[str, StringConstraints(max_length=1024)]], Field(max_length=50)] = Field(
        default={}
    )


class BroadcastDraft(RequestModel):
    """For a segment or a list of people. other: a second template, which half of the people get instead. channel:
    empty: the workspace's first. rate: messages a second at most. max_failures: the share of failures at which it
    pauses by itself. price: of one message, a decimal.
    """

    name: _Name
    content: Annotated[TextToAll | TemplateContent | FlowToAll, Field(discriminator="type")]
    other: TemplateContent | None = None
    channel: _Short = ""
    segment: _Short = ""
    recipients: Annotated[tuple[ListedPerson, ...], Field(max_length=MOST_LISTED)] = ()
    rate: Annotated[float, Field(gt=0, le=MOST_RATE, allow_inf_nan=False)] = 10.0
    max_failures: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)] = 0.25
    price: Annotated[str, StringConstraints(pattern=r"^(\d{1,9}(\.\d{1,9})?)?$")] = ""
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = "USD"


class BroadcastStart(RequestModel):
    """The start of a broadcast. at: the earliest time; null: now."""

    at: Time | None = None


class BroadcastRow(AnswerModel):
    """A broadcast without its counts. reason: why it is paused, in words; cause: the kind of that reason, empty if
    unknown. total: its recipients, once the audience is complete.
    """

    id: str
    name: str
    channel: str
    stage: BroadcastStage
    segment: str
    by: str
    reason: str
    cause: str
    created_at: datetime
    start_at: datetime | None
    finished_at: datetime | None
    total: int | None


class ListedBroadcast(BroadcastRow):
    """A broadcast in a list. counts: recipients by state; null: a draft's, or not counted yet."""

    counts: dict[RecipientState, int] | None


class BroadcastDetails(BroadcastRow):
    """A broadcast with its progress. content: what it sends; other: the second template of a comparison. counts:
    recipients by state. variants: the same for both halves of a comparison: A got `content`, B got `other`. skipped,
    failed: their numbers by reason. speed: messages a second that the provider took or refused in the last minute;
    null: it is not running.
    """

    content: dict[str, Any]
    other: dict[str, Any] | None
    rate: float
    max_failures: float
    price: str
    currency: str
    counts: dict[RecipientState, int]
    variants: dict[Variant, dict[RecipientState, int]]
    skipped: dict[str, int]
    failed: dict[str, int]
    not_yet_retryable: int
    speed: float | None


class ProblemCode(AnswerModel):
    """A sentence of `problems`, for other languages."""

    code: str
    values: dict[str, str]


class DryRun(AnswerModel):
    """The effect that a start would have now; nothing is sent or changed. to_send_other: of `to_send`, those who get
    the second template. skipped: number by reason. seconds: at its rate. problem_codes: of each of `problems`.
    """

    audience: int
    to_send: int
    to_send_other: int
    skipped: dict[str, int]
    seconds: float
    cost: str | None
    currency: str
    problems: list[str]
    problem_codes: list[ProblemCode]
    undeliverable: int
