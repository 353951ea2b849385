"""The catalogue and the FAQ as a model gets them: the first entries in the cached part, and of a list that does not fit
those nearest to the question behind it. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.ai.tools.catalogue import CatalogueIndex
from shared.faq.index import FaqIndex
from shared.workspace.config import Faq, Product, Workspace
from shared.workspace.remarks import MAX_LISTED

_FAQS, _PRODUCTS = 8, 12  # that are nearest to the question
_MAX_NEAREST = 12_000  # characters of either


@dataclass(frozen=True, slots=True)
class ListedParts:
    """The numbers of products and FAQs in the cached part."""

    products: int
    faqs: int


def listed(workspace: Workspace) -> ListedParts:
    """Return how many entries of the lists fit the cached part."""
    return ListedParts(
        len(_bounded(map(_product, workspace.catalog), MAX_LISTED)),
        len(_bounded(map(_faq, workspace.faqs), MAX_LISTED)),
    )


def catalogue_block(workspace: Workspace) -> str:
    """Return the catalogue for the cached part; empty: there is none."""
    lines = _bounded(map(_product, workspace.catalog), MAX_LISTED)
    numbered = [f"{number}) {line}" for number, line in enumerate(lines, 1)]
    return _block("catalog", numbered, len(workspace.catalog))


def faq_block(workspace: Workspace) -> str:
    """Return the FAQ for the cached part; empty: there is none."""
    return _block("faq", _bounded(map(_faq, workspace.faqs), MAX_LISTED), len(workspace.faqs))


def nearest(workspace: Workspace, shown: ListedParts, faq: FaqIndex, catalogue: CatalogueIndex, question: str) -> str:
    """Return the entries nearest to a question that the cached part lacks; empty: there are none."""
    parts = []
    if shown.products < len(workspace.catalog):
        known = set(map(id, workspace.catalog[: shown.products]))
        found = [one for one in catalogue.find(question, _PRODUCTS + shown.products) if id(one) not in known]
        if lines := _bounded(map(_product, found[:_PRODUCTS]), _MAX_NEAREST):
            parts.append("<catalog_nearest>\n" + "\n".join(lines) + "\n</catalog_nearest>")
    if shown.faqs < len(workspace.faqs):
        numbers = [match.number for match in faq.ranked(question, _FAQS + shown.faqs) if match.number >= shown.faqs]
        if lines := _bounded((_faq(workspace.faqs[number]) for number in numbers[:_FAQS]), _MAX_NEAREST):
            parts.append("<faq_nearest>\n" + "\n".join(lines) + "\n</faq_nearest>")
    return "\n".join(parts)


def _block(tag: str, lines: list[str], of: int) -> str:
    if not of:
        return ""
    cut = (
        f"(These are {len(lines)} of {of}. Those of the others that are nearest to the customer's last message come "
        "with it. If you do not know, search with a tool, if you have one, before you say so.)"
    )
    return "\n".join([f"<{tag}>", *lines, *([cut] if len(lines) < of else []), f"</{tag}>"])


def _product(product: Product) -> str:
    line = f"{product.name} ({product.sku}), {product.price} {product.currency}"
    return f"{line}: {product.description}" if product.description else line


def _faq(faq: Faq) -> str:
    return f"Q: {faq.question}\nA: {faq.answer}"


def _bounded(lines: Iterable[str], room: int) -> list[str]:
    kept: list[str] = []
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    return kept
