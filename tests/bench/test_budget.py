"""One message makes the round trips that docs/budget.md lists."""

from pathlib import Path

import pytest

from devtools.bench import budget, budget_page
from devtools.bench.budget import Budget, MessageCosts, RestCosts
from devtools.bench.round_trips import KAFKA, MESSAGE, MONGODB, PROVIDER, RoundTrip, critical_path


@pytest.mark.stack
@pytest.mark.e2e
@pytest.mark.timeout(500)
def test_a_message_makes_the_round_trips_of_the_committed_budget(tmp_path: Path) -> None:
    counted = budget.run(budget.BudgetOptions(messages=3, rest=6.0, out=tmp_path))
    changed = budget_page.differences(budget_page.FILE.read_text(encoding="utf-8"), counted)
    assert not changed, "\n".join(
        ["the round trips of a message have changed; if that is intended: parley bench budget --write", *changed]
    )
    assert not list(tmp_path.iterdir())


def costs(trips: dict[str, list[int]], *, polls: int = 0) -> Budget:
    """Return a budget of one kind, whose messages make the router send these commands of MongoDB."""
    kind = MessageCosts(
        trips={("router", MONGODB, name): counts for name, counts in trips.items()},
        read={("router", "topic"): [1, 1, 1]},
        paths=[(("router", MONGODB, "find"),)] * 3,
        requests={},
        background={},
    )
    return Budget(RestCosts(10.0, {("router", MONGODB, "poll"): polls}, {}), {"FAQ": kind})


def test_written_page_has_no_differences() -> None:
    counted = costs({"find": [1, 1, 1], "update": [2, 2, 2], "rare": [0, 1, 0]})
    page = budget_page.parse(budget_page.page(counted))
    assert {key: count for key, count in page.items() if key[0] != "At rest"} == budget_page.cells(counted)
    assert budget_page.differences(budget_page.page(counted), counted) == []


@pytest.mark.parametrize(
    ("now", "difference"),
    [
        ({"find": [2, 2, 2]}, "FAQ: router: MongoDB `find`: 2, was 1"),
        ({"find": [1, 1, 1], "insert": [1, 1, 1]}, "FAQ: router: MongoDB `insert`: 1, was 0"),
        ({}, "FAQ: router: MongoDB `find`: 0, was 1"),
    ],
)
def test_changed_count_is_named(now: dict[str, list[int]], difference: str) -> None:
    assert budget_page.differences(budget_page.page(costs({"find": [1, 1, 1]})), costs(now)) == [difference]


def test_cache_that_expired_during_one_message_is_no_difference() -> None:
    committed = budget_page.page(costs({"find": [1, 1, 1]}))
    assert budget_page.differences(committed, costs({"find": [1, 2, 1], "cached": [0, 1, 1]})) == []


def test_idle_stack_that_polls_more_often_is_a_difference() -> None:
    committed = budget_page.page(costs({}, polls=20))
    assert budget_page.differences(committed, costs({}, polls=25)) == []
    (difference,) = budget_page.differences(committed, costs({}, polls=40))
    assert difference == "at rest: router: MongoDB `poll`: 4.00 per second, was 2"


def trip(service: str, to: str, what: str, origin: str, began: float, ended: float, *topics: str) -> RoundTrip:
    return RoundTrip(to, what, origin, began, ended, topics, service)


def test_critical_path_follows_the_record_back_to_the_webhook() -> None:
    trips = [
        trip("ingress", KAFKA, "write in", "webhook/1", 0, 2, "in"),
        trip("router", MONGODB, "short", "in/0/7", 3, 4),
        trip("router", MONGODB, "long", "in/0/7", 3, 5),
        trip("router", MONGODB, "other record", "in/0/8", 5, 6),
        trip("router", KAFKA, "write out", "in/0/7", 6, 8, "out", "events"),
        trip("router", MONGODB, "later", "in/0/7", 8, 9),
        trip("delivery", MONGODB, "claim", "out/1/3", 7, 8),
        trip("delivery", PROVIDER, MESSAGE, "out/1/3", 9, 10),
        trip("delivery", MONGODB, "result", "out/1/3", 11, 12),
    ]
    assert [(one.service, one.what) for one in critical_path(trips)] == [
        ("ingress", "write in"),
        ("router", "long"),
        ("router", "write out"),
        ("delivery", "claim"),
    ]
