"""Reasons against a match whatever its score: the text and the known question ask for different things. Pure."""

from collections.abc import Container, Iterable, Sequence
from itertools import pairwise

from shared.faq.common_words import WORD_CLASSES
from shared.faq.known_questions import Fit, KnownQuestions, Query, QueryWord, distinctive_stems
from shared.faq.question_types import asks_new_type, types_clash
from shared.faq.synonyms import OPPOSITES
from shared.faq.tokenizer import stem
from shared.faq.unknown_language import differs_by_one_typo
from shared.faq.word_lists import NEGATIVE_PREFIXES, QUESTION_WORDS, STOP_WORDS, TYPE_NOUNS

_NEED_SUBJECT = frozenset(
    stem(word)
    for word in (
        *(noun for noun, kind in TYPE_NOUNS.items() if kind == "how much"),
        *("coutent", "cuestan", "custam", "available", "availability", "disponible", "dispo", "disponivel"),
    )
)
_DEEDS = frozenset(("pay", "order", "send", "receive", "return", "cancel", "book"))  # as the tokenizer writes them
_HAVE = frozenset(("have", "ive", "weve", "ve"))
_FIRST_PERSON = frozenset(("i", "we", *_HAVE))
_ASKING = frozenset(QUESTION_WORDS) | frozenset(
    ("what", "which", "can", "could", "do", "does", "did", "is", "are", "will")
)
_CLASSES = tuple(frozenset(map(stem, words)) for words in WORD_CLASSES)


def mismatch_reason(questions: KnownQuestions, query: Query, fit: Fit, excluded: Iterable[int] = ()) -> str:
    """Return why text and known question differ; empty if no reason is found. excluded: see `KnownQuestions.query`."""
    known = questions.known[fit.position]
    if known.unknown_language and not differs_by_one_typo(query.text, known.words):
        return "its language has no word lists"
    if query.negated != known.negated:
        return "one is negated and the other is not"
    of_faq = (questions.known[at].words for at in questions.positions(fit.number))
    if types_clash(query.text, known.words) or asks_new_type(query.types, of_faq):
        return "it asks something else about the same subject"
    if says_opposite(query.text, known.words):
        return "it says the opposite"
    if _is_done(query.text, known.words):
        return "it says that something is done"
    return _missing_or_replaced(questions, query, fit, excluded)


def _missing_or_replaced(questions: KnownQuestions, query: Query, fit: Fit, excluded: Iterable[int]) -> str:
    """Return how a word makes the two differ that only one of them has; empty if none does."""
    unexplained, stems = (
        questions.unexplained_words(query, fit, excluded),
        questions.stems(fit.number, frozenset(excluded)),
    )
    if any(_is_negated_by_prefix(word.text, stems) for word in unexplained):
        return "it says the opposite"
    if _replaces_word_of_same_class(unexplained, stems, query):
        return "another word replaces one of the question's"
    if _leaves_out_subject(questions, query, fit.number, excluded):
        return "it does not say what the question is about"
    if unexplained and _replaces_one_word(questions, query, fit.number, {word.stem for word in unexplained}, excluded):
        return "another word replaces one of the question's"
    return ""


def _is_negated_by_prefix(word: str, stems: Container[str]) -> bool:
    """Return whether the FAQ has the word without its negative prefix (unsafe), or with one (unlock)."""
    without = any(word.startswith(before) and stem(word[len(before) :]) in stems for before in NEGATIVE_PREFIXES)
    return without or any(before + stem(word) in stems for before in NEGATIVE_PREFIXES)


def _replaces_word_of_same_class(unexplained: Iterable[QueryWord], stems: frozenset[str], query: Query) -> bool:
    """Return whether an unexplained word replaces a word of its class (Lagos, Abuja) that the FAQ has."""
    query_stems = frozenset(root for word in query.words for root in word.matches)
    classes = (class_ for word in unexplained for class_ in _CLASSES if word.stem in class_)
    return any(not class_.isdisjoint(stems) and class_.isdisjoint(stems & query_stems) for class_ in classes)


def _leaves_out_subject(questions: KnownQuestions, query: Query, number: int, excluded: Iterable[int]) -> bool:
    """Return whether the text asks only for a price or for availability, and each question of the FAQ says of what:
    `how much does it cost` and `how much does shipping cost`."""
    if not query.content or not _NEED_SUBJECT.issuperset(query.stems(content=True)):
        return False
    had = _NEED_SUBJECT.union(root for word in query.words for root in word.matches)
    asked = (questions.known[at].distinctive_stems for at in questions.positions(number) if at not in excluded)
    return not any(had.issuperset(stems) for stems in asked)


def _is_done(query: Sequence[str], known: Sequence[str]) -> bool:
    """Return whether the customer says that something is done, and the question is how to do it: `I have paid`."""
    if not _ASKING.isdisjoint(query):
        return False
    already = "already" in query and "already" not in known and not _FIRST_PERSON.isdisjoint(query)
    return already or any(
        before in _HAVE and word in _DEEDS and before not in known for before, word in pairwise(query)
    )


def _replaces_one_word(
    questions: KnownQuestions, query: Query, number: int, unexplained: Container[str], excluded: Iterable[int]
) -> bool:
    """Return whether an unexplained word is the only difference from a question or variant of the FAQ, in order."""
    matches = {word.stem: word.matches for word in query.words}
    query_stems = distinctive_stems(query.text)
    for at in questions.positions(number):
        known = questions.known[at].distinctive_stems
        if at in excluded or len(known) != len(query_stems):
            continue
        others = [one for one, other in zip(query_stems, known, strict=True) if other not in matches[one]]
        if len(others) == 1 and others[0] in unexplained:
            return True
    return False


def says_opposite(query: Sequence[str], known: Sequence[str]) -> bool:
    """Return whether a word is replaced by its opposite in the same place: turn on, turn off; to Lagos, from Lagos."""
    query_stems = set(query)
    for place, word in enumerate(known):
        for opposite in OPPOSITES.get(word, ()):
            swapped = opposite in query_stems and word not in query_stems and opposite not in known
            if swapped and not _content_neighbours(known, place).isdisjoint(
                _content_neighbours(query, query.index(opposite))
            ):
                return True
    return False


def _content_neighbours(words: Sequence[str], place: int) -> set[str]:
    """Return the stems of the nearest words on either side that are no stop words."""
    found = set()
    for side in (reversed(words[:place]), words[place + 1 :]):
        near = next((stem(word) for word in side if word not in STOP_WORDS), "")
        found |= {near} if near else set()
    return found
