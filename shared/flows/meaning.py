"""The differences of two flows in what they mean: steps added, removed, changed, renamed or moved. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from shared.flows.edit import model
from shared.flows.edit.targets import steps_of

ChangeKind = Literal["added", "removed", "changed", "renamed", "moved"]


@dataclass(frozen=True, slots=True)
class MeaningChange:
    """A difference between two texts of a flow, as people understand it. what: `step`, or the key of the file. name: of
    the step, or the key. before: of a renamed step.

    keys: those that differ.
    """

    kind: ChangeKind
    what: str
    name: str
    before: str = ""
    keys: tuple[str, ...] = ()


def differences(old: Any, new: Any) -> list[MeaningChange]:
    """Return the differences of two files' values."""
    old, new = (value if isinstance(value, Mapping) else {} for value in (old, new))
    return [*_of_keys(old, new), *_of_steps(steps_of(old), steps_of(new))]


def _of_keys(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[MeaningChange]:
    for key in dict.fromkeys((*old, *new)):
        if key == "steps" or model.same(old.get(key), new.get(key)):
            continue
        kind: ChangeKind = "added" if key not in old else "removed" if key not in new else "changed"
        yield MeaningChange(kind, key, key, keys=_keys(old.get(key), new.get(key)))


def _of_steps(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[MeaningChange]:
    gone = {name: step for name, step in old.items() if name not in new}
    for name, step in new.items():
        if name in old:
            if not model.same(_long(old[name]), _long(step)):
                yield MeaningChange("changed", "step", name, keys=_keys(_long(old[name]), _long(step)))
            continue
        former = next((one for one, it in gone.items() if model.same(_long(it), _long(step))), None)
        if former is None:
            yield MeaningChange("added", "step", name)
        else:
            gone.pop(former)
            yield MeaningChange("renamed", "step", name, former)
    yield from (MeaningChange("removed", "step", name) for name in gone)
    yield from (MeaningChange("moved", "step", name) for name in _moved(list(old), list(new)))


def _long(step: Any) -> Any:
    return {"text": step} if isinstance(step, str) else step


def _keys(old: Any, new: Any) -> tuple[str, ...]:
    """Return the keys of two mappings that differ."""
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return ()
    missing = object()
    both = dict.fromkeys((*old, *new))
    return tuple(
        key
        for key in both
        if old.get(key, missing) is missing or new.get(key, missing) is missing or not model.same(old[key], new[key])
    )


def _moved(old: list[str], new: list[str]) -> Iterator[str]:
    """Yield the steps that are not in the longest part that stands in the same order in both."""
    place = {name: number for number, name in enumerate(old)}
    both = [name for name in new if name in place]
    best: list[tuple[int, int]] = []  # length of the longest rising row that ends here, and the one before in it
    for number, name in enumerate(both):
        rows = [(best[one][0], one) for one in range(number) if place[both[one]] < place[name]]
        length, before = max(rows, default=(0, -1))
        best.append((length + 1, before))
    kept: set[str] = set()
    at = max(range(len(both)), key=lambda number: best[number][0], default=-1)
    while at >= 0:
        kept.add(both[at])
        at = best[at][1]
    yield from (name for name in both if name not in kept)
