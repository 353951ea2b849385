"""Texts that ask the same belong together, however they are spelled; others do not."""

import random

from hypothesis import given
from hypothesis import strategies as st

from shared.text.similarity import Grouping, cosine_similarity, group_similar, vectorize


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


def test_work_grows_with_the_number_of_texts_not_with_its_square() -> None:
    numbers = random.Random(7)
    words = ["".join(numbers.choices("abcdefghijkl", k=6)) for _ in range(60)]
    texts = [" ".join(numbers.choices(words, k=25)) for _ in range(800)]  # each shares words with most others
    steps = [_steps(texts[:count]) for count in (400, 800)]
    assert steps[1] < 2.3 * steps[0]
    assert steps[1] < 800 * 3000


def _steps(texts: list[str]) -> int:
    grouping = Grouping(0.45)
    for place, (text, vector) in enumerate(zip(texts, vectorize(texts), strict=True)):
        grouping.add(place, text, vector)
    return grouping.steps


def test_long_texts_are_compared_by_their_begin() -> None:
    begin = "do you repair chairs of oak and of ash " * 6
    assert group_similar([begin, begin + "and xylophones " * 20]) == [[0, 1]]


@given(st.lists(st.text(max_size=60), max_size=20))
def test_every_text_is_in_one_group(texts: list[str]) -> None:
    assert sorted(place for group in group_similar(texts) for place in group) == list(range(len(texts)))
