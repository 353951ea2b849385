"""Templates that a provider has approved, as a workspace names them."""

from typing import Annotated

from pydantic import Field, StringConstraints

from shared import forms
from shared.strict import Strict


class Template(Strict):
    """A template that the provider has approved; its parameters are said where it is used."""

    name: str = Field(min_length=1, max_length=512)
    language: Annotated[str, StringConstraints(pattern=forms.TEMPLATE_LANGUAGE)] = "en"


class WindowTemplate(Template):
    """What is sent in place of a message while the 24-hour window is closed. parameters: of its body, in their order;
    `{text}` in one stands for what was to be said. See `shared.window`.
    """

    parameters: tuple[Annotated[str, StringConstraints(min_length=1, max_length=1024)], ...] = ()
