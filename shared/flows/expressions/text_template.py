"""Texts with expressions in `{{ … }}`. Inserted values are never parsed again, so a customer cannot inject any."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from shared.flows.expressions import expression, work_limit
from shared.flows.expressions.error import ExpressionError
from shared.flows.expressions.expression import Expression
from shared.flows.expressions.values import MAX_TEXT, to_text

_MAX_CHARACTERS = 8000
_MAX_PARTS = 100


@dataclass(frozen=True, slots=True)
class TextTemplate:
    """A parsed text. parts: fixed texts and expressions, in order."""

    parts: tuple[str | Expression, ...]

    @property
    def expressions(self) -> tuple[Expression, ...]:
        return tuple(part for part in self.parts if isinstance(part, Expression))

    @property
    def fixed(self) -> str | None:
        """Return the text if it has no expressions, else None."""
        return None if self.expressions else "".join(part for part in self.parts if isinstance(part, str))

    def render(self, scope: Mapping[str, Any], most: int = MAX_TEXT) -> str:
        """Return the text, cut to `most` characters. Raises ExpressionError and TooMuchWork."""
        work_limit.spend(1 + len(self.parts))
        texts = (part if isinstance(part, str) else to_text(part.evaluate(scope)) for part in self.parts)
        text = "".join(texts)
        return text if len(text) <= most else text[: most - 1] + "…"

    def value(self, scope: Mapping[str, Any]) -> Any:
        """Return the value of a text that is a single expression; otherwise the text. Raises ExpressionError."""
        if len(self.parts) == 1 and isinstance(self.parts[0], Expression):
            return self.parts[0].evaluate(scope)
        return self.render(scope)


@lru_cache(maxsize=4096)
def parse_template(text: str) -> TextTemplate:
    """Return a parsed text. Raises ExpressionError."""
    if len(text) > _MAX_CHARACTERS:
        raise ExpressionError(f"a text has at most {_MAX_CHARACTERS} characters")
    parts: list[str | Expression] = []
    end = 0
    for start, stop in _placeholders(text):
        parts.append(text[end:start])
        parts.append(expression.parse_expression(text[start + 2 : stop - 2].strip()))
        end = stop
    rest = text[end:]
    if "{{" in rest:
        raise ExpressionError("a `{{` has no `}}` behind it")
    if len(parts) > _MAX_PARTS:
        raise ExpressionError(f"a text has at most {_MAX_PARTS // 2} `{{{{ … }}}}`")
    return TextTemplate(tuple(part for part in (*parts, rest) if part != ""))


def _placeholders(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each `{{ … }}` begins and ends. It reads the text once: a pattern would look for the `}}` of each of
    thousands of `{{` anew.
    """
    start = text.find("{{")
    while start >= 0 and (stop := text.find("}}", start + 2)) >= 0:
        yield start, stop + 2
        start = text.find("{{", stop + 2)
