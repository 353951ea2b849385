"""Fits message bodies to the limits of a provider without losing text. Pure.

    buttons   too many, or too long                  → a list
    list      too many rows, or a text too long      → numbered text
    text      too long                               → several texts
    media     a caption too long, or not possible    → the media, then the caption as text
    cards     not supported by the provider          → text

`split_to_fit` may return several messages. Senders have one message to send, so they use `fit_in_one`, which refuses
what needs several; results of `split_to_fit` pass it unchanged.
"""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

import msgspec

from shared.messages.outbound import (
    Body,
    Button,
    ButtonsBody,
    ContactsBody,
    ListBody,
    LocationBody,
    MediaBody,
    ReactionBody,
    Row,
    TemplateBody,
    TextBody,
    numbered_text,
    place_or_cards_text,
)
from shared.providers.errors import ErrorKind, SendError
from shared.providers.port import MessageLimits
from shared.text.splitting import split

_LIST_BUTTON = "Menu"  # if the body names none; a word of many languages


def split_to_fit(body: Body, limits: MessageLimits) -> tuple[Body, ...]:
    """Return the body as one or several messages, in order; none for a blank text."""
    match body:
        case TextBody():
            return tuple(msgspec.structs.replace(body, body=part) for part in split(body.body, limits.text))
        case ButtonsBody() | ListBody():
            message = _interactive(body, limits)
            return split_to_fit(message, limits) if isinstance(message, TextBody) else (message,)
        case MediaBody(caption=caption) if caption and _caption_problem(body, limits):
            bare = msgspec.structs.replace(body, caption="")
            return (bare, *split_to_fit(TextBody(body=caption), limits))
        case ContactsBody() if not limits.cards:
            return split_to_fit(TextBody(body=place_or_cards_text(body)), limits)
        case _:
            return (body,)


def fit_in_one(body: Body, limits: MessageLimits) -> Body:
    """Return the body as one message.

    Raises SendError (permanent) if it does not fit into one, is empty, has media that the provider cannot fetch, or is
    of a kind that the provider does not support.
    """
    if isinstance(body, ButtonsBody | ListBody):
        body = _interactive(body, limits)
    if isinstance(body, ContactsBody) and not limits.cards:
        body = TextBody(body=place_or_cards_text(body))
    if isinstance(body, TextBody):
        if not body.body.strip():
            raise _refused("empty", "There is nothing to say.")
        if len(body.body) > limits.text:
            raise _refused("too_long", f"The text is longer than the provider's {limits.text} characters.")
    if (check := _CHECKS.get(type(body))) is not None:
        check(body, limits)
    return body


def _check_media(body: MediaBody, limits: MessageLimits) -> None:
    if not (body.media_id and limits.media_ids) and not _is_public(body.url):
        if body.media_id and not body.url:
            raise _refused("media_id", "This provider takes media by its address only.")
        raise _refused("media_address", "The media's address is not a public https address.")
    if problem := _caption_problem(body, limits):
        raise _refused("caption", problem)


def _check_location(body: LocationBody, _: MessageLimits) -> None:
    if not (abs(body.latitude) <= 90 and abs(body.longitude) <= 180):  # also refuses NaN
        raise _refused("location", "The location is not on the earth.")


def _check_contacts(body: ContactsBody, _: MessageLimits) -> None:
    if not body.cards or not all(card.name.strip() for card in body.cards):
        raise _refused("contacts", "A contact has no name, or there is none.")


def _check_reaction(body: ReactionBody, limits: MessageLimits) -> None:
    if not limits.reactions:
        raise _refused("reaction", "This provider cannot put a reaction on a message.")
    if not body.provider_message_id:
        raise _refused("reaction", "The reaction is on no message.")


def _check_template(body: TemplateBody, limits: MessageLimits) -> None:
    if body.header_media is not None:
        _check_media(body.header_media, limits)


_CHECKS: dict[type[Any], Callable[[Any, MessageLimits], None]] = {
    MediaBody: _check_media,
    LocationBody: _check_location,
    ContactsBody: _check_contacts,
    ReactionBody: _check_reaction,
    TemplateBody: _check_template,
}


def _refused(code: str, title: str) -> SendError:
    return SendError(ErrorKind.PERMANENT, code=code, title=title)


def _caption_problem(body: MediaBody, limits: MessageLimits) -> str:
    if body.caption and body.kind in limits.uncaptioned:
        return f"With this provider, media of the kind {body.kind} has no caption."
    if len(body.caption) > limits.caption:
        return f"The caption is longer than the provider's {limits.caption} characters."
    return ""


def _is_public(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and not parts.username and " " not in url


def _interactive(body: ButtonsBody | ListBody, limits: MessageLimits) -> ButtonsBody | ListBody | TextBody:
    """Return buttons if they fit, else a list if it fits, else numbered text."""
    if not body.body.strip() or len(body.body) > limits.interactive_body:
        return TextBody(body=numbered_text(body))
    if isinstance(body, ButtonsBody):
        if _buttons_fit(body.buttons, limits):
            return body
        rows = tuple(Row(id=button.id, title=button.title) for button in body.buttons)
        as_list = _list(ListBody(body=body.body, button=_LIST_BUTTON, rows=rows), limits)
    else:
        as_list = _list(body, limits)
    return as_list or TextBody(body=numbered_text(body))


def _buttons_fit(buttons: Sequence[Button], limits: MessageLimits) -> bool:
    titles = [button.title.strip() for button in buttons]
    return (
        0 < len(buttons) <= limits.buttons
        and all(0 < len(title) <= limits.button_title for title in titles)
        and len(set(titles)) == len(titles)
        and _ids_fit(buttons, limits)
    )


def _ids_fit(options: Sequence[Button | Row], limits: MessageLimits) -> bool:
    ids = [option.id for option in options]
    return all(id_.strip() and len(id_) <= limits.choice_id for id_ in ids) and len(set(ids)) == len(ids)


def _list(body: ListBody, limits: MessageLimits) -> ListBody | None:
    """Return the list within the limits; None if it would lose text."""
    rows = [_row(row, limits) for row in body.rows]
    fitting = tuple(row for row in rows if row is not None)
    if not fitting or len(fitting) < len(rows) or len(rows) > limits.rows or not _ids_fit(body.rows, limits):
        return None
    button = _shortened(body.button.strip() or _LIST_BUTTON, limits.list_button)
    return ListBody(body=body.body, button=button, rows=fitting)


def _row(row: Row, limits: MessageLimits) -> Row | None:
    """Return the row within the limits, a long title in full in the empty description; None if it does not fit."""
    title, description = row.title.strip(), row.description.strip()
    if len(title) > limits.row_title and not description:
        title, description = _shortened(title, limits.row_title), title
    if not 0 < len(title) <= limits.row_title or len(description) > limits.row_description:
        return None
    return msgspec.structs.replace(row, title=title, description=description)


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else text[: max(most - 1, 0)].rstrip() + "…"
