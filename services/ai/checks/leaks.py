"""Finds secrets in an answer: the marker, our instructions, the owner's prompt. Pure."""

import base64
import codecs
import re
from collections.abc import Iterable

from shared.text.phrases import folded

_RUN = 9  # words of a sequence
_PART = 10  # characters of the marker, too many for chance
_SHARE = 0.5  # of the sentences of the owner's prompt
_MIN_SENTENCES = 4
_MIN_DISTINCT = 10  # characters of a long word; fewer may be an exclamation
_UNREADABLE = re.compile(r"[A-Za-z0-9+/=_-]{80,}")
_SENTENCES = re.compile(r"[.!?\n]+")
# Words of sentences that instruct a model; facts of a business may be repeated, however many.
_ORDERS_TEXT = """
you your yourself never always must should confidential secret internal assistant bot reply answer respond pretend
customers nunca siempre debes jamais toujours devez sempre niemals immer sie du vous tu voce
"""
_ORDERS = frozenset(_ORDERS_TEXT.split())


def runs_of(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the sequences of words of the instructions, folded."""
    made: list[str] = []
    for text in texts:
        words = folded(text).split()
        made += [" ".join(words[start : start + _RUN]) for start in range(max(0, len(words) - _RUN + 1))]
    return tuple(made)


def sentences_of(prompt: str) -> tuple[str, ...]:
    """Return the sentences of an owner's prompt, folded, without short ones, which may be chance."""
    return tuple(sentence for sentence in map(folded, _SENTENCES.split(prompt)) if len(sentence.split()) >= 4)


def forms_of(canary: str) -> tuple[str, ...]:
    """Return the forms of the marker: parts of it in either direction, and in the usual encodings, in lower case."""
    turned = (canary, canary[::-1], codecs.encode(canary, "rot13"))
    parts = [text[at : at + _PART] for text in turned for at in range(len(text) - _PART + 1)]
    coded = [base64.b64encode(b"x" * shift + canary.encode()).decode()[shift * 2 + 4 : 24] for shift in range(3)]
    return tuple(dict.fromkeys([*parts, *(code.lower() for code in coded), canary.encode().hex()[:24]]))


def leaks(text: str, forms: tuple[str, ...], runs: tuple[str, ...], prompt: tuple[str, ...]) -> bool:
    """Return whether a plain answer, without its allowed links, contains any of these."""
    squeezed = re.sub(r"[\W_]", "", text).lower()
    if any(form in squeezed for form in forms):
        return True
    if any(len(set(run)) >= _MIN_DISTINCT for run in _UNREADABLE.findall(text)):
        return True
    words = f" {folded(text)} "
    if any(f" {run} " in words for run in runs):
        return True
    repeated = [sentence for sentence in prompt if f" {sentence} " in words]
    instructs = any(not _ORDERS.isdisjoint(sentence.split()) for sentence in repeated)
    return instructs and len(prompt) >= _MIN_SENTENCES and len(repeated) / len(prompt) > _SHARE
