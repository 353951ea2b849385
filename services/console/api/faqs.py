"""FAQs: list, edit, CSV, and the try-box that shows how a text is judged."""

from typing import Annotated, Any, Literal

from fastapi import Path, Query, Response
from pydantic import Field, StringConstraints

from services.console.audit import NOT_AUDITED
from services.console.caller import Principal, needs
from services.console.csv_answer import CSV_ANSWER, csv_file
from services.console.csv_text import CSV_BODY, CSV_UPLOAD, CsvText
from services.console.idempotency import REPEATABLE, RequestKey, idempotent
from services.console.limits import EXPORTS, SIMULATIONS, limited
from services.console.models import AnswerModel, RequestModel
from services.console.parameters import PartsOf
from services.console.problems import FieldError, Problem
from services.console.reading import needs_all_conversations
from services.console.rights import Right
from services.console.routing import workspace_router
from services.console.workspace_edits import Edited, Editor, Managed, edits_of, managed, part_etag
from shared.operations.inbox.customers import shown_text
from shared.operations.workspaces import items
from shared.operations.workspaces.content_csv import from_csv, to_csv
from shared.repositories.unanswered import DismissedQuestion, UnansweredQuestions
from shared.workspace.parts import Part

router = workspace_router("/faqs", "faqs")
_NEAREST = 5
_MOST_DISMISSED = 200
FaqId = Annotated[str, Path(max_length=32)]
Mode = Annotated[
    Literal["merge", "replace"], Query(description="merge: questions that are not in the file stay; replace: they go.")
]


class FaqShown(AnswerModel):
    """An FAQ. id: made of the question, so it changes with it."""

    id: str
    question: str
    answer: str
    variants: list[str]


class FaqsShown(AnswerModel):
    """All FAQs, in their order."""

    items: list[FaqShown]
    managed: Managed


class FaqBody(RequestModel):
    """An FAQ. variants: other ways to ask it."""

    question: str
    answer: str
    variants: tuple[str, ...] = ()

    def item(self) -> dict[str, Any]:
        """Return it as the workspace file has it."""
        return {"question": self.question, "answer": self.answer, "variants": list(self.variants)}


class FaqList(RequestModel):
    """All FAQs of the workspace."""

    items: list[FaqBody]


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
    """The FAQs that are nearest to a text. answered: whether the bot would answer with the first match. threshold: that
    `certainty`, or with an owner's threshold `score`, is compared with.
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


@router.get("")
async def list_faqs(
    caller: Annotated[Principal, needs(Right.CONTENT_READ)], parts: PartsOf, response: Response
) -> FaqsShown:
    """Return all FAQs."""
    view = await edits_of(parts).view(caller.workspace)
    response.headers["ETag"] = part_etag(view, Part.FAQS)
    found = [FaqShown(id=items.faq_id(faq), **_plain(faq)) for faq in view.form["faqs"]]
    return FaqsShown(items=found, managed=managed(view, Part.FAQS))


@router.put("")
async def replace_faqs(
    body: FaqList,
    caller: Annotated[Principal, needs(Right.CONTENT_WRITE)],
    editor: Editor,
) -> Edited:
    """Replace all FAQs; also their order."""
    return await editor.edit(
        Part.FAQS,
        items.replaced("faqs", [one.item() for one in body.items], merge=False),
    )


@router.post("", status_code=201)
async def add_faq(
    body: FaqBody,
    caller: Annotated[Principal, needs(Right.CONTENT_WRITE)],
    key: Annotated[RequestKey, idempotent()],
    editor: Editor,
) -> Edited:
    """Add an FAQ at the end."""
    count = len((await editor.form())["faqs"])
    return await editor.edit(
        Part.FAQS,
        items.added("faqs", body.item()),
        at=("faqs", count),
    )


@router.put("/{faq}")
async def change_faq(
    faq: FaqId,
    body: FaqBody,
    caller: Annotated[Principal, needs(Right.CONTENT_WRITE)],
    editor: Editor,
) -> Edited:
    """Replace an FAQ."""
    form = await editor.form()
    return await editor.edit(
        Part.FAQS,
        items.changed("faqs", faq, lambda _: body.item()),
        at=("faqs", items.position("faqs", form, faq)),
    )


@router.delete("/{faq}")
async def remove_faq(
    faq: FaqId,
    caller: Annotated[Principal, needs(Right.CONTENT_WRITE)],
    editor: Editor,
) -> Edited:
    """Remove an FAQ."""
    return await editor.edit(
        Part.FAQS,
        items.removed("faqs", faq),
    )


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
        raise Problem("conflict", "it is the question itself, or one of the other ways to ask it")
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


@router.get("/export", responses=CSV_ANSWER)
async def export_faqs(
    caller: Annotated[Principal, needs(Right.CONTENT_READ)], _: Annotated[None, limited(EXPORTS)], parts: PartsOf
) -> Response:
    """Return all FAQs as CSV: `question`, `answer`, `variants` (lines of one cell)."""
    view = await edits_of(parts).view(caller.workspace)
    return csv_file(to_csv("faqs", view.form["faqs"]), f"{caller.workspace}-faqs")


@router.post("/import", openapi_extra=CSV_BODY, dependencies=[REPEATABLE, CSV_UPLOAD])
async def import_faqs(
    body: CsvText,
    caller: Annotated[Principal, needs(Right.CONTENT_WRITE)],
    editor: Editor,
    mode: Mode = "merge",
) -> Edited:
    """Take FAQs from CSV, all or none. The same file again changes nothing."""
    found = from_csv("faqs", body)
    return await editor.edit(
        Part.FAQS,
        items.replaced("faqs", found, merge=mode == "merge"),
    )


def _plain(faq: dict[str, Any]) -> dict[str, Any]:
    return {"question": faq["question"], "answer": faq["answer"], "variants": list(faq.get("variants", ()))}
