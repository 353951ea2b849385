"""Values are cached per revision of a workspace."""

from shared.workspace.config import Workspace
from shared.workspace.revision_cache import RevisionCache
from tests.services.builders import workspace


def named(name: str) -> Workspace:
    return workspace(workspace=name)


def test_value_is_made_once_per_revision() -> None:
    kept, first, second = RevisionCache[list[int]](), named("acme"), named("acme")
    made = kept.get_or_make(first, lambda _: [1])
    assert kept.get_or_make(first, lambda _: [2]) is made
    assert kept.get(second) is None
    assert kept.get_or_make(second, lambda _: [2]) == [2]
    assert kept.get(first) is None, "the older one is forgotten"


def test_least_recently_used_value_is_removed() -> None:
    kept, one, two, three = RevisionCache[str](most=2), named("one"), named("two"), named("three")
    for of in (one, two):
        kept.put(of, of.workspace)
    assert kept.get(one) == "one"
    kept.put(three, "three")
    assert [kept.get(of) for of in (one, two, three)] == ["one", None, "three"]
