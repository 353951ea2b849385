"""Applies operations to the text of a flow file, and proves each result.

The edited text is parsed again; its values must be the old ones with the operation applied to them, the text of all
other steps and keys the same as before, and no comment may be gone unless what it stands at was removed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from shared.flows.edit import model, setting, steps, values
from shared.flows.edit.comments import comments
from shared.flows.edit.connecting import connect
from shared.flows.edit.document import BOM, Document, Splice, document_of, splice
from shared.flows.edit.moving import move
from shared.flows.edit.operations import (
    Connect,
    DeleteStep,
    Insert,
    InsertStep,
    Move,
    MoveStep,
    PasteSteps,
    Patch,
    Piece,
    RenameKey,
    RenameStep,
    ReplaceText,
    SetValue,
    Unset,
)
from shared.flows.edit.pasting import paste_steps
from shared.flows.edit.refused import Refused
from shared.flows.edit.titles import named_by_place
from shared.flows.yaml_tree import FORBIDDEN_CHARACTERS, MAX_CHARACTERS, Path

_REMOVING = (Unset, DeleteStep)


@dataclass(frozen=True, slots=True)
class Edited:
    """The result of operations on the text of a flow. source: the text after the operations. inverse: gives the former
    text back. document: None: not YAML.
    """

    source: str
    inverse: Patch
    document: Document | None


def apply(source: str, operation: Any) -> Edited:
    """Return the text after an operation. Raises Refused."""
    return apply_all(source, [operation])


def apply_all(source: str, operations: Sequence[Any]) -> Edited:
    """Return the text after several operations, of which all are done or none. Raises Refused."""
    edited, document = source, None
    for operation in operations:
        edited, document = _applied(edited, document, operation)
    if len(edited) > MAX_CHARACTERS:
        raise Refused(f"a file has at most {MAX_CHARACTERS} characters; divide a flow into sub-flows")
    return Edited(edited, difference(edited, source), document)


def difference(before: str, after: str) -> Patch:
    """Return the patch that makes one text of another."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    if len(old) == len(new):
        return Patch(op="patch", pieces=tuple(_line_pieces(old, new)))
    begin = _common(before, after)
    most = min(len(before), len(after)) - begin
    end = min(_common(before[::-1], after[::-1]), most)
    piece = Piece(at=begin, old=before[begin : len(before) - end], new=after[begin : len(after) - end])
    return Patch(op="patch", pieces=(piece,))


def _line_pieces(old: Sequence[str], new: Sequence[str]) -> Iterator[Piece]:
    """Yield the lines that differ, in texts of as many lines."""
    at = 0
    for one, other in zip(old, new, strict=True):
        if one != other:
            yield Piece(at=at, old=one, new=other)
        at += len(one)


def _applied(source: str, document: Document | None, operation: Any) -> tuple[str, Document | None]:
    if isinstance(operation, ReplaceText | Patch):
        new = replaced(source, operation)
        return new, _readable(new.removeprefix(BOM))
    text = source.removeprefix(BOM)
    before = document if document is not None and document.text == text else document_of(text)
    after = _edited(before, operation)
    _check(before, after, operation)
    return source[: len(source) - len(text)] + after.text, after


def _edited(document: Document, operation: Any) -> Document:
    if isinstance(operation, InsertStep | PasteSteps | DeleteStep | RenameStep | MoveStep):
        return _edited_steps(document, operation)
    match named_by_place(document, operation):
        case SetValue(path=path, value=value):
            return setting.set_value(document, _inside(document, path, absent=True), value)
        case Unset(path=path):
            return values.remove(document, _inside(document, path))
        case Insert(path=path, value=value):
            return values.add_item(document, path, value)
        case RenameKey(path=path, to=new):
            return values.rename_key(document, _inside(document, path), new)
        case Move(path=path, to=to):
            return move(document, _inside(document, path), to)
        case Connect(edge=edge, to=target):
            return connect(document, edge, target)
        case _:
            raise Refused("there is no such operation")


