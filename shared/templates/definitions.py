"""Templates that a provider has approved, as a workspace names them."""

import re
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from shared.validation import formats
from shared.validation.strict import StrictModel

MOST_WORDS = 200
"""Characters of a footer, and of a button's text; Meta's have at most 60 and 25."""
_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


class Template(StrictModel):
    """The name of a template that the provider has approved; its parameters are given where it is used."""

    name: str = Field(min_length=1, max_length=512)
    language: Annotated[str, StringConstraints(pattern=formats.TEMPLATE_LANGUAGE)] = "en"


class WindowTemplate(Template):
    """A template sent in place of a message while the 24-hour window is closed. parameters: of its body, in their
    order; `{text}` in one stands for the message's text. See `shared.domain.window`.
    """

    parameters: tuple[Annotated[str, StringConstraints(min_length=1, max_length=1024)], ...] = ()


class TemplateButton(StrictModel):
    """A button of a template. kind: as the provider has it. variable: it needs a value when it is sent (the end of a
    URL, a code). text: as customers read it; empty: unknown.
    """

    kind: Literal[
        "quick_reply", "url", "phone_number", "copy_code", "otp", "flow", "catalog", "mpm", "voice_call", "other"
    ]
    variable: bool = False
    text: str = Field(default="", max_length=MOST_WORDS)


class TemplateDefinition(Template):
    """The definition of a template, from its provider or from the workspace file.

    category: the provider's word: `UTILITY`, `AUTHENTICATION`, or `MARKETING`, which is not sent to customers who
    opted out. body, header_text: with `{{1}}`, `{{2}}`, … or `{{first_name}}`, … where parameters come. header: the
    kind of header above the body. parameter_format: empty: as the texts look. parts: what else it has that cannot be
    filled here, in the provider's words (`CAROUSEL`, `BUTTON SPM`, …). footer_text: below the body; empty: unknown, or
    there is no footer. content_sid: Twilio's id of it (`HX…`).
    """

    body: str = Field(default="", max_length=4096)
    header: Literal["none", "text", "image", "video", "document", "location"] = "none"
    header_text: str = Field(default="", max_length=200)
    buttons: tuple[TemplateButton, ...] = ()
    footer: bool = False
    footer_text: str = Field(default="", max_length=MOST_WORDS)
    parameter_format: Literal["", "positional", "named"] = ""
    parts: tuple[Annotated[str, StringConstraints(min_length=1, max_length=64)], ...] = ()
    category: Annotated[str, StringConstraints(pattern=r"^[A-Z_]{0,64}$")] = ""
    content_sid: Annotated[str, StringConstraints(pattern=formats.CONTENT_SID)] = ""

    @property
    def is_named(self) -> bool:
        """True when its parameters have names, not numbers."""
        if self.parameter_format:
            return self.parameter_format == "named"
        return not all(name.isdigit() for name in (*variable_names(self.body), *variable_names(self.header_text)))


def variable_names(text: str) -> tuple[str, ...]:
    """Return the parameters of a text in the order in which values are given for them: numbers by their value (`{{2}}`
    may stand before `{{1}}`), names as they first appear.
    """
    found = list(dict.fromkeys(_VARIABLE.findall(text)))
    return tuple(sorted(found, key=int) if all(name.isdigit() for name in found) else found)


def variable_count(text: str) -> int:
    """Return how many different parameters a text has."""
    return len(variable_names(text))


@dataclass(frozen=True, slots=True)
class ReportedTemplate:
    """A template as its provider lists it. status, reason, quality: the provider's words (`APPROVED`; why it was
    rejected; `GREEN`), the last two empty where it says nothing.
    """

    definition: TemplateDefinition
    status: str
    reason: str = ""
    quality: str = ""
