"""What is known about a customer, in the forms that repositories, templates and files share. Pure."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from shared.text.printable import cleaned

MOST_TEXT = 4000  # characters of a custom field
MOST_NAME = 200
MOST_TAG = 64
_MOST_KEYS = 5  # words of a name that it is found by
_WHOLE = range(-(2**63), 2**63)  # what MongoDB has whole numbers for
_NOT_IN_A_NAME = re.compile(r"[\x00-\x1f.$\s]+")


def customer_view(document: Mapping[str, Any] | None) -> dict[str, Any]:
    """A customer as templates and rules see one: every field is there, whatever is stored; None: a stranger.

    key: see `shared.domain.identities`. former_ids: of records that were merged into this one. order_total: text
    decimals by currency. recent_orders: the last five, newest first, each with number, state, total,
    currency and placed_at. lead_source: of the ad at the first contact. referrals: the later ones, oldest first.
    opted_out_of: `all`, or `marketing` when the customer takes answers and news of orders; empty: not opted out.
    undeliverable_at: when the provider last could deliver nothing; None when the customer has written since.
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
    """A custom field's name as it is stored: at most 64 characters, without spaces and what MongoDB reads as a path."""
    return _NOT_IN_A_NAME.sub("_", text.strip())[:64].strip("_")


def normalised_tag(text: str) -> str:
    """A tag as it is stored: its spaces made single, no `;`, which separates tags in files. Capitals matter."""
    return " ".join(cleaned(" ".join(text.replace(";", ",").split())).split())[:MOST_TAG]


def tidy_name(text: str) -> str:
    """A name as it is stored: one line of at most 200 characters, without what is not seen
    (`shared.text.printable`)."""
    return " ".join(cleaned(" ".join(text.split())).split())[:MOST_NAME].rstrip()


def comparable_name(text: str) -> str:
    """Text as names are compared: without accents and capitals."""
    parts = unicodedata.normalize("NFKD", text)
    return " ".join("".join(one for one in parts if not unicodedata.combining(one)).casefold().split())


def name_keys(name: str) -> list[str]:
    """What a name is found by: each of its first words with all that follow, so that `love` finds Ada Lovelace."""
    words = comparable_name(name)[:MOST_NAME].split()
    return [" ".join(words[start:]) for start in range(min(len(words), _MOST_KEYS))]


def storable(value: Any) -> Any:
    """A custom field's value as MongoDB can hold it: long text is cut, and a number too large for it becomes text."""
    if isinstance(value, str):
        return value[:MOST_TEXT]
    if isinstance(value, int) and not isinstance(value, bool) and value not in _WHOLE:
        return str(value)[:MOST_TEXT]
    if isinstance(value, dict):
        return {field_name(str(key)): storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [storable(item) for item in value]
    return value if isinstance(value, bool | int | float | datetime | None) else str(value)[:MOST_TEXT]


def decimal_text(text: str) -> str:
    """A decimal in plain digits; `0` where it is none, so that one bad total does not spoil the sum."""
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return "0"
    return format(amount, "f") if amount.is_finite() and abs(amount) < Decimal(10) ** 18 else "0"


def lead_label(source: Mapping[str, Any]) -> str:
    """A lead source in one cell: `ad:77`."""
    return ":".join(filter(None, (str(source.get(name) or "") for name in ("source_type", "source_id"))))
