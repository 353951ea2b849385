"""Parses Meta's objects `referral` and `referred_product`, which MSG91 passes on, too. Pure."""

from collections.abc import Mapping
from typing import Any

from shared.messages.inbound import Referral, ReferredProduct
from shared.providers.referrals import MAX_LENGTH, referral_from, text_of

_MAX_SKU_LENGTH = 100  # as in a workspace's catalogue
_FIELDS = {
    "source_type": ("source_type",),
    "source_id": ("source_id",),
    "source_url": ("source_url",),
    "headline": ("headline",),
    "body": ("body",),
    "click_id": ("ctwa_clid",),
    "media_type": ("media_type",),
    "media_id": ("media_id",),
    "media_url": ("image_url", "video_url", "thumbnail_url", "media_url"),
    "greeting": ("greeting",),
}


def referral(value: Any) -> Referral | None:
    """Return the ad of an object `referral`; None if it is none."""
    if not isinstance(value, Mapping):
        return None
    greeting = value.get("welcome_message")
    text = greeting.get("text") if isinstance(greeting, Mapping) else ""
    return referral_from({**value, "greeting": text}, _FIELDS)


def referred_product(value: Any) -> ReferredProduct | None:
    """Return the product of an object `referred_product`; None if it names none."""
    if not isinstance(value, Mapping):
        return None
    sku = text_of(value.get("product_retailer_id"))
    if not sku or len(sku) > _MAX_SKU_LENGTH:
        return None
    return ReferredProduct(sku=sku, catalog_id=text_of(value.get("catalog_id"))[:MAX_LENGTH])
