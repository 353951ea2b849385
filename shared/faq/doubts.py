"""Reasons to doubt the FAQ that fits best, however well it fits: it may be about something else. Pure."""

from collections.abc import Container, Iterable, Sequence

from shared.faq.foreign import is_near
from shared.faq.kinds import clash, unasked
from shared.faq.language import NEGATING, STOP_WORDS
from shared.faq.question import stem
from shared.faq.questions import Asked, Fit, Questions
from shared.faq.synonyms import CONTRASTS


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
    if any(_turned_round(word.text, known.weights) for word in questions.strange(asked, fit, unknown)):
        return "it says the opposite"
    strange = [stem(word.text) for word in questions.strange(asked, fit, unknown)]
    if strange and (questions.unsaid(asked, fit.at) or _replaced(questions, asked, fit.number, strange, unknown)):
        return "another word stands for one of the question's"
    return ""


def _turned_round(word: str, stems: Container[str]) -> bool:
    """Whether the word is one of the question's with a syllable before it that negates: unsafe, deactivate."""
    return any(word.startswith(before) and stem(word[len(before) :]) in stems for before in NEGATING)


def _replaced(questions: Questions, asked: Asked, number: int, strange: list[str], unknown: Iterable[int]) -> bool:
    """Whether a strange word stands where a question or variant of the FAQ has a word that the text does not say."""
    said = _neighbours(asked.text)
    places = {said[word] for word in strange if word in said}
    for at in questions.places(number):
        unsaid = frozenset() if at in unknown else questions.unsaid(asked, at)
        beside = _neighbours(questions.known[at].words) if unsaid else {}
        if any(beside[word] in places for word in unsaid if word in beside):
            return True
    return False


def _neighbours(words: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Each stem that is no stop word, with the nearest such stems to its left and right; only where there is one."""
    stems = [stem(word) for word in words if word not in STOP_WORDS]
    around = zip(("", *stems), stems, (*stems[1:], ""), strict=False)
    return {word: (left, right) for left, word, right in around if left or right}


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
