"""The result of a check, for a person."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One line of a report. needed: nothing works without it. advice: how to fix it. fields: of a channel; one
    of them is to be filled in anew; empty: none.
    """

    name: str
    good: bool
    text: str
    needed: bool = True
    advice: str = ""
    fields: tuple[str, ...] = ()
