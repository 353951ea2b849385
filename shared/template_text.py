"""A template as the customer reads it: its definition's texts with the values filled in. Pure."""

import re

from shared.messages.outbound import TemplateBody
from shared.templates import TemplateDefinition

_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def rendered(body: TemplateBody, definition: TemplateDefinition) -> str:
    """The header's text and the body; a file above them is named in brackets. Empty: the definition has no texts.

    Values go to the variables in the order in which these first appear, which is how `TemplateBody` has them.
    """
    text = _filled(definition.body, body.parameters)
    if not text.strip():
        return ""
    header = _filled(definition.header_text, (body.header,) if body.header else ())
    file = f"({body.header_media.kind})" if body.header_media else ""
    return "\n".join(filter(None, (file, header, text)))


def _filled(text: str, values: tuple[str, ...]) -> str:
    names = list(dict.fromkeys(_VARIABLE.findall(text)))
    if all(name.isdigit() for name in names):  # `{{2}}` may stand before `{{1}}`
        names.sort(key=int)
    known = dict(zip(names, values, strict=False))
    return _VARIABLE.sub(lambda found: known.get(found[1], found[0]), text)
