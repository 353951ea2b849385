"""Comparing FAQs for remarks has a bound on the work."""

from collections.abc import Sequence

import pytest

from shared.faq.index import FaqIndex, FaqMatch
from shared.faq.lint import first_compared, lint_faqs
from shared.operations.faqs import FaqRemarksCache
from shared.workspace.config import Faq


def faqs(count: int, variants: int = 4) -> tuple[Faq, ...]:
    return tuple(
        Faq(
            question=f"what is thing {number}",
            answer=f"it is {number}",
            variants=tuple(f"tell me of matter {number} {letter}" for letter in "abcd"[:variants]),
        )
        for number in range(count)
    )


@pytest.fixture
def looked_up(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that were compared with all known questions."""
    texts: list[str] = []

    def nearest(index: FaqIndex, text: str, limit: int) -> Sequence[FaqMatch]:
        texts.append(text)
        return []

    monkeypatch.setattr(FaqIndex, "nearest", nearest)
    return texts


@pytest.mark.parametrize(("most", "first"), [(10**9, 0), (50 * 50, 0), (50 * 49, 1), (50 * 5, 9), (50, 10), (0, 10)])
def test_last_faqs_are_compared_within_the_bound(most: int, first: int, looked_up: list[str]) -> None:
    assert first_compared(faqs(10), most) == first
    lint_faqs(faqs(10), first)
    assert len(looked_up) == 50 - 5 * first


def test_no_faqs_need_no_work() -> None:
    assert first_compared((), 100) == 0


async def test_remarks_are_computed_once_for_each_version_within_the_bound(
    looked_up: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.operations.faqs._MOST_PAIRS", 100 * 100)
    forms = [faq.model_dump() for faq in faqs(40)]
    cache = FaqRemarksCache()
    for digest in ("a", "a", "b"):
        assert not (await cache.remarks("acme", forms, digest)).complete
    assert len(looked_up) == 2 * 50
    assert (await cache.remarks("acme", forms[:10], "c")).complete
