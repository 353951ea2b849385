"""Finds words in one conversation: in its newest entries, as somebody may see them."""

import asyncio
import unicodedata
from collections.abc import Sequence

import msgspec

from shared.domain.conversation import Conversation
from shared.operations.timeline.entries import TimelineEntry, masked_entry
from shared.operations.timeline.read import TimelinePage, TimelineReader

MOST_COMPARED = 500
"""Entries that are compared, from the newest on."""

MOST_WORDS = 10
"""Words that are looked for; further ones are not compared."""


async def find_words(
    reader: TimelineReader, conversation: Conversation, words: str, limit: int, *, numbers: bool
) -> TimelinePage:
    """Return the newest entries with all of the words, oldest first, and how many entries were compared.

    numbers: whether phone numbers may be seen; otherwise they are not found either. Raises DependencyAway.
    """
    page = await reader.latest(conversation, MOST_COMPARED)
    found = await asyncio.to_thread(_found, page.entries, words, numbers)  # long texts take some tenths of a second
    compared = len(page.entries)
    return msgspec.structs.replace(page, entries=found[-limit:], compared=compared, all_compared=page.before is None)


def _found(entries: Sequence[TimelineEntry], words: str, numbers: bool) -> list[TimelineEntry]:
    wanted = list(dict.fromkeys(_plain(words).split()))[:MOST_WORDS]
    shown = entries if numbers else [masked_entry(one) for one in entries]
    return [entry for entry in shown if _has(entry, wanted)]


def _has(entry: TimelineEntry, wanted: list[str]) -> bool:
    texts = [_plain(text) for text in (entry.text, *(one.text for one in entry.earlier))]
    return any(all(word in text for word in wanted) for text in texts)


def _plain(text: str) -> str:
    """Return a text without differences of case, width and accents."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
