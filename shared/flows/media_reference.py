"""How a flow names a file that was uploaded to the provider before: `id:1234567890`."""

import re

_UPLOADED = re.compile(r"id:([0-9]{1,40})")


def media_id_in(text: str) -> str:
    """The id; empty when the text is none, such as an address."""
    found = _UPLOADED.fullmatch(text)
    return found[1] if found else ""
