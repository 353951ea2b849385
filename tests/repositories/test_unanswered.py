"""Unanswered questions: each once, alike ones together, dismissed ones gone, nothing kept for ever."""

from collections.abc import Sequence

from shared.domain.conversation import UnansweredQuestion
from shared.repositories.unanswered import COLLECTION, INDEXES, DismissedQuestion, UnansweredQuestions
from shared.storage.mongo import Mongo
from tests.repositories.builders import NOW, later

CHAIRS = ("do you repair chairs?", "Do you repair chairs", "do u repair a chair")


async def ask(questions: UnansweredQuestions, *texts: str, start: int = 0) -> None:
    for number, text in enumerate(texts, start):
        effect = UnansweredQuestion(text=text, score=number / 100, nearest=f"near {number}")
        await questions.add(f"m{number}", f"c{number % 2}", effect, later(number))


async def test_similar_questions_form_one_group_with_the_nearest_faq(mongo: Mongo) -> None:
    questions = UnansweredQuestions(mongo, "acme")
    await ask(questions, *CHAIRS, "is there a student discount")
    chairs, discount = await questions.groups(10)
    assert (chairs.question, chairs.count) == (CHAIRS[0], 3)
    assert (chairs.first_at, chairs.last_at) == (later(0), later(2))
    assert (chairs.nearest, chairs.score, chairs.conversation_id) == ("near 2", 0.02, "c0")
    assert (discount.question, discount.count) == ("is there a student discount", 1)
    assert await questions.groups(1) == [chairs]


async def test_only_questions_of_visible_conversations_are_shown_and_counted(mongo: Mongo) -> None:
    questions = UnansweredQuestions(mongo, "acme")
    await ask(questions, *CHAIRS, "my number is +2348031234567", start=0)
    every = await questions.groups(10)

    async def visible(conversations: Sequence[str]) -> set[str]:
        return {"c0"} & set(conversations)

    (seen,) = await questions.groups(10, visible=visible)
    assert (seen.id, seen.question, seen.count) == (every[0].id, CHAIRS[0], 2)
    assert (seen.first_at, seen.last_at, seen.conversation_id) == (later(0), later(2), "c0")


async def test_question_is_stored_once_per_cause(mongo: Mongo) -> None:
    questions = UnansweredQuestions(mongo, "acme")
    for _ in range(3):
        await ask(questions, CHAIRS[0])
    (group,) = await questions.groups(10)
    assert group.count == 1


async def test_only_questions_since_a_time_are_returned(mongo: Mongo) -> None:
    questions = UnansweredQuestions(mongo, "acme")
    await ask(questions, *CHAIRS, "is there a student discount")
    assert [group.count for group in await questions.groups(10, later(2))] == [1, 1]
    assert await questions.groups(10, later(99)) == []


async def test_dismissed_group_returns_when_it_is_asked_again(mongo: Mongo) -> None:
    questions = UnansweredQuestions(mongo, "acme")
    await ask(questions, *CHAIRS, "is there a student discount")
    (late,) = [group for group in await questions.groups(10, later(2)) if "chair" in group.question]
    assert await questions.dismiss([late.id, "nobody"], "owner", NOW) == 3, "the older ones too"
    assert [group.count for group in await questions.groups(10)] == [1]
    assert await questions.dismiss([late.id], "owner", NOW) == 0
    await ask(questions, CHAIRS[0])
    assert [group.count for group in await questions.groups(10)] == [1], "the same message again"
    await ask(questions, CHAIRS[0], start=9)
    assert sorted(group.question for group in await questions.groups(10)) == [CHAIRS[0], "is there a student discount"]


async def test_dismissed_question_is_kept_with_its_nearest_faq(mongo: Mongo) -> None:
    questions = UnansweredQuestions(mongo, "acme")
    near = {"do you repair chairs": "Do you repair shoes?", "xylophones": "", "is it raining": "Where are you?"}
    for text, nearest in near.items():
        await questions.add(text, "c1", UnansweredQuestion(text=text, score=0.4, nearest=nearest), NOW)
    gone = [group.id for group in await questions.groups(9) if group.question != "is it raining"]
    assert await questions.dismiss(gone, "owner", NOW) == 2
    assert await questions.dismissed(9) == (
        DismissedQuestion(text="do you repair chairs", nearest="Do you repair shoes?"),
    )
    await questions.forget("c1")
    assert await questions.dismissed(9) == (), "words that were taken away are not learnt from"


async def test_long_texts_are_cut_and_empty_ones_left_out(mongo: Mongo) -> None:
    questions = UnansweredQuestions(mongo, "acme")
    await ask(questions, "a\x00b " * 20_000, "👍", "", "\u202e?")
    (group,) = await questions.groups(10)
    assert len(group.question) == 500
    assert group.question.startswith("a b a b")


async def test_questions_of_a_customer_can_be_removed(mongo: Mongo) -> None:
    questions = UnansweredQuestions(mongo, "acme")
    await ask(questions, *CHAIRS)
    await questions.forget("c0")
    (group,) = await questions.groups(10)
    assert (group.question, group.count) == (CHAIRS[1], 1)


async def test_questions_expire_after_half_a_year(mongo: Mongo) -> None:
    await mongo.collection(COLLECTION).create_indexes(INDEXES)
    retention = INDEXES[-1].document
    assert (retention["key"], retention["expireAfterSeconds"]) == ({"at": 1}, 180 * 86_400)
