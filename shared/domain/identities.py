"""Identities of customers, and the key among them. Pure.

An identity is a phone number in E.164, or `bsuid:` and WhatsApp's business-scoped user id. Numbers are compared in one
form (`shared.domain.phone.canonical`). The key is the identity that a customer first wrote from: the ids of the
customer and of the conversations are derived from it, so they stay the same when more identities become known.

A number that its owner has given up may get another owner. That customer's key is the number with a mark
(`+234…~1f2e3d4c`), so that no id is derived twice.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import sha256

import msgspec

from shared.domain.phone import canonical
from shared.messages.inbound import Sender

BSUID = "bsuid:"
_MARK = "~"


class IdentityLink(msgspec.Struct, frozen=True, kw_only=True):
    """An identity and its customer's key. at: since when the key is known."""

    identity: str
    key: str
    at: datetime


class ResolvedCustomer(msgspec.Struct, frozen=True, kw_only=True):
    """The customer that a sender resolves to. joins: keys of further records of the same customer."""

    key: str
    joins: tuple[str, ...] = ()


def identities_of(sender: Sender) -> tuple[str, ...]:
    """Return the identities that a provider gave of a sender, in comparable form; the number first."""
    given = (sender.phone, f"{BSUID}{sender.bsuid}" if sender.bsuid else None)
    known = tuple(dict.fromkeys(canonical(one) for one in given if one))
    return known or (canonical(sender.identity),)


def with_user_id(identity: str, bsuid: str) -> tuple[str, ...]:
    """Return an identity and, behind it, the user id as another one, in comparable form. bsuid: may be empty."""
    given = (identity, f"{BSUID}{bsuid}" if bsuid else identity)
    return tuple(dict.fromkeys(map(canonical, given)))


def is_user_id(text: str) -> bool:
    """Return whether a text looks like a WhatsApp user id: a country's two letters, a point and the id."""
    return text[2:3] == "." and text[:2].isalpha()


def is_identity(text: str) -> bool:
    """Return whether messages can be sent to it; not to a key with a mark."""
    return text.startswith(BSUID) or (text.startswith("+") and _MARK not in text)


def key_after(number: str, cause: str) -> str:
    """Return the key of a number's next owner. cause: unique among the number's owners."""
    return f"{canonical(number)}{_MARK}{sha256(cause.encode()).hexdigest()[:8]}"


def resolve(identities: Iterable[str], links: Mapping[str, Iterable[IdentityLink]]) -> ResolvedCustomer:
    """Return the customer of these identities. links: known ones by identity. The oldest of several keys wins."""
    wanted = list(identities)
    keys: dict[str, datetime] = {}
    for link in (link for identity in wanted for link in links.get(identity, ())):
        keys[link.key] = min(link.at, keys.get(link.key, link.at))
    if not keys:
        return ResolvedCustomer(key=wanted[0])
    ordered = sorted(keys, key=lambda key: (keys[key], key))
    return ResolvedCustomer(key=ordered[0], joins=tuple(ordered[1:]))
