"""Converts a model's Markdown to WhatsApp's formatting: `*bold*`, `_italics_`, `~strike~`, lists, monospace. Pure.

WhatsApp ("How to format your messages") knows no headings, links with a text, tables or images. Web addresses, code and
terms such as `2*3` are left as they are.
"""

import re
from collections.abc import Callable

from services.ai.text.markup import as_markdown

_CODE = re.compile(r"```[\w+-]*[^\S\n]*\n(.*?)(?:```|\Z)|(?<!`)`([^`\n]+)`(?!`)", re.DOTALL)
_PAIR = r"([^\s()]*(?:\([^\s()]*\)[^\s()]*)*)"  # an address, which may have one pair of parentheses in it
_LINK = re.compile(rf"!?\[([^\[\]\n]*)\]\(\s*<?{_PAIR}>?(?:\s+[\"'(][^\n]*?[\"')])?\s*\)")
_AUTOLINK = re.compile(r"<((?:https?://|mailto:|tel:)[^\s<>]+)>", re.IGNORECASE)
_ADDRESS = re.compile(
    r"(?:https?://|www\.)[^\s<>]+|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+", re.IGNORECASE
)
_HEADING = re.compile(r"[^\S\n]{0,3}#{1,6}[^\S\n]+(.+?)(?:[^\S\n]+#+)?[^\S\n]*")
_RULE = re.compile(r"[^\S\n]{0,3}([-*_])(?:[^\S\n]*\1){2,}[^\S\n]*")
_BULLET = re.compile(r"([^\S\n]*)[*+-][^\S\n]+(?:\[[ xX]\][^\S\n]+)?(?=\S)")
_ROW = re.compile(r"[^\S\n]*\|?.*\|.*")
_DELIMITER = re.compile(r"[^\S\n]*\|?[^\S\n]*:?-+:?[^\S\n]*(?:\|[^\S\n]*:?-+:?[^\S\n]*)*\|?[^\S\n]*")
_ESCAPED = re.compile(r"\\([*_~`#\[\]()>|.!+-])")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_BOTH = re.compile(r"(?<![\w*])\*\*\*(?=\S)([^*\n]+?)(?<=\S)\*\*\*(?![\w*])")
_BOLD = re.compile(r"(?<![\d*\\])\*\*(?=[^\s*])((?:(?!\*\*)[^\n])+?)(?<=\S)\*\*(?![\d*])")
_SPACED = re.compile(r"(?:(?<=^)|(?<=\n)|(?<=[^\W\d][.,:;] )|(?<=- ))\*\* ?([^\W\d][^*\n]{0,200}?) \*\*(?![\w*])")
_UNDERSCORES = re.compile(r"(?<![\w_])__(?=[^\s_])((?:(?!__)[^\n])+?)(?<=\S)__(?![\w_]|\.\w)")
_STRIKE = re.compile(r"~~(?=[^\s~])((?:(?!~~)[^\n])+?)(?<=\S)~~")
_LEFT_OVER = re.compile(r"(?:(?<=\s)|^)(?:\*\*|~~)(?=[^\W\d])|(?<=[^\W\d]|[.!?:,])(?:\*\*|~~)(?=\s|$)", re.MULTILINE)


def for_whatsapp(text: str) -> str:
    """Return the text in WhatsApp's formatting."""
    kept: list[str] = []

    def keep(piece: str) -> str:
        kept.append(piece)
        return f"\x00{len(kept) - 1}\x00"  # for_customer has taken every other NUL out

    text = _CODE.sub(lambda found: keep(_code(found)), text.replace("\x00", ""))
    text = _SPACED.sub(r"**\1**", as_markdown(text))
    text = _AUTOLINK.sub(lambda found: keep(_target(found[1])), text)
    text = _LINK.sub(lambda found: _link(found, keep), text)
    text = _ADDRESS.sub(lambda found: _address(found[0], keep), text)
    text = "\n".join(_lines(_BREAK.sub("\n", text).split("\n")))
    text = _ESCAPED.sub(lambda found: keep(found[1]), text)
    text = _marks(text)
    text = re.sub(r"\x00(\d+)\x00", lambda found: kept[int(found[1])], text)
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"\x00(\d+)\x00", lambda found: kept[int(found[1])], text))


def _code(found: re.Match[str]) -> str:
    return f"`{found[2]}`" if found[2] is not None else f"```{found[1].rstrip()}```"


def _target(address: str) -> str:
    return re.sub(r"^(?:mailto|tel):", "", address, flags=re.IGNORECASE)


def _link(found: re.Match[str], keep: Callable[[str], str]) -> str:
    """Return `[text](address)` as `text: address`, or the address alone where the text repeats it."""
    text, address = found[1].strip(), _target(found[2])
    bare = re.sub(r"^(?:https?://)?(?:www\.)?|[*_`]|/$", "", text)
    if not address or not text or bare == re.sub(r"^(?:https?://)?(?:www\.)?|/$", "", address):
        return keep(address) if address else text
    return f"{text}: {keep(address)}"


def _address(found: str, keep: Callable[[str], str]) -> str:
    """Keep an address without the formatting marks around it."""
    address = found.rstrip("*_~")
    return keep(address) + found[len(address) :]


def _lines(lines: list[str]) -> list[str]:
    made: list[str] = []
    at = 0
    while at < len(lines):
        if _ROW.fullmatch(lines[at]) and at + 1 < len(lines) and _is_delimiter(lines[at + 1]):
            end = next((n for n in range(at + 2, len(lines)) if not _ROW.fullmatch(lines[n])), len(lines))
            made += _table(_cells(lines[at]), [_cells(line) for line in lines[at + 2 : end]])
            at = end
            continue
        if not _RULE.fullmatch(lines[at]):
            made.append(_line(lines[at]))
        at += 1
    return made


def _is_delimiter(line: str) -> bool:
    return "-" in line and "|" in line and _DELIMITER.fullmatch(line) is not None


def _line(line: str) -> str:
    if heading := _HEADING.fullmatch(line):
        title = heading[1].strip().strip("*_").strip()
        return f"*{title}*" if title else ""
    return _BULLET.sub(r"\1- ", line, count=1) if _BULLET.match(line) else line


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().removeprefix("|").removesuffix("|"))]


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    """Return a line for each row, `- first: second`, with the column names from three columns on."""
    if len(head) <= 2:
        return [f"- {': '.join(filter(None, row))}" for row in rows if any(row)]
    named = ((row[0], zip(head[1:], row[1:], strict=False)) for row in rows if any(row))
    return [
        f"- {first}: {', '.join(f'{name}: {cell}' if name else cell for name, cell in rest if cell)}"
        for first, rest in named
    ]


def _marks(text: str) -> str:
    text = _BOTH.sub(r"*_\1_*", text)
    text = _BOLD.sub(_bold, text)
    text = _UNDERSCORES.sub(r"*\1*", text)
    text = _STRIKE.sub(r"~\1~", text)
    return _LEFT_OVER.sub("", text)


def _bold(found: re.Match[str]) -> str:
    """Return bold text; WhatsApp shows the marks as they are where a letter or digit stands next to them."""
    before, after = found.string[: found.start()][-1:], found.string[found.end() :][:1]
    return found[1] if before.isalnum() or after.isalnum() else f"*{found[1]}*"
