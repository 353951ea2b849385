"""The FAQs of a workspace: list, edit, import and export as CSV."""

import asyncio
from typing import Annotated, Any, Literal

from fastapi import Path, Query, Request, Response

from services.console.caller import Principal, needs
from services.console.csv_answer import CSV_ANSWER, csv_file
from services.console.csv_text import CSV_BODY, CSV_UPLOAD, CsvText
from services.console.exports import begin_export
from services.console.idempotency import REPEATABLE, RequestKey, idempotent
from services.console.models import AnswerModel, RequestModel
from services.console.parameters import PartsOf
from services.console.rights import Right
from services.console.routing import workspace_router
from services.console.workspace_edits import Edited, Editor, Managed, edits_of, managed, part_etag
from shared.operations.workspaces import items
from shared.operations.workspaces.content_csv import from_csv, to_csv
from shared.workspace.parts import Part

router = workspace_router("/faqs", "faqs")
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


@router.get("/export", responses=CSV_ANSWER)
async def export_faqs(
    caller: Annotated[Principal, needs(Right.CONTENT_READ)], request: Request, parts: PartsOf
) -> Response:
    """Return all FAQs as CSV: `question`, `answer`, `variants` (lines of one cell)."""
    view = await edits_of(parts).view(caller.workspace)
    await begin_export(request, caller, "faqs.export_faqs")
    text = await asyncio.to_thread(to_csv, "faqs", view.form["faqs"])
    return csv_file(text, f"{caller.workspace}-faqs")


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
