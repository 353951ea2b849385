"""Writes values as YAML that a workspace file may have: no anchors, texts over several lines as blocks."""

from typing import Any

import yaml

_WIDTH = 110
_LINE_ENDS = "\x85\u2028\u2029"  # besides \n and \r, in YAML


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=_style(text))


def _style(text: str) -> str | None:
    """Return the style of a text; None: the emitter's choice."""
    if any(character in text for character in _LINE_ENDS):
        return '"'  # other styles read them as spaces
    return "|" if "\n" in text and not any(line != line.rstrip() for line in text.split("\n")) else None


_Dumper.add_representer(str, _text)


def to_yaml(value: Any) -> str:
    """Return a value of dictionaries, lists, texts, numbers and truth values as YAML."""
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH, default_flow_style=False)
