"""Reasons to doubt the FAQ that fits best, however well it fits: it may be about something else. Pure."""

from collections.abc import Container, Iterable, Sequence

from shared.faq.common_words import CLASSES
from shared.faq.known_questions import Asked, Fit, Questions, Word, telling
from shared.faq.question_types import clash, unasked
from shared.faq.synonyms import CONTRASTS
from shared.faq.tokenizer import stem
from shared.faq.unknown_language import is_near
from shared.faq.word_lists import NEGATING, STOP_WORDS

_CLASSES = tuple(frozenset(map(stem, words)) for words in CLASSES)


def doubt(questions: Questions, asked: Asked, fit: Fit, unknown: Iterable[int] = ()) -> str:
    """Why the known question is another one than the text's; empty when nothing says so. unknown: see `Questions`."""
    known = questions.known[fit.at]
    if known.foreign and not is_near(asked.text, known.words):
        return "its language is not known well enough"
    if asked.negated != known.negated:
        return "one is negated and the other is not"
    if clash(asked.text, known.words):
        return "it asks for something else about the matter"
    if unasked(asked.kinds, (questions.known[at].words for at in questions.places(fit.number))):
        return "it asks for something else about the matter"
    if contrary(asked.text, known.words):
        return "it says the opposite"
    strange, stems = questions.strange(asked, fit, unknown), questions.stems(fit.number, frozenset(unknown))
    if any(_turned_round(word.text, stems) for word in strange):
        return "it says the opposite"
    if _of_one_class(strange, stems, asked):
        return "another word stands for one of the question's"
    if strange and _is_swapped(questions, asked, fit.number, {word.stem for word in strange}, unknown):
        return "another word stands for one of the question's"
    return ""


def _turned_round(word: str, stems: Container[str]) -> bool:
    """Whether the FAQ has the word without the syllable before it that negates (unsafe), or with one (unlock)."""
    without = any(word.startswith(before) and stem(word[len(before) :]) in stems for before in NEGATING)
    return without or any(before + stem(word) in stems for before in NEGATING)


def _of_one_class(strange: Iterable[Word], stems: frozenset[str], asked: Asked) -> bool:
    """Whether a strange word is of one class with words of the FAQ, none of which the text says: Lagos, Abuja."""
    said = frozenset(root for word in asked.words for root in word.likeness)
    classes = (class_ for word in strange for class_ in _CLASSES if word.stem in class_)
    return any(not class_.isdisjoint(stems) and class_.isdisjoint(stems & said) for class_ in classes)


def _is_swapped(
    questions: Questions, asked: Asked, number: int, strange: Container[str], unknown: Iterable[int]
) -> bool:
    """Whether a strange word is all that is different from a question or variant of the FAQ, the order included."""
    likeness = {word.stem: word.likeness for word in asked.words}
    said = telling(asked.text)
    for at in questions.places(number):
        known = questions.known[at].telling
        if at in unknown or len(known) != len(said):
            continue
        others = [one for one, other in zip(said, known, strict=True) if other not in likeness[one]]
        if len(others) == 1 and others[0] in strange:
            return True
    return False


def contrary(asked: Sequence[str], known: Sequence[str]) -> bool:
    """Whether one says a word and the other its opposite in the same place: turn on, turn off; to Lagos, from Lagos."""
    said = set(asked)
    for place, word in enumerate(known):
        for opposite in CONTRASTS.get(word, ()):
            swapped = opposite in said and word not in said and opposite not in known
            if swapped and not _beside(known, place).isdisjoint(_beside(asked, asked.index(opposite))):
                return True
    return False


def _beside(words: Sequence[str], place: int) -> set[str]:
    """The nearest words to the left and to the right that are no stop words."""
    found = set()
    for side in (reversed(words[:place]), words[place + 1 :]):
        near = next((stem(word) for word in side if word not in STOP_WORDS), "")
        found |= {near} if near else set()
    return found
