"""Converts HTML, reference links and formulas, which models mix into Markdown, to plain Markdown. Pure."""

import html
import re

_MARKS = {
    **dict.fromkeys(("b", "strong"), "**"),
    **dict.fromkeys(("i", "em"), "_"),
    **dict.fromkeys(("s", "del", "strike"), "~~"),
    "code": "`",
}
_DROPPED = "u|span|small|sup|sub|mark|font|center|ul|ol|details|table|tbody|thead|section"
_LINES = "p|div|summary|tr"
_STYLE = re.compile(rf"<({'|'.join(_MARKS)})>([^<\n]{{1,500}})</\1>", re.IGNORECASE)
_ANCHOR = re.compile(
    r"<a\s[^<>]{0,300}?href\s*=\s*[\"']([^\"'<>\s]{1,1000})[\"'][^<>]{0,300}>([^<\n]{0,300})</a>", re.IGNORECASE
)
_HEADING = re.compile(r"[^\S\n]*<h[1-6]>([^<\n]{1,300})</h[1-6]>[^\S\n]*", re.IGNORECASE)
_ITEM = re.compile(r"\s?<li>\s?([^<\n]{0,1000})</li>", re.IGNORECASE)
_LINE_ENDS = re.compile(rf"</(?:{_LINES})>", re.IGNORECASE)
_TAG = re.compile(rf"</?(?:{_DROPPED}|{_LINES})(?:\s[^<>]{{0,300}})?>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|apos|nbsp|#39|#34|#38|#x27);")
_PICTURE_IN_LINK = re.compile(r"\[!\[([^\[\]\n]{0,300})\]\([^()\n]{1,1000}\)\](?=\()")
_DEFINITION = re.compile(
    r"^ {0,3}\[([^\[\]\n^][^\[\]\n]{0,100})\]:[^\S\n]*<?(https?://[^\s<>]{1,1000})>?(?:[^\S\n]+[\"'(][^\n]{0,200})?\n?",
    re.MULTILINE,
)
_REFERENCE = re.compile(r"\[([^\[\]\n]{1,300})\](?: ?\[([^\[\]\n]{0,100})\])?(?![(:\]])")
_UNDERLINED = re.compile(r"^(?=[^\n]*\w)([^\n#|>*+-][^\n]{0,100})\n={3,}[^\S\n]*$", re.MULTILINE)
_FORMULA = re.compile(r"\\([(\[])((?:[^\\\n]|\\[a-zA-Z%$,]){1,300})\\[)\]]")
_FRACTION = re.compile(r"\\frac\{([^{}]{1,50})\}\{([^{}]{1,50})\}")
_TEXT = re.compile(r"\\(?:text|mathrm|mathbf)\{([^{}]{1,100})\}")
_SIGN = re.compile(r"\\([a-z]+|[%$,])")
_SIGNS = {"times": "×", "cdot": "·", "div": "÷", "approx": "≈", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "pm": "±"}
_SIGNS |= {"%": "%", "$": "$", ",": " ", "quad": " "}


def as_markdown(text: str) -> str:
    """Return the text as Markdown. Unknown tags stay."""
    text = _from_html(text) if "<" in text else text
    text = _ENTITY.sub(lambda found: html.unescape(found[0]).replace("\xa0", " "), text)
    text = _PICTURE_IN_LINK.sub(r"[\1]", text)
    text = _UNDERLINED.sub(r"# \1", text)
    return _FORMULA.sub(_formula, _with_references(text))


def _from_html(text: str) -> str:
    for _ in range(2):  # one may be in another
        text = _STYLE.sub(lambda found: _MARKS[found[1].lower()].join(("", found[2], "")), text)
    text = _ANCHOR.sub(lambda found: f"[{found[2]}]({found[1]})", text)
    text = _HEADING.sub(r"# \1\n", text)
    text = _ITEM.sub(r"\n- \1", text)
    return _TAG.sub("", _LINE_ENDS.sub("\n", text))


def _with_references(text: str) -> str:
    """Return the text with `[text][1]` as a link, where a line `[1]: https://…` has its address."""
    addresses = {found[1].casefold(): found[2] for found in _DEFINITION.finditer(text)}
    if not addresses:
        return text

    def link(found: re.Match[str]) -> str:
        address = addresses.get((found[2] or found[1]).casefold())
        return f"[{found[1]}]({address})" if address else found[0]

    return _REFERENCE.sub(link, _DEFINITION.sub("", text))


def _formula(found: re.Match[str]) -> str:
    """Return a formula as plain text; what has no sign of a formula is only escaped text."""
    if not _SIGN.search(found[2]):
        return found[0]
    plain = _TEXT.sub(r"\1", _FRACTION.sub(r"\1/\2", found[2]))
    return _SIGN.sub(lambda sign: _SIGNS.get(sign[1], sign[0]), plain).strip()
