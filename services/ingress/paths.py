"""The webhooks' paths, and what stands in them."""

from typing import Final

PREFIX: Final = "/webhooks/"
META: Final = "/webhooks/meta"
TWILIO: Final = "/webhooks/twilio"
TWILIO_STATUS: Final = "/webhooks/twilio/status"
_META_OWN: Final = "/webhooks/meta/"
_MSG91: Final = "/webhooks/msg91/"


def workspace_of(path: str) -> str | None:
    """The workspace in `/webhooks/meta/{workspace}`; None: it is another path."""
    return _named(path, _META_OWN)


def number_of(path: str) -> str | None:
    """The number in `/webhooks/msg91/{number}`, with a plus; None: it is another path."""
    digits = _named(path, _MSG91)
    return f"+{digits.removeprefix('+')}" if digits else None


def route_of(path: str) -> str:
    """The path without what it names: for logs and traces, which are told no numbers."""
    if workspace_of(path):
        return _META_OWN + "{workspace}"
    return _MSG91 + "{number}" if number_of(path) else path


def _named(path: str, before: str) -> str | None:
    name = path.removeprefix(before)
    return name if name and name != path and "/" not in name else None
