"""Finds FAQs whose questions cannot be distinguished. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.faq.index import FaqIndex
from shared.faq.tokenizer import tokenize
from shared.workspace.config import Faq

_TOO_ALIKE = 0.85  # the score that a question has for another FAQ
_LOOKED_AT = 5  # of the FAQs that come nearest


@dataclass(frozen=True, slots=True, order=True)
class FaqWarning:
    """A remark about FAQs, by their numbers from 0."""

    numbers: tuple[int, ...]
    message: str


def lint_faqs(faqs: Sequence[Faq]) -> list[FaqWarning]:
    """Return the remarks in the order of the file; empty when all FAQs can be distinguished."""
    return sorted({*_empty(faqs), *_twice(faqs), *_too_alike(faqs)})


def _empty(faqs: Sequence[Faq]) -> list[FaqWarning]:
    return [
        FaqWarning((number,), f"a question or variant has no words: {text!r}")
        for number, faq in enumerate(faqs)
        for text in (faq.question, *faq.variants)
        if not tokenize(text)
    ]


def _twice(faqs: Sequence[Faq]) -> list[FaqWarning]:
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


def _too_alike(faqs: Sequence[Faq]) -> list[FaqWarning]:
    """Return questions that another FAQ fits nearly as well as their own."""
    index = FaqIndex(tuple(faqs), _TOO_ALIKE)
    found: dict[tuple[int, ...], FaqWarning] = {}
    for number, faq in enumerate(faqs):
        for text in (faq.question, *faq.variants):
            for match in index.rivals(text, _LOOKED_AT):
                pair = tuple(sorted((number, match.number)))
                if match.answer == faq.answer or match.score < _TOO_ALIKE or pair in found:
                    continue
                if tokenize(match.question) != tokenize(text):  # the same words are another remark's
                    says = f"{text!r} is too much like {match.question!r} ({match.score:.2f})"
                    found[pair] = FaqWarning(pair, says)
    return list(found.values())
