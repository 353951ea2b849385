"""Calibration of the FAQ's threshold from its own questions and from dismissed ones."""

import pytest

from shared.faq.calibration import DEFAULT_THRESHOLD, MAX_WRONG_SHARE, calibrate, coverage
from shared.faq.index import FaqIndex
from shared.faq.known_questions import KnownQuestions
from shared.faq.unrelated_texts import UNRELATED_TEXTS
from shared.workspace.config import Faq
from tests.services.faq_set import figures, judged, read
from tests.services.test_faq_quality import large

FAQS = (
    Faq(question="Do you repair shoes?", answer="Yes.", variants=("shoe repair", "can you mend my shoes")),
    Faq(question="Where is your shop?", answer="Marina Road.", variants=("your address", "where are you located")),
    Faq(question="How can I pay?", answer="By card.", variants=("payment methods", "can I pay by card")),
)


def is_sure(index: FaqIndex, said: str) -> bool:
    match = index.match(said)
    return match is not None and match.sure


def test_faq_without_variants_is_not_calibrated() -> None:
    learnt = calibrate(KnownQuestions([Faq(question="Where is your shop?", answer="Marina Road.")]))
    assert (learnt.threshold, learnt.precision, learnt.coverage) == (DEFAULT_THRESHOLD, 0.0, 0.0)
    assert calibrate(KnownQuestions([])).threshold == DEFAULT_THRESHOLD


def test_confusable_questions_raise_the_threshold() -> None:
    one = [Faq(question=f"{word} {n}", answer=f"{n}", variants=()) for n, word in enumerate(("wash", "iron", "dry"))]
    clear = FaqIndex(FAQS).calibration
    confused = FaqIndex(
        [
            Faq(question="create a virtual card", answer="1", variants=("disposable card please", "temporary card")),
            Faq(question="create a disposable card", answer="2", variants=("virtual card please", "online card")),
            Faq(question="order a plastic card", answer="3", variants=("create a card please", "card order")),
        ]
    ).calibration
    assert clear is not None
    assert confused is not None
    assert calibrate(KnownQuestions(one)).threshold == DEFAULT_THRESHOLD
    assert confused.threshold > clear.threshold


@pytest.mark.parametrize("name", ["wallet", "assistant", "chat"])
def test_expected_precision_and_coverage_are_near_to_the_measured_ones(name: str) -> None:
    learnt = calibrate(KnownQuestions(read(name)[1]))
    assert 1 - MAX_WRONG_SHARE <= learnt.precision <= 1
    assert learnt.coverage == pytest.approx(figures(judged(None, [name])).coverage, abs=0.25)


def test_calibration_is_deterministic() -> None:
    _, faqs, _ = read("wallet")
    assert calibrate(KnownQuestions(faqs)) == calibrate(KnownQuestions(faqs))


def test_higher_threshold_never_expects_more_answers() -> None:
    _, faqs, _ = read("lagos-loom")
    trials = calibrate(KnownQuestions(faqs)).trials
    right = [sum(one.right and one.certainty >= step / 20 for one in trials.own) for step in range(21)]
    assert right == sorted(right, reverse=True)
    assert 0 < coverage(trials, 0.9) <= 1


def test_calibration_effort_is_bounded() -> None:
    trials = calibrate(KnownQuestions(large())).trials
    assert max(map(len, (trials.own, trials.fewer, trials.near))) <= 400
    assert len(trials.far) <= len(UNRELATED_TEXTS)


def test_threshold_of_the_owner_overrides_the_calibrated_one() -> None:
    lenient, strict = FaqIndex(FAQS, 0.3), FaqIndex(FAQS, 1.0)
    assert lenient.calibration is None
    said = "could somebody mend old leather shoes"
    assert [is_sure(index, said) for index in (lenient, strict)] == [True, False]


def test_question_like_a_dismissed_one_is_not_answered() -> None:
    said = "can you repair my shoes"
    assert is_sure(FaqIndex(FAQS), said)
    for again in (said, "can you please repair my shoes?", "repair shoes"):
        match = FaqIndex(FAQS, dismissed=[(said, "Do you repair shoes?")]).match(again)
        assert match is not None
        assert (match.sure, match.doubt) == (False, "the owner dismissed a question like it")


@pytest.mark.parametrize("dismissed", [("shoe repair", "Do you repair shoes?"), ("mend shoes", "gone since"), ("", "")])
def test_dismissed_question_is_ignored_once_it_is_a_variant_or_its_faq_is_removed(
    dismissed: tuple[str, str],
) -> None:
    match = FaqIndex(FAQS, dismissed=[dismissed]).match("can you repair my shoes")
    assert match is not None
    assert match.sure


UNKNOWN = {
    "Ṣé ẹ ń kó ọjà lọ sí Abuja?": ("Ṣé ẹ ń kó ọjà lọ sí Kano?", "Ṣé ẹ ń kó lọ sí Abuja?"),
    "क्या आप लागोस में डिलीवरी करते हैं?": ("क्या आप अबुजा में डिलीवरी करते हैं?", "क्या आप डिलीवरी करते हैं?"),
    "هل توصلون إلى لاغوس؟": ("هل توصلون إلى أبوجا؟", "هل توصلون اليوم إلى لاغوس؟"),
    "你们送货到北京吗？": ("你们送货到上海吗？", "你们今天送货到北京吗？", "你们不送货到北京吗？"),
    "営業時間は何時からですか": ("営業時間は何時までですか", "休業時間は何時からですか"),
    "Доставляете ли вы в Москву?": ("Доставляете ли вы в Казань?", "Доставляете ли вы мебель в Москву?"),
    "Berapa ongkir ke Jakarta?": ("Berapa ongkir ke Bandung?", "Berapa lama ongkir ke Jakarta?"),
}


@pytest.mark.parametrize("question", UNKNOWN)
def test_language_without_tables_needs_nearly_identical_words(question: str) -> None:
    index = FaqIndex([Faq(question=question, answer="Yes."), *FAQS])
    for said in (question, question.rstrip("?？؟"), question.upper()):
        match = index.match(said)
        assert match is not None
        assert match.sure, said
    for said in UNKNOWN[question]:
        match = index.match(said)
        assert match is None or not match.sure, match


def test_one_typing_error_is_tolerated_in_any_language() -> None:
    match = FaqIndex([Faq(question="Доставляете ли вы в Москву?", answer="Да")]).match("доставлете ли вы в москву")
    assert match is not None
    assert match.sure
