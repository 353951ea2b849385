"""Reasons to doubt the FAQ that fits best, however well it fits: it may be about something else. Pure."""

from collections.abc import Container, Iterable, Sequence

from shared.faq.common_words import WORD_CLASSES
from shared.faq.known_questions import Fit, KnownQuestions, Query, QueryWord, distinctive_stems
from shared.faq.question_types import asks_new_type, types_clash
from shared.faq.synonyms import OPPOSITES
from shared.faq.tokenizer import stem
from shared.faq.unknown_language import differs_by_one_typo
from shared.faq.word_lists import NEGATIVE_PREFIXES, STOP_WORDS

_CLASSES = tuple(frozenset(map(stem, words)) for words in WORD_CLASSES)


def mismatch_reason(questions: KnownQuestions, asked: Query, fit: Fit, unknown: Iterable[int] = ()) -> str:
    """Why the known question is another one than the text's; empty when nothing says so. unknown: see
    `KnownQuestions`."""
    known = questions.known[fit.at]
    if known.unknown_language and not differs_by_one_typo(asked.text, known.words):
        return "its language is not known well enough"
    if asked.negated != known.negated:
        return "one is negated and the other is not"
    if types_clash(asked.text, known.words):
        return "it asks for something else about the matter"
    if asks_new_type(asked.types, (questions.known[at].words for at in questions.positions(fit.number))):
        return "it asks for something else about the matter"
    if says_opposite(asked.text, known.words):
        return "it says the opposite"
    strange, stems = questions.unexplained_words(asked, fit, unknown), questions.stems(fit.number, frozenset(unknown))
    if any(_turned_round(word.text, stems) for word in strange):
        return "it says the opposite"
    if _of_one_class(strange, stems, asked):
        return "another word stands for one of the question's"
    if strange and _is_swapped(questions, asked, fit.number, {word.stem for word in strange}, unknown):
        return "another word stands for one of the question's"
    return ""


def _turned_round(word: str, stems: Container[str]) -> bool:
    """Whether the FAQ has the word without the syllable before it that negates (unsafe), or with one (unlock)."""
    without = any(word.startswith(before) and stem(word[len(before) :]) in stems for before in NEGATIVE_PREFIXES)
    return without or any(before + stem(word) in stems for before in NEGATIVE_PREFIXES)


def _of_one_class(strange: Iterable[QueryWord], stems: frozenset[str], asked: Query) -> bool:
    """Whether a strange word is of one class with words of the FAQ, none of which the text says: Lagos, Abuja."""
    said = frozenset(root for word in asked.words for root in word.matches)
    classes = (class_ for word in strange for class_ in _CLASSES if word.stem in class_)
    return any(not class_.isdisjoint(stems) and class_.isdisjoint(stems & said) for class_ in classes)


def _is_swapped(
    questions: KnownQuestions, asked: Query, number: int, strange: Container[str], unknown: Iterable[int]
) -> bool:
    """Whether a strange word is all that is different from a question or variant of the FAQ, the order included."""
    likeness = {word.stem: word.matches for word in asked.words}
    said = distinctive_stems(asked.text)
    for at in questions.positions(number):
        known = questions.known[at].distinctive_stems
        if at in unknown or len(known) != len(said):
            continue
        others = [one for one, other in zip(said, known, strict=True) if other not in likeness[one]]
        if len(others) == 1 and others[0] in strange:
            return True
    return False


def says_opposite(asked: Sequence[str], known: Sequence[str]) -> bool:
    """Whether one says a word and the other its opposite in the same place: turn on, turn off; to Lagos, from Lagos."""
    said = set(asked)
    for place, word in enumerate(known):
        for opposite in OPPOSITES.get(word, ()):
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
