"""Finds FAQs whose questions cannot be distinguished. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.faq.index import FaqIndex
from shared.faq.tokenizer import tokenize
from shared.workspace.config import Faq

_MAX_SCORE = 0.85  # from this score for another FAQ's question on, two FAQs are too similar
_COMPARED = 5  # nearest FAQs


@dataclass(frozen=True, slots=True, order=True)
class FaqWarning:
    """A warning about FAQs. numbers: of the FAQs, from 0."""

    numbers: tuple[int, ...]
    message: str


def lint_faqs(faqs: Sequence[Faq], first: int = 0) -> list[FaqWarning]:
    """Return the warnings in the order of the file; empty when all FAQs can be distinguished.

    first: only FAQs from this one on are compared with all others for similar words (`first_compared`).
    """
    return sorted({*_questions_without_words(faqs), *_duplicate_questions(faqs), *_similar_questions(faqs, first)})


def first_compared(faqs: Sequence[Faq], most: int) -> int:
    """Return the first FAQ that can be compared, with those after it, in so many pairs of questions."""
    counts = [1 + len(faq.variants) for faq in faqs]
    left = most // max(1, sum(counts))
    first = len(faqs)
    while first and counts[first - 1] <= left:
        first -= 1
        left -= counts[first]
    return first


def _questions_without_words(faqs: Sequence[Faq]) -> list[FaqWarning]:
    return [
        FaqWarning((number,), f"a question or variant has no words: {text!r}")
        for number, faq in enumerate(faqs)
        for text in (faq.question, *faq.variants)
        if not tokenize(text)
    ]


def _duplicate_questions(faqs: Sequence[Faq]) -> list[FaqWarning]:
    owners: dict[tuple[str, ...], int] = {}
    found = []
    for number, faq in enumerate(faqs):
        for text in (faq.question, *faq.variants):
            words = tokenize(text)
            owner = owners.setdefault(words, number)
            if not words or (owner, text) == (number, faq.question):
                continue
            if owner != number and faqs[owner].answer != faq.answer:
                found.append(
                    FaqWarning((owner, number), f"both answer {text!r}, each in another way; neither will be given")
                )
            elif owner != number:
                found.append(FaqWarning((owner, number), f"both have {text!r}, with the same answer"))
    return found


def _similar_questions(faqs: Sequence[Faq], first: int) -> list[FaqWarning]:
    """Return questions that another FAQ fits nearly as well as their own. first: the FAQ to begin with."""
    index = FaqIndex(tuple(faqs), _MAX_SCORE)
    found: dict[tuple[int, ...], FaqWarning] = {}
    for number, faq in enumerate(faqs[first:], first):
        for text in (faq.question, *faq.variants):
            for match in index.nearest(text, _COMPARED):
                pair = tuple(sorted((number, match.number)))
                if match.answer == faq.answer or match.score < _MAX_SCORE or pair in found:
                    continue
                if tokenize(match.question) != tokenize(text):  # the same words have a warning of their own
                    message = f"{text!r} is too much like {match.question!r} ({match.score:.2f})"
                    found[pair] = FaqWarning(pair, message)
    return list(found.values())
