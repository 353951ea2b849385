"""Two writers of a workspace, the workspace file and the console: what the file applied last, and what only it may
change. Pure.

For each part the digest of what the file applied last is kept. A part whose digest has changed since was edited in the
console, and `parley apply` does not overwrite it without permission. Encrypted secrets differ each time they are
encrypted, so digests leave them out, and secrets that the console has set are kept by path.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import msgspec

from shared.workspace.diff import Change
from shared.workspace.parts import FIELDS, Part, part_of

FIELD = "ownership"
"""The field of the stored workspace."""
_LARGEST = 2**63 - 1  # numbers beyond are no numbers in JSON; MongoDB refuses them
_NOT_COMPARED = ("key", "account", "previous_until")


@dataclass(frozen=True, slots=True)
class Ownership:
    """Records which parts of a workspace the file and the console have written. applied: digests by part, as the file
    applied them last; None: stored before digests were. applied_at: when the file last changed something. file: parts
    that only the file may change. secrets: paths of secrets that the console has set since, such as
    `channels[main].access_token`. variables: by such a path, the variable that the file takes the secret from.
    """

    applied: Mapping[str, str] | None = None
    applied_at: datetime | None = None
    file: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, document: Mapping[str, Any] | None) -> "Ownership":
        """Return the ownership of a stored workspace."""
        stored = (document or {}).get(FIELD) or {}
        return cls(
            applied=stored.get("applied"),
            applied_at=stored.get("applied_at"),
            file=tuple(stored.get("file", ())),
            secrets=tuple(stored.get("secrets", ())),
            variables=dict(stored.get("variables", ())),
        )

    def document(self) -> dict[str, Any]:
        """Return the stored form. Paths contain dots, so variables are pairs."""
        return {
            "applied": self.applied,
            "applied_at": self.applied_at,
            "file": list(self.file),
            "secrets": list(self.secrets),
            "variables": [list(pair) for pair in self.variables.items()],
        }

    def edited(self, document: Mapping[str, Any]) -> tuple[Part, ...]:
        """Return the parts of a stored workspace that the console has changed since the file was applied."""
        if self.applied is None:
            return ()
        now = digests(document)
        own = {part_of(path) for path in self.secrets}
        return tuple(part for part in Part if now[part] != self.applied.get(part) or part in own)

    def overwritten(self, document: Mapping[str, Any], changes: Iterable[Change]) -> tuple[Change, ...]:
        """Return the changes that would undo edits of the console. document: as it is stored."""
        if self.applied is None:
            return ()
        now = digests(document)
        edited = {part for part in Part if now[part] != self.applied.get(part)}
        return tuple(one for one in changes if part_of(one.path) in edited or one.path in self.secrets)

    def after_edit(
        self, before: Mapping[str, Any], after: Mapping[str, Any], changes: Iterable[Change], secrets: Iterable[str]
    ) -> "Ownership":
        """Return the ownership after an edit of the console. secrets: paths of those that it has set.

        The parts that it left alone count as applied still, also when a newer version stores them in another form.
        """
        old, new = digests(before), digests(after)
        applied = old if self.applied is None else dict(self.applied)
        changed = {part_of(change.path) for change in changes}
        for part in Part:
            if part not in changed and applied.get(part) == old[part]:
                applied[part] = new[part]
        known = secret_paths(after)
        kept = [path for path in dict.fromkeys((*self.secrets, *secrets)) if path in known]
        return replace(self, applied=applied, secrets=tuple(kept))


def digests(document: Mapping[str, Any]) -> dict[str, str]:
    """Return a digest of each part of a stored workspace, without the values of its secrets."""
    return {
        part.value: hashlib.sha256(
            msgspec.json.encode({name: _compared(document.get(name)) for name in fields}, order="sorted")
        ).hexdigest()[:32]
        for part, fields in FIELDS.items()
    }


def secret_paths(document: Mapping[str, Any]) -> frozenset[str]:
    """Return the paths of all secrets of a stored workspace."""
    return frozenset(
        f"{name}[{item['id']}].{secret}"
        for name in ("channels", "webhooks")
        for item in document.get(name, ())
        for secret in item.get("secrets", {})
    )


def _compared(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            name: sorted(set(item) - {"previous"}) if name == "secrets" else _compared(item)
            for name, item in value.items()
            if name not in _NOT_COMPARED
        }
    if isinstance(value, list | tuple):
        return [_compared(item) for item in value]
    return str(value) if isinstance(value, int) and abs(value) > _LARGEST else value
