"""Checks of the FAQs: try a text, remarks, the forecast, and questions that no FAQ answers."""

from typing import Annotated

from fastapi import Path
from pydantic import Field, StringConstraints

from services.console.audit import NOT_AUDITED
from services.console.caller import Principal, needs
from services.console.idempotency import REPEATABLE, RequestKey, idempotent
from services.console.limits import SIMULATIONS, limited
from services.console.models import AnswerModel, RequestModel
from services.console.parameters import PartsOf
from services.console.problems import FieldError, Problem
from services.console.reading import needs_all_conversations
from services.console.rights import Right
from services.console.routing import workspace_router
from services.console.workspace_edits import edits_of
from shared.operations.inbox.customers import shown_text
from shared.operations.workspaces import items
from shared.repositories.unanswered import DismissedQuestion, UnansweredQuestions
from shared.workspace.parts import Part

router = workspace_router("/faqs", "faqs")
_NEAREST = 5  # FAQs of an answer
_MOST_DISMISSED = 200  # questions of an answer


class FaqQuestion(RequestModel):
    """A text to be tried. text: what a customer might write."""

    text: str = Field(min_length=1, max_length=2000)


class FaqMatched(AnswerModel):
    """An FAQ that resembles the text. question: the nearest question or variant. doubt: why it is not sure."""

    id: str
    question: str
    answer: str
    score: float
    certainty: float
    sure: bool
    doubt: str


class FaqTried(AnswerModel):
    """The FAQs that are nearest to a text. answered: whether the bot would answer with the first match. threshold: the
    least `certainty` of an answer; if it is the owner's own, the least `score`.
    """

    answered: bool
    threshold: float
    threshold_is_own: bool
    matches: list[FaqMatched]


class FaqRemark(AnswerModel):
    """A remark about FAQs that are too much alike."""

    ids: list[str]
    message: str


class FaqRemarks(AnswerModel):
    """All remarks. complete: false if there are too many FAQs to compare: then the last ones were, with all others."""

    items: list[FaqRemark]
    complete: bool


class ConfusablePair(AnswerModel):
    """Two FAQs of which a question of the first, `text`, was taken for the second."""

    ids: list[str]
    text: str


class Forecast(AnswerModel):
    """The expected quality of the FAQs. precision: the expected share of answers that are right; coverage: of questions
    that are answered; null: no FAQ has variants, so no trial is possible. threshold: the lowest certainty of an answer.
    need_variants: FAQs whose questions are missed most.
    """

    threshold: float
    trials: int
    precision: float | None
    coverage: float | None
    confusable: list[ConfusablePair]
    need_variants: list[str]


class Dismissed(AnswerModel):
    """A question that no FAQ answers. nearest: the FAQ question that it resembles."""

    id: str
    text: str
    nearest: str


