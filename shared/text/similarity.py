"""Similarity of texts, and groups of similar texts. Pure.

Texts are compared by character n-grams (3 to 5, within words), each weighted by how rare it is among the texts, by
cosine similarity: misspellings and endings cost little, and no language has to be known.
"""

from collections import Counter
from collections.abc import Sequence
from heapq import nlargest
from math import log, sqrt

from shared.text.phrases import folded

_SIZES = (3, 4, 5)
_COMPARED_CHARACTERS = 200  # of a text that is put into a group
_LOOKED_UP = 64  # n-grams of a text, the rarest, by which similar groups are looked for
_INDEXED = 32  # n-grams of a group's first text, the rarest, by which it is found
_GROUPS_OF_A_GRAM = 32  # an n-gram of more groups tells little
_CANDIDATES = 8  # groups that a text is compared with in full

Vector = dict[str, float]
"""N-grams with their weights; of length 1, or empty."""


def vectorize(texts: Sequence[str]) -> list[Vector]:
    """Return a vector for each text."""
    counted = [_grams(text) for text in texts]
    seen = Counter(gram for grams in counted for gram in grams)
    weight = {gram: log((1 + len(texts)) / (1 + count)) + 1 for gram, count in seen.items()}
    return [_normalized({gram: (1 + log(count)) * weight[gram] for gram, count in grams.items()}) for grams in counted]


def cosine_similarity(one: Vector, other: Vector) -> float:
    """Return the similarity, from 0 (nothing in common) to 1 (the same)."""
    short, long = sorted((one, other), key=len)
    return min(1.0, sum(value * long[gram] for gram, value in short.items() if gram in long))


def group_similar(texts: Sequence[str], least: float = 0.45) -> list[list[int]]:
    """Return groups of indexes of similar texts, each text in one group, in the order of their first texts.

    Greedy: a text joins the group whose first text is most similar, if the similarity is at least `least`; otherwise it
    starts a group. So the order of the texts matters. Texts are compared by their first 200 characters.
    """
    grouping = Grouping(least)
    shortened = [folded(text)[:_COMPARED_CHARACTERS] for text in texts]
    for place, (text, vector) in enumerate(zip(shortened, vectorize(shortened), strict=True)):
        grouping.add(place, text, vector)
    return grouping.groups


class Grouping:
    """Groups texts one by one. The work for a text does not grow with the number of groups: only groups that share one
    of its rarest n-grams are compared with it, and of these the few that share most.

    steps: entries and n-grams that were looked at, a measure of the work.
    """

    def __init__(self, least: float) -> None:
        self.groups: list[list[int]] = []
        self.steps = 0
        self._least = least
        self._firsts: list[Vector] = []
        self._group_of: dict[str, int] = {}  # by text
        self._with_gram: dict[str, list[int]] = {}

    def add(self, place: int, text: str, vector: Vector) -> None:
        """Add the text with the index `place`."""
        grams = nlargest(_LOOKED_UP, vector, key=vector.__getitem__)
        group = self._group_of[text] if text in self._group_of else self._nearest(grams, vector)
        if group is None:
            group = len(self.groups)
            self.groups.append([])
            self._firsts.append(vector)
            for gram in grams[:_INDEXED]:
                self._index(gram, group)
        self._group_of.setdefault(text, group)
        self.groups[group].append(place)

    def _index(self, gram: str, group: int) -> None:
        known = self._with_gram.setdefault(gram, [])
        if len(known) < _GROUPS_OF_A_GRAM:
            known.append(group)

    def _nearest(self, grams: Sequence[str], vector: Vector) -> int | None:
        """Return the most similar group; None if none is similar enough."""
        shared: dict[int, float] = {}
        for gram in grams:
            groups = self._with_gram.get(gram, ())
            self.steps += 1 + len(groups)
            for group in groups:
                shared[group] = shared.get(group, 0.0) + vector[gram]
        best, found = self._least, None
        for group in nlargest(_CANDIDATES, shared, key=lambda one: (shared[one], -one)):
            self.steps += min(len(vector), len(self._firsts[group]))
            score = cosine_similarity(vector, self._firsts[group])
            if score > best or (score == best and (found is None or group < found)):
                best, found = score, group
        return found


def _normalized(weighted: Vector) -> Vector:
    length = sqrt(sum(value * value for value in weighted.values())) or 1.0
    return {gram: value / length for gram, value in weighted.items()}


def _grams(text: str) -> Counter[str]:
    grams: Counter[str] = Counter()
    for word in folded(text).split():
        padded = f" {word} "
        for size in _SIZES:
            if len(padded) <= size:
                grams[padded] += 1
                break
            grams.update(padded[start : start + size] for start in range(len(padded) - size + 1))
    return grams
