"""The customer-service window: after a customer's last message a business may write what it likes for 24 hours, then
only templates that the provider has approved (WhatsApp Business Platform, "customer service window"). Pure.

It belongs to a customer and a number of ours, so to a conversation. Who has never written has no open window: a
template opens the first contact.
"""

from datetime import datetime, timedelta

from shared.messages.outbound import Body, ButtonsBody, ListBody, TemplateBody, TextBody, numbered_text
from shared.templates.definitions import WindowTemplate

WINDOW = timedelta(hours=24)
TEXT_PLACEHOLDER = "{text}"
MAX_TEXT = 1024
"""Characters of a filled text: as much as the body of a template may have (Meta, "template components")."""


def is_open(last_inbound_at: datetime | None, now: datetime) -> bool:
    """Whether anything may be said. last_inbound_at: when the customer last wrote; None: never."""
    return last_inbound_at is not None and now - last_inbound_at < WINDOW


def repeats_text(template: WindowTemplate) -> bool:
    """Whether the template repeats what was to be said; otherwise it only asks the customer to write."""
    return any(TEXT_PLACEHOLDER in parameter for parameter in template.parameters)


def replacement_for(body: Body, template: WindowTemplate) -> TemplateBody | None:
    """What a closed window still lets through in place of a body; None: the template cannot say it.

    Words only, and no more of them than a template has room for: nobody is to get half a message. Providers refuse
    line ends and runs of spaces in parameters, so those become single spaces.
    """
    words = ""
    if repeats_text(template):
        words = _words(body)
        if not words or len(words) > MAX_TEXT:
            return None
    parameters = tuple(parameter.replace(TEXT_PLACEHOLDER, words) for parameter in template.parameters)
    return TemplateBody(name=template.name, language=template.language, parameters=parameters)


def _words(body: Body) -> str:
    match body:
        case TextBody(body=text):
            return " ".join(text.split())
        case ButtonsBody() | ListBody():
            return " ".join(numbered_text(body).split())
        case _:
            return ""
