"""What an operator types to find a customer, as a query. Pure."""

import re
from contextlib import suppress

from shared.domain.customer import comparable_name, normalised_tag
from shared.domain.phone import PhoneInvalid, from_wa_id, normalise, variants
from shared.storage.mongo import Document

_LIKE_A_NUMBER = re.compile(r"[+\d\s().\-/]*")
_FEWEST_DIGITS = 5


def search_query(text: str, region: str = "") -> Document:
    """`#vip` is a tag, `@ada.l` a user name, `bsuid:…` an identity, what looks like a phone number is one, in any form
    and also of an earlier number; anything else is the beginning of a name, or of a later word of it.
    """
    wanted = text.strip()
    if wanted.startswith("#"):
        return {"tags": normalised_tag(wanted[1:])}
    if wanted.startswith("@"):
        return {"username": wanted[1:]}
    if wanted.startswith("bsuid:"):
        return {"$or": [{"identities": wanted}, {"identity": wanted}]}
    if _LIKE_A_NUMBER.fullmatch(wanted) and sum(one.isdigit() for one in wanted) >= _FEWEST_DIGITS:
        numbers = numbers_of(wanted, region)
        return {"$or": [{"identities": {"$in": numbers}}, {"phone": {"$in": numbers}}]}
    return {"name_keys": {"$regex": f"^{re.escape(comparable_name(wanted))}"}}


def numbers_of(text: str, region: str = "") -> list[str]:
    """The forms in which a number, as somebody writes it, may be stored."""
    found: set[str] = set()
    with suppress(PhoneInvalid):
        found.update(variants(normalise(text, region)))
    # What a provider brought is stored as it came, valid or not.
    if as_it_is := from_wa_id(re.sub(r"[^\d+]", "", text)):
        found.add(as_it_is)
    return sorted(found)
