"""The items of webhooks that could be parsed, and the names of their types in dead letters and metrics."""

from dataclasses import dataclass

from shared.messages.inbound import Provider
from shared.providers.port import ParsedConsent, ParsedEcho, ParsedEvent, ParsedMessage, ParsedStatus

ParsedItem = ParsedMessage | ParsedEcho | ParsedConsent | ParsedStatus | ParsedEvent

ITEM_TYPES: dict[str, type[ParsedItem]] = {
    "message": ParsedMessage,
    "status": ParsedStatus,
    "event": ParsedEvent,
    "echo": ParsedEcho,
    "consent": ParsedConsent,
}
_NAMES = {type_: name for name, type_ in ITEM_TYPES.items()}


def type_name(item: ParsedItem) -> str:
    """Return the name of an item's type."""
    return _NAMES[type(item)]


@dataclass(frozen=True, slots=True)
class WebhookSource:
    """The webhook that items come from. only: the workspace whose secret signed it; None: the platform's secret did."""

    provider: Provider
    path: str
    only: str | None
