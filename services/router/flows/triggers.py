"""Which flow a message begins. Pure."""

from collections.abc import Iterator
from functools import lru_cache

from services.router.flows.book import FlowBook
from services.router.flows.facts import Facts, Said
from shared.flows import patterns
from shared.flows.file import Flow
from shared.words import folded

_LONGEST = 1000  # characters of a message in which words are looked for
_BUTTON, _KEYWORD, _CONTAINS, _REGEX, _REFERRAL, _FIRST = range(6)


def trigger(book: FlowBook, said: Said, facts: Facts) -> str | None:
    """The name of the flow that begins: of the highest priority, then by how exactly its trigger fits (a button or the
    whole message, words within it, a pattern, the ad, the first message), then by name. None: no flow's.
    """
    words = folded(said.text[:_LONGEST]) if said.text else ""
    best: tuple[int, int, str] | None = None
    for flow in book.flows:
        rank = next(_fits(flow, said, words), None)
        if rank is not None:
            found = (-flow.content.priority, rank, flow.name)
            best = found if best is None or found < best else best
    return best[2] if best is not None else None


def groups(flow: Flow, said: Said) -> dict[str, str]:
    """What the named groups of the trigger's pattern found in the message: variables of the flow."""
    for text in flow.content.triggers.regex:
        pattern = patterns.parse(text)
        plain = said.text.strip()
        if len(plain) <= pattern.longest and (found := pattern.compiled.fullmatch(plain)):
            return {name: value.strip() for name, value in found.groupdict().items() if value}
    return {}


def _fits(flow: Flow, said: Said, words: str) -> Iterator[int]:
    triggers = flow.content.triggers
    if said.choice and said.choice in triggers.buttons:
        yield _BUTTON
    if words:
        if any(words == _word(word) for word in triggers.keywords):
            yield _KEYWORD
        if any(f" {_word(word)} " in f" {words} " for word in triggers.contains):
            yield _CONTAINS
        if any(patterns.parse(text).matches(said.text) for text in triggers.regex):
            yield _REGEX
    if said.referral and any(it == "any" or it == said.referral.get("source_id") for it in triggers.referrals):
        yield _REFERRAL
    if said.first and triggers.first_message:
        yield _FIRST


@lru_cache(maxsize=8192)
def _word(word: str) -> str:
    """A word of a trigger as messages are compared with it."""
    return folded(word)
