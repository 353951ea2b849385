"""Builds queries from what an operator types to find a customer. Pure."""

import re
from contextlib import suppress

from shared.domain.customer import comparable_name, normalised_tag
from shared.domain.phone import PhoneInvalid, from_wa_id, normalise, variants
from shared.storage.mongo import Document

_NUMBER = re.compile(r"[+\d\s().\-/]*")
_MIN_DIGITS = 5


def kind_of_search(text: str) -> str:
    """Return what a text is compared with: tag, user name, user id, phone number or name."""
    wanted = text.strip()
    if wanted.startswith("#"):
        return "tag"
    if wanted.startswith("@"):
        return "user name"
    if wanted.startswith("bsuid:"):
        return "user id"
    if _NUMBER.fullmatch(wanted) and sum(one.isdigit() for one in wanted) >= _MIN_DIGITS:
        return "phone number"
    return "name"


def index_of(text: str) -> str:
    """Return the index that finds customers in its own order; empty: few are found, so they are sorted."""
    return {"name": "names", "tag": "tags"}.get(kind_of_search(text), "")


def search_query(text: str, region: str = "") -> Document:
    """Return the query for a text: `#vip` is a tag, `@ada.l` a user name, `bsuid:…` an identity, digits a present or
    former phone number in any form; anything else is the beginning of a word of the name.
    """
    wanted = text.strip()
    if wanted.startswith("#"):
        return {"tags": normalised_tag(wanted[1:])}
    if wanted.startswith("@"):
        return {"username": {"$eq": wanted[1:], "$gt": ""}}  # as its partial index wants it, also without a name
    if wanted.startswith("bsuid:"):
        return {"identities": wanted}
    if _NUMBER.fullmatch(wanted) and sum(one.isdigit() for one in wanted) >= _MIN_DIGITS:
        numbers = numbers_of(wanted, region)
        return {"$or": [{"identities": {"$in": numbers}}, {"phone": {"$in": numbers}}]}
    return {"name_keys": {"$regex": f"^{re.escape(comparable_name(wanted))}"}}


def numbers_of(text: str, region: str = "") -> list[str]:
    """Return the forms in which a typed number may be stored."""
    found: set[str] = set()
    with suppress(PhoneInvalid):
        found.update(variants(normalise(text, region)))
    # Numbers from providers are stored unchanged, valid or not.
    if as_it_is := from_wa_id(re.sub(r"[^\d+]", "", text)):
        found.add(as_it_is)
    return sorted(found)
