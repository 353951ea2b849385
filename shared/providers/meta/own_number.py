"""Finds the number that a customer shared at our request.

A customer who hides the number can be asked for it (a message or template with the button `REQUEST_CONTACT_INFO`). If
the customer agrees, WhatsApp sends a card with the customer's own number and the origin `contact_request`. All other
cards, also in replies to our messages, come from the customer's address book and tell nothing about the sender.

Source: Meta's page on business-scoped user ids, "Request contact info".
"""

from collections.abc import Sequence

from shared.domain import phone
from shared.providers.meta import wire

_ON_REQUEST = "contact_request"


def own_number(message: wire.Message, cards: Sequence[wire.Card]) -> str | None:
    """Return the sender's number in E.164; None without a request, with several numbers, or another user's card."""
    context = message.context or wire.Context()
    if len(cards) != 1 or context.forwarded or context.frequently_forwarded:
        return None
    (card,) = cards
    if (card.origin or message.origin) != _ON_REQUEST:
        return None
    if card.user_id and message.from_user_id and card.user_id != message.from_user_id:
        return None
    numbers = {_number(phone) for phone in card.phones or ()} - {None}
    return numbers.pop() if len(numbers) == 1 else None


def _number(given: wire.CardPhone) -> str | None:
    if given.wa_id:
        return phone.from_wa_id(given.wa_id)
    try:
        return phone.normalise(given.phone or "")
    except phone.PhoneInvalid:
        return None
