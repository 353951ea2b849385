"""Texts that ask the same belong together, however they are spelled; others do not."""

from hypothesis import given
from hypothesis import strategies as st

from shared.text.similarity import cosine_similarity, group_similar, vectorize


def test_the_same_question_in_other_spellings_is_one_group() -> None:
    texts = (
        "do you repair chairs?",
        "what do oak coasters weigh",
        "Do you repair chairs",
        "do u repair chair",
        "WHAT DO OAK COASTERS WEIGH???",
        "is there a student discount",
    )
    assert group_similar(texts) == [[0, 2, 3], [1, 4], [5]]


def test_a_text_is_wholly_like_itself_and_not_like_a_strange_one() -> None:
    one, same, strange, nothing = vectorize(["Do you repair chairs?", "do you repair chairs", "zzz", ""])
    assert cosine_similarity(one, same) > 0.999
    assert cosine_similarity(one, strange) == 0.0
    assert cosine_similarity(one, nothing) == 0.0


def test_two_thousand_questions_are_grouped() -> None:
    texts = [f"do you sell number {n % 500} of the catalogue" for n in range(2000)]
    assert sum(map(len, group_similar(texts))) == 2000


@given(st.lists(st.text(max_size=60), max_size=20))
def test_every_text_is_in_one_group(texts: list[str]) -> None:
    assert sorted(place for group in group_similar(texts) for place in group) == list(range(len(texts)))
