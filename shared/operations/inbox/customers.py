"""Customers as rows and entries show them. Pure."""

from collections.abc import Mapping
from typing import Any

import msgspec

from shared.domain.phone import mask


class CustomerCard(msgspec.Struct, frozen=True, kw_only=True):
    """number: in E.164, masked for those who may not see it; empty if it is unknown."""

    id: str
    name: str
    number: str
    username: str = ""


def shown_number(number: str, *, in_full: bool) -> str:
    """Return a phone number as somebody may see it."""
    return number if in_full or not number else mask(number)


def card_of(customer: Mapping[str, Any], *, numbers: bool) -> CustomerCard:
    """Return a customer (`shared.domain.customer.customer_view`) as a card. numbers: whether they may be seen."""
    number = shown_number(customer.get("phone") or "", in_full=numbers)
    return CustomerCard(
        id=customer["id"], name=customer.get("name") or "", number=number, username=customer.get("username") or ""
    )
