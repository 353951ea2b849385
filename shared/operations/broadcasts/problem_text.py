"""Sentences about broadcasts that have a code, so that pages can say them in other languages."""

from typing import Literal, get_args

ProblemCode = Literal[
    "rate",
    "failures",
    "price",
    "no_channel",
    "channel_stopped",
    "no_segment",
    "only_templates",
    "same_variants",
    "no_flow",
    "no_template_name",
    "template",
    "no_template",
    "unreadable",
    "unknown_field",
    "empty",
    "too_long",
]
CODES: tuple[str, ...] = get_args(ProblemCode)
"""All codes; the console has words for each in every language."""


class ProblemText(str):
    """An English sentence. code, values: the same for pages in other languages."""

    code: str
    values: dict[str, str]

    def __new__(cls, text: str, code: ProblemCode, **values: str) -> "ProblemText":
        made = super().__new__(cls, text)
        made.code, made.values = code, values
        return made
