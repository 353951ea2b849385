"""Customers as rows and entries show them. Pure."""

from collections.abc import Mapping
from typing import Any

import msgspec

from shared.domain.phone import mask
from shared.operations.masking import masked, masked_text


class CustomerCard(msgspec.Struct, frozen=True, kw_only=True):
    """A customer in lists. number: in E.164, masked for those who may not see it; empty if it is unknown."""

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
    name = shown_text(customer.get("name") or "", numbers=numbers)
    return CustomerCard(id=customer["id"], name=name, number=number, username=customer.get("username") or "")


def shown_customer(customer: Mapping[str, Any], *, numbers: bool) -> Mapping[str, Any]:
    """Return a customer (`shared.domain.customer.customer_view`) as somebody may see it: without phone numbers also in
    the name, fields and tags.
    """
    if numbers:
        return customer
    shown: dict[str, Any] = masked(dict(customer))
    return {**shown, "phone": shown_number(customer.get("phone") or "", in_full=False)}


def shown_text(text: str, *, numbers: bool) -> str:
    """Return a text of a customer or about one as somebody may see it."""
    return text if numbers else masked_text(text)
