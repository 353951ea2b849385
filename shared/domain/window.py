"""The customer-service window: for 24 hours after a customer's last message a business may send free text, then only
templates that the provider has approved (WhatsApp Business Platform, "customer service window"). Pure.

It belongs to a customer and a number of the business, so to a conversation. A customer who never wrote has no open
window: a template opens the first contact.
"""

from datetime import datetime, timedelta

from shared.messages.outbound import Body, ButtonsBody, ListBody, TemplateBody, TextBody, numbered_text
from shared.templates.definitions import WindowTemplate

WINDOW = timedelta(hours=24)
TEXT_PLACEHOLDER = "{text}"
MAX_TEXT = 1024
"""Characters of a filled text: as many as the body of a template may have (Meta, "template components")."""


def is_open(last_inbound_at: datetime | None, now: datetime) -> bool:
    """Return whether free text may be sent. last_inbound_at: of the customer's last message; None: there is none."""
    return last_inbound_at is not None and now - last_inbound_at < WINDOW


def repeats_text(template: WindowTemplate) -> bool:
    """Return whether a template repeats the message's text; otherwise it only asks the customer to write."""
    return any(TEXT_PLACEHOLDER in parameter for parameter in template.parameters)


def replacement_for(body: Body, template: WindowTemplate) -> TemplateBody | None:
    """Return the filled template that replaces a body while the window is closed; None: it cannot repeat the body.

    Only texts are repeated, and only whole ones that fit. Providers refuse line ends and runs of spaces in parameters,
    so those become single spaces.
    """
    words = ""
    if repeats_text(template):
        words = _text_of(body)
        if not words or len(words) > MAX_TEXT:
            return None
    parameters = tuple(parameter.replace(TEXT_PLACEHOLDER, words) for parameter in template.parameters)
    return TemplateBody(name=template.name, language=template.language, parameters=parameters)


def _text_of(body: Body) -> str:
    match body:
        case TextBody(body=text):
            return " ".join(text.split())
        case ButtonsBody() | ListBody():
            return " ".join(numbered_text(body).split())
        case _:
            return ""
