"""The base of configuration models: unknown fields are errors, and models do not change."""

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

Problem = tuple[tuple[int | str, ...], str]
"""A place, as steps from the validated value down to the wrong one, and a message."""


class StrictModel(BaseModel):
    """The base of all configuration models."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def refuse(problems: Iterable[Problem]) -> None:
    """Report problems from within a validator, each at its own place. Raises ValidationError if there are any."""
    found: list[InitErrorDetails] = [
        {"type": PydanticCustomError("wrong", "{said}", {"said": said}), "loc": loc, "input": None}
        for loc, said in problems
    ]
    if found:
        raise ValidationError.from_exception_data("wrong", found)


def no_bool(value: Any) -> Any:
    """Refuse YAML's `yes` and `on` as numbers. Raises ValueError."""
    if isinstance(value, bool):
        raise ValueError("a number is wanted here, not yes or no")
    return value


Int = Annotated[int, BeforeValidator(no_bool)]
