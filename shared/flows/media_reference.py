"""References of flows to files that were uploaded to the provider before: `id:1234567890`."""

import re

_UPLOADED = re.compile(r"id:([0-9]{1,40})")


def media_id_in(text: str) -> str:
    """Return the id; empty for other texts, such as a URL."""
    found = _UPLOADED.fullmatch(text)
    return found[1] if found else ""
