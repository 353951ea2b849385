"""The catalogue: products, as JSON and CSV."""

import asyncio
from typing import Annotated, Any

from fastapi import Body, Path, Query, Request, Response

from services.console.api.faqs import Mode
from services.console.caller import Principal, needs
from services.console.conversation_access import workspace_of
from services.console.csv_answer import CSV_ANSWER, csv_file
from services.console.csv_text import CSV_BODY, CSV_UPLOAD, CsvText
from services.console.exports import begin_export
from services.console.idempotency import REPEATABLE
from services.console.models import AnswerModel, RequestModel
from services.console.parameters import PartsOf
from services.console.rights import Right
from services.console.routing import workspace_router
from services.console.workspace_edits import Edited, Editor, Managed, edits_of, managed, part_etag
from shared.commerce import texts
from shared.commerce.catalog import page_count
from shared.operations.workspaces import items
from shared.operations.workspaces.content_csv import from_csv, to_csv
from shared.text.built_in_texts import reply_language
from shared.workspace.parts import Part

router = workspace_router("/catalog", "catalog")
Sku = Annotated[str, Path(max_length=100)]


class ProductShown(AnswerModel):
    """A product. price: a decimal number, as text."""

    sku: str
    name: str
    price: str
    currency: str
    description: str = ""


class Catalog(AnswerModel):
    """All products, in their order."""

    items: list[ProductShown]
    managed: Managed


class CatalogPreview(AnswerModel):
    """The catalogue as customers see it. text: a page of the catalogue as customers get it, in the workspace's first
    language. pages: their number.
    """

    text: str
    page: int
    pages: int


class ProductList(RequestModel):
    """All products of the catalogue, as in the workspace file."""

    items: list[dict[str, Any]]


@router.get("")
async def read_catalog(
    caller: Annotated[Principal, needs(Right.CONTENT_READ)], parts: PartsOf, response: Response
) -> Catalog:
    """Return the catalogue."""
    view = await edits_of(parts).view(caller.workspace)
    response.headers["ETag"] = part_etag(view, Part.CATALOG)
    found = [ProductShown.model_validate(product, extra="ignore") for product in view.form["catalog"]]
    return Catalog(items=found, managed=managed(view, Part.CATALOG))


@router.put("")
async def replace_catalog(
    body: ProductList,
    caller: Annotated[Principal, needs(Right.CONTENT_WRITE)],
    editor: Editor,
) -> Edited:
    """Replace the catalogue."""
    return await editor.edit(
        Part.CATALOG,
        items.replaced("catalog", body.items, merge=False),
    )


@router.put("/{sku}")
async def put_product(
    sku: Sku,
    body: Annotated[dict[str, Any], Body(description="A product as in the workspace file, without its SKU.")],
    caller: Annotated[Principal, needs(Right.CONTENT_WRITE)],
    editor: Editor,
) -> Edited:
    """Create or replace a product."""
    form = await editor.form()
    skus = [one["sku"] for one in form["catalog"]]
    return await editor.edit(
        Part.CATALOG,
        items.put("catalog", sku, {**body, "sku": sku}),
        at=("catalog", skus.index(sku) if sku in skus else len(skus)),
    )


@router.delete("/{sku}")
async def remove_product(
    sku: Sku,
    caller: Annotated[Principal, needs(Right.CONTENT_WRITE)],
    editor: Editor,
) -> Edited:
    """Remove a product."""
    return await editor.edit(
        Part.CATALOG,
        items.removed("catalog", sku),
    )


@router.get("/preview")
async def preview_catalog(
    caller: Annotated[Principal, needs(Right.CONTENT_READ)], parts: PartsOf, page: Annotated[int, Query(ge=1)] = 1
) -> CatalogPreview:
    """Return a page of the catalogue as customers get it; the last one for a number too high."""
    workspace = await workspace_of(parts, caller)
    pages = page_count(workspace.catalog)
    shown = min(page, pages)
    language = reply_language("", workspace.languages)
    text = texts.catalog(workspace, shown, language) if workspace.catalog else ""
    return CatalogPreview(text=text, page=shown, pages=pages)


@router.get("/export", responses=CSV_ANSWER)
async def export_catalog(
    caller: Annotated[Principal, needs(Right.CONTENT_READ)], request: Request, parts: PartsOf
) -> Response:
    """Return the catalogue as CSV."""
    view = await edits_of(parts).view(caller.workspace)
    await begin_export(request, caller, "catalog.export_catalog")
    text = await asyncio.to_thread(to_csv, "catalog", view.form["catalog"])
    return csv_file(text, f"{caller.workspace}-catalog")


@router.post("/import", openapi_extra=CSV_BODY, dependencies=[REPEATABLE, CSV_UPLOAD])
async def import_catalog(
    body: CsvText,
    caller: Annotated[Principal, needs(Right.CONTENT_WRITE)],
    editor: Editor,
    mode: Mode = "merge",
) -> Edited:
    """Take products from CSV, all or none. The same file again changes nothing."""
    found = from_csv("catalog", body)
    return await editor.edit(
        Part.CATALOG,
        items.replaced("catalog", found, merge=mode == "merge"),
    )
