"""Similarity of texts, and groups of similar texts. Pure.

Texts are compared by character n-grams (3 to 5, within words), each weighted by how rare it is among the texts, by
cosine similarity: misspellings and endings cost little, and no language has to be known.
"""

from collections import Counter
from collections.abc import Sequence
from math import log, sqrt

from shared.text.phrases import folded

_SIZES = (3, 4, 5)

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
    starts a group. So the order of the texts matters.
    """
    groups: list[list[int]] = []
    firsts: dict[str, list[tuple[int, float]]] = {}
    for place, vector in enumerate(vectorize(texts)):
        scores: dict[int, float] = {}
        for gram, value in vector.items():
            for group, weight in firsts.get(gram, ()):
                scores[group] = scores.get(group, 0.0) + value * weight
        best = max(scores, key=lambda group: (scores[group], -group), default=None)
        if best is not None and scores[best] >= least:
            groups[best].append(place)
            continue
        for gram, value in vector.items():
            firsts.setdefault(gram, []).append((len(groups), value))
        groups.append([place])
    return groups


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
