"""Texts as a reader sees them, the form in which the checks compare them. Pure."""

import re
import unicodedata

_REPLACED = {"\u066b": ".", "\u066c": ",", "\u2019": "'", "\u2018": "'", "\u02bc": "'", "\u2044": "/", "\u2212": "-"}
_DOT = re.compile(r"(?<=[a-z0-9])[。․](?=[a-z0-9])", re.IGNORECASE)


def plain(text: str) -> str:
    """Return a text as a reader sees it: all digits as 0 to 9, full-width letters and the like as ordinary ones, one
    kind of hyphen and space, nothing invisible.
    """
    if text.isascii():
        return text  # the result would be the same, a hundred times slower
    whole = unicodedata.normalize("NFKC", text)
    return _DOT.sub(".", "".join(map(_seen, whole)))


def _seen(char: str) -> str:
    if char.isascii():
        return char
    category = unicodedata.category(char)
    if category in ("Cf", "Mn", "Me"):
        return ""
    if category == "Nd":
        return str(unicodedata.decimal(char))
    if category == "Zs":
        return " "
    return "-" if category == "Pd" else _REPLACED.get(char, char)
