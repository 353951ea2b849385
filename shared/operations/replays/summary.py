"""Counts the results of a replay. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from shared.domain.replays import Difference
from shared.repositories.replay_results import votes_of


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two answers to each message. origins: messages by who answered. usd: of all answers. p50, p95: seconds
    to make an answer of the bot; None: there is none.
    """

    origins: dict[str, int]
    usd: Decimal
    p50: float | None
    p95: float | None


class ReplaySummary(msgspec.Struct, frozen=True, kw_only=True):
    """The results of a replay in figures. done: messages so far. differ: of these answered differently. cheaper,
    dearer: answers that cost less or more now. asked: answers for which a model was called. refused: answers of which
    the guard refused an attempt. votes: by vote; voted: messages with a vote.
    """

    done: int
    differ: int
    differences: dict[str, int]
    cheaper: int
    dearer: int
    asked: int
    refused: int
    then: Side
    now: Side
    votes: dict[str, int]
    voted: int


def summary_of(counted: Iterable[Mapping[str, Any]]) -> ReplaySummary:
    """Return the summary of results, as `ReplayResults.counted` returns them."""
    results = list(counted)
    differences = Counter(one["difference"] for one in results)
    costs = [(Decimal(one["then"]["usd"]), Decimal(one["now"]["usd"])) for one in results]
    votes = [votes_of(dict(one)) for one in results]
    unlike = len(results) - differences[Difference.SAME.value] - differences[Difference.UNKNOWN.value]
    return ReplaySummary(
        done=len(results),
        differ=unlike,
        differences={one.value: differences[one.value] for one in Difference},
        cheaper=sum(now < then for then, now in costs),
        dearer=sum(now > then for then, now in costs),
        asked=sum(bool(one["now"].get("asked")) for one in results),
        refused=sum(bool(one["now"].get("refusals")) for one in results),
        then=_side([one["then"] for one in results]),
        now=_side([one["now"] for one in results]),
        votes=dict(Counter(vote.value for cast in votes for vote in cast)),
        voted=sum(bool(cast) for cast in votes),
    )


def _side(answers: list[Mapping[str, Any]]) -> Side:
    seconds = sorted(one["seconds"] for one in answers if one.get("seconds") is not None)
    return Side(
        origins=dict(Counter(one["origin"] for one in answers)),
        usd=sum((Decimal(one["usd"]) for one in answers), Decimal(0)),
        p50=quantile(seconds, 0.5),
        p95=quantile(seconds, 0.95),
    )


def quantile(ordered: list[float], share: float) -> float | None:
    """Return the value below which this share of ordered values is; None: there are no values."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None
