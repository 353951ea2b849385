"""Concurrent edits: `ETag` of what was read, `If-Match` with a change; 412 when another change came first."""

from hashlib import sha256
from typing import Annotated

from fastapi import Header

from services.console.problems import Problem

IfMatch = Annotated[
    str | None, Header(alias="If-Match", max_length=200, description="The `ETag` of what you read; 412 if it changed.")
]


def etag_of(*parts: object) -> str:
    """Return the strong ETag of what `parts` identify: a revision, or the content."""
    return f'"{sha256(repr(parts).encode()).hexdigest()[:24]}"'


def check_match(if_match: str | None, current: str) -> None:
    """Raise Problem `changed-meanwhile` unless the header is absent, `*`, or names the current ETag."""
    if if_match is None or if_match.strip() == "*":
        return
    if current not in (tag.strip() for tag in if_match.split(",")):
        raise Problem("changed-meanwhile", headers={"ETag": current})