def _edited_steps(
    document: Document, operation: InsertStep | PasteSteps | DeleteStep | RenameStep | MoveStep
) -> Document:
    match operation:
        case PasteSteps(after=above, text=text):
            return paste_steps(document, above, text)
        case InsertStep(name=name, after=above, step=step):
            return steps.insert_step(document, name, above, step)
        case DeleteStep(name=name, relink=relink):
            return steps.delete_step(document, name, relink)
        case RenameStep(name=name, to=new):
            return steps.rename_step(document, name, new)
        case MoveStep(name=name, after=above, keep_implicit=keep):
            return steps.move_step(document, name, above, keep_implicit=keep)


def _inside(document: Document, path: Path, *, absent: bool = False) -> Path:
    """Return the path of a value that is no whole step. absent: whether only steps that are not there are refused.

    Raises Refused.
    """
    is_step = path[:1] == ("steps",) and len(path) == 2
    if path == ("steps",) or (is_step and not (absent and document.find(path))):
        raise Refused("steps are inserted, removed and renamed as steps", document.line(path))
    return path


def replaced(text: str, operation: ReplaceText | Patch) -> str:
    """Return a text with another one in its place or with a patch, unread. Raises Refused."""
    if isinstance(operation, ReplaceText):
        if found := FORBIDDEN_CHARACTERS.search(operation.source):
            raise Refused(f"the text has the character U+{ord(found[0]):04X}, which no text has")
        return operation.source
    for piece in operation.pieces:
        if text[piece.at : piece.at + len(piece.old)] != piece.old:
            raise Refused("the text is another one than the patch is for")
    return splice(text, [Splice(one.at, one.at + len(one.old), one.new) for one in operation.pieces])


def _readable(text: str) -> Document | None:
    try:
        return document_of(text)
    except Refused:
        return None


def _check(before: Document, after: Document, operation: Any) -> None:
    """Prove that nothing else has changed. Raises Refused."""
    if before is after:
        return
    if not isinstance(operation, _REMOVING) and (lost := comments(before) - comments(after)):
        comment = next(iter(lost))
        line = next((number for number in range(before.line_count) if comment in before.line_text(number)), 0)
        raise Refused(f"the comment `{comment}` would be lost; edit this place as text", line + 1)
    old, new = _texts_of(before), _texts_of(after)
    reordered = operation.path[: 2 if operation.path[0] == "steps" else 1] if isinstance(operation, Move) else None
    for path in _unchanged(before.value, after.value):
        if path != reordered and old.get(path) != new.get(path):
            said = f"{model.shown(path)} would change too; edit this place as text"
            raise Refused(said, before.line(path))


def _unchanged(before: Any, after: Any) -> list[Path]:
    """Return the paths of the steps and keys whose values are equal."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        return []
    found: list[Path] = []
    for key in before:
        if key == "steps" and isinstance(before[key], dict) and isinstance(after.get(key), dict):
            steps = after[key]
            found += [(key, one) for one, step in before[key].items() if one in steps and step == steps[one]]
        elif key in after and before[key] == after[key]:
            found.append((key,))
    return found


def _texts_of(document: Document) -> dict[Path, str]:
    """Return the text of each key of the file and of each step, without the comments around it."""
    found: dict[Path, str] = {}
    for key, item in _pairs(document.root):
        found[(key.value,)] = document.text[key.start_mark.index : document.content_end(item)]
        for name, step in _pairs(item) if key.value == "steps" else ():
            found["steps", name.value] = document.text[name.start_mark.index : document.content_end(step)]
    return found


def _pairs(node: Any) -> Sequence[Any]:
    return node.value if isinstance(node, yaml.MappingNode) else ()


def _common(one: str, other: str) -> int:
    """Return the number of equal characters at the begin."""
    most = min(len(one), len(other))
    if one[:most] == other[:most]:
        return most
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if one[:middle] == other[:middle]:
            low = middle
        else:
            high = middle - 1
    return low
