"""The result of a check, for a person."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Check:
    """One line of a report. needed: nothing works without it. advice: how to fix it. fields: of a channel; one
    of them is to be filled in anew; empty: none.

    code, values: the same as text and advice, for pages in other languages; empty: there are none.
    """

    name: str
    good: bool
    text: str
    needed: bool = True
    advice: str = ""
    fields: tuple[str, ...] = ()
    code: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
