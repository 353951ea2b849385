"""What people write is read strictly: a field that nobody knows is a mistake, and what was read does not change."""

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

Problem = tuple[tuple[int | str, ...], str]
"""What is wrong, and where: the steps from the value that is looked at, down to the one that is meant."""


class StrictModel(BaseModel):
    """The base of all that is configured."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def refuse(problems: Iterable[Problem]) -> None:
    """From within a validator: report all of the problems, each at its own place. None: nothing happens.

    Raises ValidationError.
    """
    found: list[InitErrorDetails] = [
        {"type": PydanticCustomError("wrong", "{said}", {"said": said}), "loc": loc, "input": None}
        for loc, said in problems
    ]
    if found:
        raise ValidationError.from_exception_data("wrong", found)


def no_bool(value: Any) -> Any:
    """For numbers: YAML's `yes` and `on` are no 1. Raises ValueError."""
    if isinstance(value, bool):
        raise ValueError("a number is wanted here, not yes or no")
    return value


Int = Annotated[int, BeforeValidator(no_bool)]
