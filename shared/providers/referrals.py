"""Reads the ad that a customer's message came from and the product that it asks about. Pure.

Meta's objects `referral` and `referred_product`, which others pass on under names of their own. Values of another type
than expected are left out: a message is worth more than the ad behind it.
Sources: the Cloud API's webhook reference, Twilio's incoming parameters.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from shared.messages.inbound import Referral, ReferredProduct

_LONGEST = {"headline": 500, "body": 2000, "greeting": 1000}  # characters; an ad's text is shorter
_LONGEST_OTHER = 2048  # characters; of ids and addresses
_LONGEST_SKU = 100  # as in a workspace's catalogue

META = {
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
"""Our name of a field, and what Meta calls it; the first that is there counts."""

TWILIO = {
    "source_type": ("ReferralSourceType",),
    "source_id": ("ReferralSourceId",),
    "source_url": ("ReferralSourceUrl",),
    "headline": ("ReferralHeadline",),
    "body": ("ReferralBody",),
    "click_id": ("ReferralCtwaClid",),
    "media_type": ("ReferralMediaContentType",),
    "media_id": ("ReferralMediaId",),
    "media_url": ("ReferralMediaUrl",),
}
"""The same for Twilio's parameters."""


def referral_from(fields: Mapping[str, Any], names: Mapping[str, tuple[str, ...]]) -> Referral | None:
    """The ad, or None when nothing is said about one. names: `META` or `TWILIO`."""
    found = {ours: _first(fields, theirs)[: _LONGEST.get(ours, _LONGEST_OTHER)] for ours, theirs in names.items()}
    return Referral(**found) if any(found.values()) else None


def referral_of_meta(value: Any) -> Referral | None:
    """The ad of Meta's object `referral`, or None when it is none."""
    if not isinstance(value, Mapping):
        return None
    greeting = value.get("welcome_message")
    text = greeting.get("text") if isinstance(greeting, Mapping) else ""
    return referral_from({**value, "greeting": text}, META)


def product_of_meta(value: Any) -> ReferredProduct | None:
    """The product of Meta's object `referred_product`, or None when it names none."""
    if not isinstance(value, Mapping):
        return None
    sku = _text(value.get("product_retailer_id"))
    if not sku or len(sku) > _LONGEST_SKU:
        return None
    return ReferredProduct(sku=sku, catalog_id=_text(value.get("catalog_id"))[:_LONGEST_OTHER])


def decoded(raw: bytes) -> Any:
    """A JSON value; None where it is none."""
    try:
        return msgspec.json.decode(raw)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def _first(fields: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return next((text for name in names if (text := _text(fields.get(name)))), "")


def _text(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value.strip() if isinstance(value, str) else ""
