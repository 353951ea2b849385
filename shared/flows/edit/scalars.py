"""Writes single values as YAML, so that the project's dialect reads them back as they were."""

import re
from math import isfinite
from typing import Any

from shared.flows.edit.refused import Refused
from shared.flows.yaml_tree import FORBIDDEN_CHARACTERS

BREAKS = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")
_PLAIN = re.compile(r"[^\W_](?:[\w .,;!?()/+*%&@'\"=$€£<>|{}\[\]:#~^-]*[\w.,;!?()/+*%&@'\"=$€£<>|}\]~^-])?\Z")
_NOT_PLAIN = re.compile(r": |:\Z| #|[\r\n\t\x85\u2028\u2029]")
_FLOW_SIGNS = re.compile(r"[,?\[\]{}]|:[^\w /]")
_IMPLICIT = re.compile(r"(?:true|True|false|False|null|Null|-?\d+(?:\.\d+)?)\Z")
_ESCAPED = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r", "\x85": "\\N", "\ufeff": "\\uFEFF"}
_TO_ESCAPE = re.compile(r'[\\"\n\t\r\x85\u2028\u2029\ufeff]')
_HEADER = re.compile(r"[|>][-+0-9]*")


def scalar_text(value: Any, style: str | None = None, *, in_flow: bool = False) -> str:
    """Return a value on one line. style: as it was written: `'`, `"`, or "" (plain). Raises Refused."""
    if not isinstance(value, str):
        return _other_text(value)
    if found := FORBIDDEN_CHARACTERS.search(value):
        raise Refused(f"the text has the character U+{ord(found[0]):04X}, which no text has")
    if style == "'" and not BREAKS.search(value) and "\ufeff" not in value:
        return "'" + value.replace("'", "''") + "'"
    if style == '"' or not is_plain(value, in_flow=in_flow):
        return '"' + _TO_ESCAPE.sub(_escaped, value) + '"'
    return value


def is_plain(value: str, *, in_flow: bool) -> bool:
    """Return whether a text needs no quotes."""
    if not _PLAIN.match(value) or _NOT_PLAIN.search(value) or _IMPLICIT.match(value):
        return False
    return not (in_flow and _FLOW_SIGNS.search(value))


def key_text(key: str, style: str | None = None, *, in_flow: bool = False) -> str:
    """Return a key; keys are always texts. Raises Refused."""
    if len(key) > 500 or BREAKS.search(key):
        raise Refused("a key has one line of at most 500 characters")
    if _IMPLICIT.match(key) and style in (None, ""):
        return key
    return scalar_text(key, style, in_flow=in_flow)


def block_lines(value: str, style: str = "|") -> list[str] | None:
    """Return a text as a block: its header, then its lines without indentation; None if a block cannot hold it."""
    if not value.strip() or value[0].isspace() or BREAKS.sub("\n", value) != value or "\ufeff" in value:
        return None
    if FORBIDDEN_CHARACTERS.search(value):
        return None
    body = value.rstrip("\n")
    trailing = len(value) - len(body)
    if any(line.isspace() for line in body.split("\n")):
        return None
    lines = body.split("\n")
    if style == ">":
        if any(line[:1] in (" ", "\t") for line in lines):
            return None
        lines = body.replace("\n", "\n\n").split("\n")
    header = style + {0: "-", 1: ""}.get(trailing, "+")
    return [header, *lines, *[""] * (trailing - 1)]


def header_end(text: str, start: int) -> int:
    """Return the end of the header of a block text (`|`, `>-`) that begins there."""
    found = _HEADER.match(text, start)
    return found.end() if found else start


def _other_text(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() if abs(value) < 10**15:
            return str(value)
        case float() if isfinite(value) and re.fullmatch(r"-?\d{1,15}\.\d{1,15}", repr(value)):
            return repr(value)
        case int() | float():
            raise Refused("numbers have at most 15 digits before and behind the point; write others as texts")
        case _:
            raise Refused(f"a {type(value).__name__} cannot be written here")


def _escaped(found: re.Match[str]) -> str:
    return _ESCAPED.get(found[0]) or f"\\u{ord(found[0]):04X}"
