"""`parley faq` tests questions, checks files, and lists and dismisses unanswered questions."""

from datetime import UTC, datetime
from pathlib import Path

from shared.domain.conversation import UnansweredQuestion
from shared.faq.lint import lint_faqs
from shared.repositories.unanswered import UnansweredQuestions
from shared.storage.mongo import Mongo
from shared.workspace.config import Faq
from tests.cli.conftest import Live
from tests.cli.runner import DEMO, parley
from tests.services.faq_set import BUSINESSES, read

NOW = datetime.now(UTC)  # the real time, because a TTL index deletes old questions


def test_indistinguishable_questions_are_reported() -> None:
    faqs = (
        Faq(question="Do you deliver to Lagos?", answer="Yes."),
        Faq(question="Do you deliver to Lagos, please?", answer="No."),
        Faq(question="How can I pay?", answer="By card.", variants=("...", "payment methods")),
        Faq(question="Can I return an order within a week?", answer="Yes, within 14 days."),
        Faq(question="Can I return my orders within a week?", answer="No."),
        Faq(question="Where are you?", answer="Here."),
        Faq(question="where are you", answer="Here."),
    )
    found = {remark.numbers: remark.message for remark in lint_faqs(faqs)}
    assert set(found) == {(0, 1), (2,), (3, 4), (5, 6)}
    assert "neither will be given" in found[(0, 1)]
    assert "has no words" in found[(2,)]
    assert "too much like" in found[(3, 4)]
    assert "with the same answer" in found[(5, 6)]


def test_labelled_businesses_have_few_remarks() -> None:
    assert sum(len(lint_faqs(read(business)[1])) for business in BUSINESSES) <= 3


def test_check_reports_questions_with_two_answers(tmp_path: Path) -> None:
    assert parley("faq", "check", str(DEMO), env={"META_APP_SECRET": "a", "META_VERIFY_TOKEN": "b"}).code == 0
    file = tmp_path / "shop.yaml"
    first, second = '{question: "Open?", answer: "Yes"}', '{question: Closed, variants: [open], answer: "No"}'
    file.write_text(f"workspace: shop\nfaqs:\n- {first}\n- {second}\n")
    done = parley("faq", "check", str(file))
    assert (done.code, done.err) == (1, "")
    assert done.out.startswith("FAQ 1 and FAQ 2: both answer 'open'")


def test_question_shows_its_answer_or_why_there_is_none(live: Live) -> None:
    done = live.parley("faq", "test", "--workspace", "acme", "what is your adress?")
    assert done.code == 0
    assert done.out.splitlines()[-1] == "Answered: Our shop is at 12 Marina Road, Lagos Island."
    done = live.parley("faq", "test", "--workspace", "acme", "do you deliver by camel", "--json")
    assert done.code == 1
    assert done.lines()[0]["doubt"]
    assert live.parley("faq", "test", "-w", "nobody", "hello").err == "parley: there is no workspace 'nobody'\n"


async def test_unanswered_questions_are_listed_and_dismissed(live: Live) -> None:
    mongo = Mongo(live.stack.info["mongodb"], live.stack.info["mongodb_database"])
    questions = UnansweredQuestions(mongo, "acme")
    for number, text in enumerate(("do you repair chairs? call +2348035550199", "do you repair chairs", "xylophones?")):
        await questions.add(
            f"faq-test-{number}", "c1", UnansweredQuestion(text=text, score=0.4, nearest="Where are you?"), NOW
        )
    await mongo.close()
    listed = live.parley("faq", "unanswered", "-w", "acme", "--json").lines()
    ours = [group for group in listed if "chairs" in group["question"]]
    assert sum(group["count"] for group in ours) == 2
    assert all("+2348035550199" not in group["question"] for group in listed)
    assert (
        live.parley("faq", "dismiss", "-w", "acme", *[group["id"] for group in ours]).out == "2 questions dismissed.\n"
    )
    left = live.parley("faq", "unanswered", "-w", "acme")
    assert "chairs" not in left.out
    assert "xylophones" in left.out
    assert live.parley("faq", "dismiss", "-w", "acme", ours[0]["id"]).code == 1
    assert live.parley("faq", "unanswered", "-w", "acme", "--since", "soon").code == 1
