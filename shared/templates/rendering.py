"""Renders a template as the customer reads it: its definition's texts with the values filled in. Pure."""

import re

from shared.messages.outbound import TemplateBody
from shared.templates.definitions import TemplateDefinition, variable_names

_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def render_template(body: TemplateBody, definition: TemplateDefinition, *, header: bool = True) -> str:
    """Return the header's text and the body; a file above them is named in brackets. Empty: the definition has no
    texts.
    header: False: the body alone.

    Values go to the variables in the order in which these first appear, which is how `TemplateBody` has them.
    """
    text = _filled(definition.body, body.parameters)
    if not text.strip():
        return ""
    if not header:
        return text
    above = _filled(definition.header_text, (body.header,) if body.header else ())
    file = f"({body.header_media.kind})" if body.header_media else ""
    return "\n".join(filter(None, (file, above, text)))


def _filled(text: str, values: tuple[str, ...]) -> str:
    known = dict(zip(variable_names(text), values, strict=False))
    return _VARIABLE.sub(lambda found: known.get(found[1], found[0]), text)
