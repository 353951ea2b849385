"""The dead letters that Kafka holds, each once, however often it was written."""

import contextlib
from dataclasses import dataclass
from typing import Any

from shared.messages.dead_letters import DeadLetter, Reason

_LEAST_PREFIX = 8


@dataclass(frozen=True, slots=True)
class Entry:
    """A letter (as written last) and how often it was written."""

    letter: DeadLetter
    count: int


@dataclass(frozen=True, slots=True)
class Wish:
    """Which letters are wanted; empty matches all."""

    reason: str = ""
    workspace: str = ""

    def takes(self, letter: DeadLetter) -> bool:
        return (not self.reason or letter.reason == self.reason) and (
            not self.workspace or letter.workspace == self.workspace
        )


@dataclass(frozen=True, slots=True)
class Letters:
    """entries: oldest first. unreadable: records of the topic that are no letters."""

    entries: list[Entry]
    unreadable: int

    def find(self, reference: str) -> Entry:
        """The letter of an id, or of at least 8 characters of its beginning. Raises StackError."""
        from devtools.stack.errors import StackError

        found = [entry for entry in self.entries if entry.letter.id == reference]
        if not found and len(reference) >= _LEAST_PREFIX:
            found = [entry for entry in self.entries if entry.letter.id.startswith(reference)]
        if len(found) > 1:
            raise StackError(f"{len(found)} dead letters begin with {reference}; give more of the id")
        if not found:
            raise StackError(f"there is no dead letter {reference}; `parley dlq list` shows all of them")
        return found[0]


async def read_letters(bootstrap: str, wish: Wish | None = None) -> Letters:
    """Read the whole topic. Raises DependencyAway."""
    from devtools.cli.topic_reader import read_all
    from shared.kafka.codec import Undecodable, decode
    from shared.topics import DEAD_LETTERS

    wanted = wish or Wish()
    entries: dict[str, Entry] = {}
    unreadable = 0
    async with contextlib.aclosing(read_all(bootstrap, DEAD_LETTERS.name)) as records:
        async for record in records:
            try:
                letter: DeadLetter = decode(record)
            except Undecodable:
                unreadable += 1
                continue
            if wanted.takes(letter):
                before = entries.get(letter.id)
                entries[letter.id] = Entry(letter, before.count + 1 if before else 1)
    return Letters(sorted(entries.values(), key=lambda entry: entry.letter.created_at), unreadable)


def detail_of(letter: DeadLetter, *, raw: bool = False) -> str:
    """Why, in words. The number that nobody owns is a business's and stays readable: it says what to apply."""
    from devtools.cli.masking import masked_text

    return letter.detail if raw or letter.reason is Reason.UNKNOWN_RECIPIENT else masked_text(letter.detail)


def payload_of(letter: DeadLetter, *, raw: bool = False) -> str:
    """The payload as people read it: JSON with indentation, a form line by line, or text."""
    import json
    from urllib.parse import parse_qsl

    from devtools.cli.masking import masked, masked_text

    text = letter.payload.decode(errors="replace")
    try:
        value: Any = json.loads(text)
    except ValueError:
        value = dict(parse_qsl(text, keep_blank_values=True)) if "=" in text and "\n" not in text else None
    if isinstance(value, dict | list):
        return json.dumps(value if raw else masked(_opened(value)), indent=2, ensure_ascii=False)
    return text if raw else masked_text(text)


def _opened(value: Any) -> Any:
    """With the provider's own item, base64 in items of ingress, made readable: its numbers are to be masked too."""
    import base64
    import json

    if isinstance(value, dict) and isinstance(value.get("raw"), str):
        with contextlib.suppress(ValueError):
            return value | {"raw": json.loads(base64.b64decode(value["raw"]))}
    return value
