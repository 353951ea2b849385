"""Forms of a customer's data that repositories, templates and files share. Pure."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from shared.text.printable import without_unprintable

MAX_TEXT = 4000  # characters of a custom field
MAX_NAME = 200
MAX_TAG = 64
_MAX_KEYS = 5  # words of a name to search by
_WHOLE = range(-(2**63), 2**63)  # integers that MongoDB can store
_NOT_IN_A_NAME = re.compile(r"[\x00-\x1f.$\s]+")


def customer_view(document: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return a customer as templates and rules see one, with every field. document: as stored; None: unknown customer.

    key: see `shared.domain.identities`. former_ids: of records merged into this one. order_total: text
    decimals by currency. recent_orders: the last five, newest first, each with number, state, total,
    currency and placed_at. lead_source: of the ad at the first contact. referrals: the later ones, oldest first.
    opted_out_of: `all`; `marketing` when answers and order updates are still wanted; empty: not opted out.
    undeliverable_at: the last failure to deliver anything; None when the customer has written since.
    held_off_until: before then, the provider delivers no marketing; None: nothing is known, and it may have passed.
    """
    known = document or {}
    opted_out = bool(known.get("opted_out"))
    return {
        "id": known.get("_id", ""),
        **{name: known.get(name) or "" for name in ("name", "phone", "bsuid", "username", "created_by")},
        "key": known.get("identity") or "",
        "former_ids": sorted(known.get("former_ids") or ()),
        "identities": sorted(known.get("identities") or filter(None, [known.get("identity")])),
        "tags": sorted(known.get("tags") or ()),
        "qualified": bool(known.get("qualified")),
        "opted_out": opted_out,
        "opted_out_of": (known.get("opted_out_of") or "all") if opted_out else "",
        "opted_out_at": known.get("opted_out_at") if opted_out else None,
        "undeliverable_at": _undeliverable_at(known),
        "held_off_until": known.get("held_off_until"),
        "lead_source": dict(known.get("lead_source") or {}),
        "referrals": list(known.get("referrals") or ()),
        "first_seen_at": known.get("first_seen_at"),
        "last_contacted_at": known.get("last_contacted_at"),
        "conversations": list(known.get("conversations") or ()),
        "order_count": known.get("order_count") or 0,
        "order_total": dict(known.get("order_total") or {}),
        "recent_orders": list(known.get("recent_orders") or ()),
        "fields": dict(known.get("fields") or {}),
    }


def _undeliverable_at(known: Mapping[str, Any]) -> datetime | None:
    at, wrote = known.get("undeliverable_at"), known.get("last_contacted_at")
    return None if at is None or (wrote is not None and wrote >= at) else at


def field_name(text: str) -> str:
    """Return a custom field's stored name: at most 64 characters, without spaces and MongoDB path characters."""
    return _NOT_IN_A_NAME.sub("_", text.strip())[:64].strip("_")


def normalised_tag(text: str) -> str:
    """Return a tag as stored: single spaces, no `;` (the separator in files). Case-sensitive."""
    return " ".join(without_unprintable(" ".join(text.replace(";", ",").split())).split())[:MAX_TAG]


def tidy_name(text: str) -> str:
    """Return a name as stored: one line of at most 200 printable characters (`shared.text.printable`)."""
    text = " ".join(text.split())
    if not (text.isascii() and text.isprintable()):
        text = " ".join(without_unprintable(text).split())
    return text[:MAX_NAME].rstrip()


def comparable_name(text: str) -> str:
    """Return a name for comparison: without accents and capitals, with punctuation."""
    parts = unicodedata.normalize("NFKD", text)
    return " ".join("".join(one for one in parts if not unicodedata.combining(one)).casefold().split())


def name_keys(name: str) -> list[str]:
    """Return the search keys of a name: each of its first words with all that follow, so `love` finds Ada Lovelace."""
    words = comparable_name(name)[:MAX_NAME].split()
    return [" ".join(words[start:]) for start in range(min(len(words), _MAX_KEYS))]


def storable(value: Any) -> Any:
    """Return a custom field's value that MongoDB can store: long text is cut, too large integers become text."""
    if isinstance(value, str):
        return value[:MAX_TEXT]
    if isinstance(value, int) and not isinstance(value, bool) and value not in _WHOLE:
        return str(value)[:MAX_TEXT]
    if isinstance(value, dict):
        return {field_name(str(key)): storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [storable(item) for item in value]
    return value if isinstance(value, bool | int | float | datetime | None) else str(value)[:MAX_TEXT]


def decimal_text(text: str) -> str:
    """Return a decimal in plain digits; `0` for anything else, so that one bad total does not break a sum."""
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return "0"
    return format(amount, "f") if amount.is_finite() and abs(amount) < Decimal(10) ** 18 else "0"


def lead_label(source: Mapping[str, Any]) -> str:
    """Return a lead source for a cell of a file: `ad:77`."""
    return ":".join(filter(None, (str(source.get(name) or "") for name in ("source_type", "source_id"))))
