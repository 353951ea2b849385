"""The operations on a flow file.

A path is a list of keys and, in lists, places from 0: `["steps", "menu", "options", "Yes"]`.
"""

from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue, TypeAdapter

from shared.flows.base_types import StepName, Target
from shared.flows.yaml_tree import MAX_CHARACTERS
from shared.validation.strict import StrictModel

Part = Annotated[str, Field(max_length=500)] | Annotated[int, Field(ge=0, lt=1000)]
PathOf = Annotated[tuple[Part, ...], Field(min_length=1, max_length=12)]


class SetValue(StrictModel):
    """Sets a value; keys that are not there are added. A place at the end of a list adds an item."""

    op: Literal["set"]
    path: PathOf
    value: JsonValue


class Unset(StrictModel):
    """Removes a key with its value, or an item of a list, and the comments directly above it."""

    op: Literal["unset"]
    path: PathOf


class Insert(StrictModel):
    """Inserts an item into a list, before the one at the path."""

    op: Literal["insert"]
    path: PathOf
    value: JsonValue


class RenameKey(StrictModel):
    """Gives a key another name: an option's title, a variable. Steps: `rename_step`."""

    op: Literal["rename_key"]
    path: PathOf
    to: Annotated[str, Field(max_length=500)]


class Move(StrictModel):
    """Moves a key or an item within its mapping or list: an option, a condition. to: its place afterwards, from 0.
    Steps: `move_step`.
    """

    op: Literal["move"]
    path: PathOf
    to: Annotated[int, Field(ge=0, lt=1000)]


class Connect(StrictModel):
    """Leads an edge to another step. edge: its path, as in the graph. to: null: to the step below."""

    op: Literal["connect"]
    edge: PathOf
    to: Target | None


class InsertStep(StrictModel):
    """Inserts a step. after: the step above it; null: it becomes the first one, with which the flow begins."""

    op: Literal["insert_step"]
    name: StepName
    after: str | None
    step: JsonValue


class PasteSteps(StrictModel):
    """Inserts steps as they are written in another text, with their comments: steps below each other, or a whole file,
    of which the steps are taken. after: as of `insert_step`; names that are taken get a number.
    """

    op: Literal["paste_steps"]
    after: str | None
    text: Annotated[str, Field(min_length=1, max_length=MAX_CHARACTERS)]


class DeleteStep(StrictModel):
    """Removes a step. relink: where everything leads that led to it; null: refused if a step names it."""

    op: Literal["delete_step"]
    name: str
    relink: Target | None = None


class RenameStep(StrictModel):
    """Gives a step another name, also where it is named."""

    op: Literal["rename_step"]
    name: str
    to: StepName


class MoveStep(StrictModel):
    """Moves a step in the file; what it leads to, and what leads to it, stays: where a step continued with the one
    below it, `next` is written. after: as of `insert_step`. keep_implicit: refuse rather than write `next`.
    """

    op: Literal["move_step"]
    name: str
    after: str | None
    keep_implicit: bool = False


class ReplaceText(StrictModel):
    """Replaces the whole text."""

    op: Literal["text"]
    source: Annotated[str, Field(max_length=MAX_CHARACTERS)]


class Piece(StrictModel):
    """A replacement. at: index of the first character. old: what stands there."""

    at: Annotated[int, Field(ge=0)]
    old: Annotated[str, Field(max_length=MAX_CHARACTERS)]
    new: Annotated[str, Field(max_length=MAX_CHARACTERS)]


class Patch(StrictModel):
    """Replaces pieces of the text; the inverse of each operation is one."""

    op: Literal["patch"]
    pieces: Annotated[tuple[Piece, ...], Field(max_length=2000)]


Operation = Annotated[
    SetValue
    | Unset
    | Insert
    | RenameKey
    | Move
    | Connect
    | InsertStep
    | PasteSteps
    | DeleteStep
    | RenameStep
    | MoveStep
    | ReplaceText
    | Patch,
    Field(discriminator="op"),
]
_ADAPTER: TypeAdapter[Any] = TypeAdapter(Operation)


def operation_of(value: Any) -> Any:
    """Return an operation of plain values. Raises ValidationError."""
    return _ADAPTER.validate_python(value)