class NegativeExample(RequestModel):
    """A question that an FAQ does not answer although it resembles it. faq: the FAQ's id."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]
    faq: Annotated[str, StringConstraints(max_length=32)]


class ExampleRemoved(AnswerModel):
    """The number of dismissed questions that the example was made of."""

    questions: int


class DismissedList(AnswerModel):
    """Questions that teach the bot what its FAQ does not answer, the last 200."""

    items: list[Dismissed]


@router.post("/try", dependencies=[REPEATABLE, NOT_AUDITED])
async def try_question(
    body: FaqQuestion,
    caller: Annotated[Principal, needs(Right.CONTENT_READ)],
    _: Annotated[None, limited(SIMULATIONS)],
    parts: PartsOf,
) -> FaqTried:
    """Judge a text as the bot would: the nearest FAQs, their scores, and whether it would be answered."""
    form = (await edits_of(parts).view(caller.workspace)).form
    threshold = form["bot"].get("faq_threshold")
    apart = parts.side_work.of(caller.workspace)
    trial = await parts.faq_trials.match(caller.workspace, form["faqs"], threshold, body.text, _NEAREST, apart)
    matches = [
        FaqMatched(
            id=items.faq_id(form["faqs"][one.number]),
            question=one.question,
            answer=one.answer,
            score=one.score,
            certainty=one.certainty,
            sure=one.sure,
            doubt=one.doubt,
        )
        for one in trial.matches
    ]
    answered = bool(matches) and matches[0].sure
    return FaqTried(answered=answered, threshold=trial.threshold, threshold_is_own=trial.own, matches=matches)


@router.get("/remarks")
async def remarks(
    caller: Annotated[Principal, needs(Right.CONTENT_READ)], _: Annotated[None, limited(SIMULATIONS)], parts: PartsOf
) -> FaqRemarks:
    """Return remarks about FAQs that are too much alike to be told apart."""
    view = await edits_of(parts).view(caller.workspace)
    faqs, apart = view.form["faqs"], parts.side_work.of(caller.workspace)
    found = await parts.faq_remarks.remarks(caller.workspace, faqs, view.digests[Part.FAQS.value], apart)
    ids = [items.faq_id(faq) for faq in faqs]
    shown = [FaqRemark(ids=[ids[number] for number in one.numbers], message=one.message) for one in found.warnings]
    return FaqRemarks(items=shown, complete=found.complete)


@router.get("/forecast")
async def forecast_faqs(
    caller: Annotated[Principal, needs(Right.CONTENT_READ)], _: Annotated[None, limited(SIMULATIONS)], parts: PartsOf
) -> Forecast:
    """Return the expected precision and coverage of the FAQs, from trials of their own questions."""
    view = await edits_of(parts).view(caller.workspace)
    faqs, apart = view.form["faqs"], parts.side_work.of(caller.workspace)
    found = await parts.faq_forecasts.forecast(caller.workspace, faqs, view.digests[Part.FAQS.value], apart)
    if found is None:
        return Forecast(threshold=0, trials=0, precision=None, coverage=None, confusable=[], need_variants=[])
    ids = [items.faq_id(faq) for faq in faqs]
    return Forecast(
        threshold=found.threshold,
        trials=found.trials,
        precision=found.precision,
        coverage=found.coverage,
        confusable=[ConfusablePair(ids=[ids[one], ids[two]], text=text) for one, two, text in found.confusable],
        need_variants=[ids[number] for number in found.need_variants],
    )


@router.get("/dismissed")
async def list_dismissed(caller: Annotated[Principal, needs(Right.CONTENT_READ)], parts: PartsOf) -> DismissedList:
    """Return the questions that colleagues have dismissed; for members who see all conversations."""
    needs_all_conversations(caller)
    numbers = caller.has(Right.PHONE_NUMBERS)
    found = await UnansweredQuestions(parts.mongo, caller.workspace).dismissed(_MOST_DISMISSED)
    return DismissedList(
        items=[Dismissed(id=one.id, text=shown_text(one.text, numbers=numbers), nearest=one.nearest) for one in found]
    )


@router.post("/dismissed", status_code=201)
async def add_dismissed(
    body: NegativeExample,
    caller: Annotated[Principal, needs(Right.CONTENT_WRITE)],
    key: Annotated[RequestKey, idempotent()],
    parts: PartsOf,
) -> Dismissed:
    """Teach the bot a question that an FAQ does not answer; it counts within ten minutes."""
    needs_all_conversations(caller)
    form = (await edits_of(parts).view(caller.workspace)).form
    faq = form["faqs"][items.position("faqs", form, body.faq)]
    if not any(char.isalnum() for char in body.text):
        raise Problem("invalid", errors=[FieldError("#/text", "needs letters or digits")])
    if body.text in (faq["question"], *faq.get("variants", ())):
        detail = "it is the question itself, or one of the other ways to ask it"
        raise Problem("conflict", detail, reason="same-question")
    example = DismissedQuestion(text=" ".join(body.text.split()), nearest=faq["question"])
    questions = UnansweredQuestions(parts.mongo, caller.workspace)
    await questions.add_example(example.text, example.nearest, caller.caller, parts.clock.now())
    return Dismissed(id=example.id, text=example.text, nearest=example.nearest)


@router.delete("/dismissed/{example}")
async def remove_dismissed(
    example: Annotated[str, Path(max_length=32)],
    caller: Annotated[Principal, needs(Right.CONTENT_WRITE)],
    parts: PartsOf,
) -> ExampleRemoved:
    """Take an example back: the bot may answer such questions again."""
    needs_all_conversations(caller)
    removed = await UnansweredQuestions(parts.mongo, caller.workspace).remove_example(example)
    if not removed:
        raise Problem("not-found", "there is no such example")
    return ExampleRemoved(questions=removed)
