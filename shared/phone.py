"""Phone numbers: one written form (E.164 with `+`), the variants that some countries have, and a form for logs."""

_WA_ID_LENGTHS = range(3, 21)


class PhoneInvalid(ValueError):
    """Not a phone number; the text says why, in words for people, without repeating the number."""


def from_wa_id(wa_id: str) -> str | None:
    """E.164 from the digits that WhatsApp calls a number by, or None when it is not digits.

    Cheap, for the hot path: WhatsApp's ids are complete international numbers already, so nothing is looked up.
    """
    digits = wa_id[1:] if wa_id.startswith("+") else wa_id
    return f"+{digits}" if len(digits) in _WA_ID_LENGTHS and digits.isascii() and digits.isdigit() else None
