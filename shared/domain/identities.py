"""All that one customer can be known by, and which of it is the key. Pure.

An identity is a phone number in E.164 or `bsuid:` and WhatsApp's business-scoped user id. Numbers are compared in one
form (`shared.domain.phone.canonical`). The key is the identity that a person was first seen with: the ids of the
customer and of the conversations are derived from it, so they stay the same when further identities become known.

A number that its owner has given up is another person's from then on. That person's key is the number with a mark
behind it (`+234…~1f2e3d4c`), so that nothing is derived twice.
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
    """An identity and the key of the person whom it belongs to. at: since when the key has been known."""

    identity: str
    key: str
    at: datetime


class ResolvedCustomer(msgspec.Struct, frozen=True, kw_only=True):
    """Customer that a sender resolves to. key: of the person. joins: keys of further records of the same person."""

    key: str
    joins: tuple[str, ...] = ()


def identities_of(sender: Sender) -> tuple[str, ...]:
    """All identities that a provider gave of a sender, in the form in which they are compared; the number first."""
    given = (sender.phone, f"{BSUID}{sender.bsuid}" if sender.bsuid else None)
    known = tuple(dict.fromkeys(canonical(one) for one in given if one))
    return known or (canonical(sender.identity),)


def is_user_id(text: str) -> bool:
    """Whether a text looks like one of WhatsApp's user ids: a country's two letters, a point and the id."""
    return text[2:3] == "." and text[:2].isalpha()


def is_identity(text: str) -> bool:
    """Whether it can be written to: a key with a mark cannot."""
    return text.startswith(BSUID) or (text.startswith("+") and _MARK not in text)


def key_after(number: str, cause: str) -> str:
    """Return the key of the next customer with a number that was given up. cause: differs from that of earlier ones."""
    return f"{canonical(number)}{_MARK}{sha256(cause.encode()).hexdigest()[:8]}"


def resolve(identities: Iterable[str], links: Mapping[str, Iterable[IdentityLink]]) -> ResolvedCustomer:
    """The person whom these identities name together. links: what is known of each of them, by identity.

    Of several keys the oldest is the person's.
    """
    wanted = list(identities)
    keys: dict[str, datetime] = {}
    for link in (link for identity in wanted for link in links.get(identity, ())):
        keys[link.key] = min(link.at, keys.get(link.key, link.at))
    if not keys:
        return ResolvedCustomer(key=wanted[0])
    ordered = sorted(keys, key=lambda key: (keys[key], key))
    return ResolvedCustomer(key=ordered[0], joins=tuple(ordered[1:]))
