"""Describes what a customer's message refers to: a product, an ad, an earlier message. Pure.

The notes stand in brackets before the message's own text. All of it is data.
"""

from collections.abc import Mapping
from typing import Any

from services.ai.text.cleaning import for_model
from shared.repositories.conversation_history import QuotedMessage
from shared.repositories.inbound import StoredInbound
from shared.workspace.config import Product, Workspace

_QUOTE, _HEADLINE, _AD = 300, 200, 600  # characters
_SKU = 100


def notes_before(message: StoredInbound, workspace: Workspace, quotable: Mapping[str, QuotedMessage]) -> str:
    """Return the notes to put before a message's text; empty: it refers to nothing. quotable: by provider message
    id."""
    notes = [
        _product(message.context.get("product"), workspace),
        _ad(message.context.get("referral")),
        _quote(message, quotable),
        "(forwarded)" if message.context.get("forwarded") else "",
    ]
    return " ".join(filter(None, notes))


def ad_of(customer: Mapping[str, Any]) -> dict[str, Any]:
    """Return the ad that a customer last came from; empty: none. customer: see
    `shared.domain.customer.customer_view`."""
    later = list(customer.get("referrals") or ())
    return dict(later[-1] if later else customer.get("lead_source") or {})


def ad_texts(customer: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the texts of the ad that the customer last came from; they are the business's own."""
    ad = ad_of(customer)
    return tuple(filter(None, (str(ad.get(name) or "") for name in ("headline", "body", "greeting"))))


def describe_ad(ad: Mapping[str, Any]) -> str:
    """Return an ad as the customer saw it, in one line; empty when its text is unknown."""
    headline, body = one_line(ad.get("headline"), _HEADLINE), one_line(ad.get("body"), _AD)
    text = ": ".join(filter(None, (f"“{headline}”" if headline else "", body)))
    kind = one_line(ad.get("media_type"), 40).partition("/")[0]
    return f"{text} (with {_with_article(kind)})" if text and kind else text


def one_line(text: object, most: int) -> str:
    """Return a text as one line that cannot pass for our own tags."""
    plain = for_model(str(text or "")).replace("<", "(").replace(">", ")")
    return " ".join(plain.split())[:most]


def _with_article(kind: str) -> str:
    return f"an {kind}" if kind[:1] in "aeiou" else f"a {kind}"


def _product(asked: object, workspace: Workspace) -> str:
    if not isinstance(asked, Mapping) or not asked.get("sku"):
        return ""
    sku = str(asked["sku"])
    found = next((product for product in workspace.catalog if product.sku == sku), None) or next(
        (product for product in workspace.catalog if product.sku.casefold() == sku.casefold()), None
    )
    if found is None:
        return f"(about a product that is not in our catalogue: SKU {one_line(sku, _SKU)})"
    return f"(about our product {_named(found)})"


def _named(product: Product) -> str:
    return f"{product.name}, SKU {product.sku}, {product.price} {product.currency}"


def _ad(referral: object) -> str:
    if not isinstance(referral, Mapping):
        return ""
    ad = describe_ad(referral)
    return f"(came from our ad {ad})" if ad else "(came from an ad of ours)"


def _quote(message: StoredInbound, quotable: Mapping[str, QuotedMessage]) -> str:
    to = message.context.get("reply_to")
    found = quotable.get(str(to)) if to else None
    if found is None or not found.text.strip():
        return "(in reply to an earlier message)" if to and not message.context.get("product") else ""
    whose = "our message" if found.ours else "their own message"
    return f"(in reply to {whose}: “{one_line(found.text, _QUOTE)}”)"
