"""Finds words in one conversation: in its newest entries, as somebody may see them."""

import unicodedata

import msgspec

from shared.domain.conversation import Conversation
from shared.operations.timeline.entries import TimelineEntry, masked_entry
from shared.operations.timeline.read import TimelinePage, TimelineReader

MOST_COMPARED = 500
"""Entries that are compared, from the newest on."""


async def find_words(
    reader: TimelineReader, conversation: Conversation, words: str, limit: int, *, numbers: bool
) -> TimelinePage:
    """Return the newest entries with all of the words, oldest first, and how many entries were compared.

    numbers: whether phone numbers may be seen; otherwise they are not found either. Raises DependencyAway.
    """
    page = await reader.latest(conversation, MOST_COMPARED)
    shown = page.entries if numbers else [masked_entry(one) for one in page.entries]
    wanted = _plain(words).split()
    found = [entry for entry in shown if _has(entry, wanted)]
    return msgspec.structs.replace(page, entries=found[-limit:], compared=len(shown), all_compared=page.before is None)


def _has(entry: TimelineEntry, wanted: list[str]) -> bool:
    texts = (entry.text, *(one.text for one in entry.earlier))
    return any(all(word in _plain(text) for word in wanted) for text in texts)


def _plain(text: str) -> str:
    """Return a text without differences of case, width and accents."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
