"""Questions that the bot could not answer, in groups of similar ones: dismiss them, or answer them for ever."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import AfterValidator, Field, StringConstraints

from services.console.caller import Principal, needs
from services.console.idempotency import RequestKey, idempotent
from services.console.limits import SIMULATIONS, limited
from services.console.models import AnswerModel, RequestModel
from services.console.parameters import PartsOf
from services.console.parts import Parts
from services.console.problems import Problem
from services.console.reading import sees_of
from services.console.rights import Right
from services.console.routing import workspace_router
from services.console.workspace_edits import Edited, Editor
from shared.operations.faqs import dismiss_questions, unanswered_group
from shared.operations.inbox.customers import shown_text
from shared.operations.inbox.search import visible_ids
from shared.operations.workspaces import items
from shared.repositories.inbox import Inbox
from shared.repositories.unanswered import UnansweredQuestions, Visible
from shared.validation.field_types import within_this_century
from shared.workspace.parts import Part

router = workspace_router("/unanswered", "unanswered")
GroupId = Annotated[str, Path(max_length=32)]


class UnansweredGroup(AnswerModel):
    """Similar questions. question: one of them. texts: up to ten different ones. nearest: the most similar FAQ
    question, with its score.
    """

    id: str
    question: str
    count: int
    first_at: datetime
    last_at: datetime
    nearest: str
    score: float
    conversation: str
    texts: list[str]


class UnansweredGroups(AnswerModel):
    """The most frequent groups first."""

    items: list[UnansweredGroup]


class QuestionsDismissed(AnswerModel):
    """The number of questions that were dismissed."""

    questions: int


class QuestionAnswer(RequestModel):
    """The answer to a group of unanswered questions. answer: of the new FAQ. question: its question; without one, the
    group's. variants: other ways to ask it. faq: the id of an FAQ that gets the question and the variants as its
    variants instead.
    """

    answer: str = Field(default="", max_length=4000)
    question: str = Field(default="", max_length=500)
    faq: str = Field(default="", max_length=32)
    variants: Annotated[tuple[Annotated[str, StringConstraints(max_length=500)], ...], Field(max_length=20)] = ()


@router.get("")
async def list_unanswered(
    caller: Annotated[Principal, needs(Right.CONTENT_READ)],
    _: Annotated[None, limited(SIMULATIONS)],
    parts: PartsOf,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    since: Annotated[datetime, AfterValidator(within_this_century)] | None = None,
) -> UnansweredGroups:
    """Return groups of unanswered questions in conversations that you may see."""
    numbers, apart = caller.has(Right.PHONE_NUMBERS), parts.side_work.of(caller.workspace)
    questions = UnansweredQuestions(parts.mongo, caller.workspace)
    found = await questions.groups(limit, since, _visible(parts, caller), apart)
    return UnansweredGroups(
        items=[
            UnansweredGroup(
                id=one.id,
                question=shown_text(one.question, numbers=numbers),
                count=one.count,
                first_at=one.first_at,
                last_at=one.last_at,
                nearest=one.nearest,
                score=one.score,
                conversation=one.conversation_id,
                texts=[shown_text(text, numbers=numbers) for text in one.texts],
            )
            for one in found
        ]
    )


@router.post("/{group}/dismiss")
async def dismiss(
    group: GroupId,
    caller: Annotated[Principal, needs(Right.CONTENT_WRITE)],
    _: Annotated[None, limited(SIMULATIONS)],
    key: Annotated[RequestKey, idempotent()],
    parts: PartsOf,
) -> QuestionsDismissed:
    """Take a group from the list. Its questions teach the bot what its FAQ does not answer."""
    now, apart = parts.clock.now(), parts.side_work.of(caller.workspace)
    await unanswered_group(parts.mongo, caller.workspace, group, _visible(parts, caller), apart)
    return QuestionsDismissed(
        questions=await dismiss_questions(parts.mongo, caller.workspace, [group], caller.caller, now, apart)
    )


@router.post("/{group}/answer")
async def answer(
    group: GroupId,
    body: QuestionAnswer,
    caller: Annotated[Principal, needs(Right.CONTENT_WRITE)],
    _: Annotated[None, limited(SIMULATIONS)],
    key: Annotated[RequestKey, idempotent()],
    parts: PartsOf,
    editor: Editor,
) -> Edited:
    """Make an FAQ of a group, or a variant of an FAQ; the group is taken from the list, as answered."""
    apart = parts.side_work.of(caller.workspace)
    found = await unanswered_group(parts.mongo, caller.workspace, group, _visible(parts, caller), apart)
    form = await editor.form()
    question = body.question or found.question
    if body.faq:
        edit = items.changed("faqs", body.faq, lambda faq: _with_variants(faq, (question, *body.variants)))
        at: tuple[int | str, ...] = ("faqs", items.position("faqs", form, body.faq))
    elif body.answer:
        edit = items.added("faqs", {"question": question, "answer": body.answer, "variants": list(body.variants)})
        at = ("faqs", len(form["faqs"]))
    else:
        raise Problem("invalid", "give an `answer`, or the `faq` that answers it")
    done = await editor.edit(Part.FAQS, edit, at=at)
    if not editor.dry_run:
        await UnansweredQuestions(parts.mongo, caller.workspace).resolve(found.causes, caller.caller)
    return done


def _visible(parts: Parts, caller: Principal) -> Visible | None:
    """Return the rule of what the caller sees; None: all."""
    inbox, sees = Inbox(parts.mongo, caller.workspace), sees_of(caller)
    return (lambda conversations: visible_ids(inbox, conversations, sees)) if sees.is_restricted else None


def _with_variants(faq: dict[str, Any], added: Sequence[str]) -> dict[str, Any]:
    return {**faq, "variants": list(dict.fromkeys((*faq.get("variants", ()), *added)))}
