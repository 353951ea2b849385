"""What Meta says of a number's quality: the account event `phone_number_quality_update`.

Source: the webhooks reference of the Business Management API. FLAGGED: the quality is low, and the limit goes down if
it stays so; DOWNGRADE: the limit went down. `?` Whether `display_phone_number` has spaces and signs differs by account.
"""

import re
from dataclasses import dataclass

import msgspec

from shared.phone import canonical
from shared.providers.lenient import LenientDecoder
from shared.providers.meta import wire

FIELD = "phone_number_quality_update"
_DROPS = frozenset({"FLAGGED", "DOWNGRADE"})
_NOT_DIGIT = re.compile(r"\D")


class _Said(wire.Wire):
    event: str = ""
    display_phone_number: str = ""
    current_limit: str = ""


_DECODER = LenientDecoder(_Said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """number: `shared.phone.canonical` of it. limit: Meta's word for how many customers it may write to in a day."""

    number: str
    event: str
    limit: str


def dropped(field: str, raw: bytes) -> Dropped | None:
    """Which number's quality dropped; None when the event says nothing of the kind, or cannot be read."""
    if field != FIELD:
        return None
    try:
        said = _DECODER.decode(raw)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    digits = _NOT_DIGIT.sub("", said.display_phone_number)
    if said.event not in _DROPS or not digits:
        return None
    return Dropped(number=canonical(f"+{digits}"), event=said.event, limit=said.current_limit)
