"""Precision and coverage of the FAQ on questions labelled by hand; the held-out half decides."""

import time
from pathlib import Path

import pytest
import yaml

from devtools.cli.demo import SCRIPTS
from shared.faq.index import FaqIndex
from shared.workspace.config import Faq
from tests.e2e.shop import FAQS
from tests.services.faq_set import BUSINESSES, INTENTS, NOTHING, figures, judged, read, table

THRESHOLD = None  # learnt
PRECISION = 0.97
COVERAGE = 0.92  # 0.945 when this was written
TUNED_COVERAGE = 0.9  # 0.93
MANY = {"assistant": 0.29, "chat": 0.19, "wallet": 0.42}  # least coverage of the held-out half, 0.03 below what it was
MANY_PRECISION = 0.95


def test_question_sets_are_large_enough() -> None:
    sets = [read(business) for business in BUSINESSES]
    asked = [question for _, _, texts in sets for question in texts]
    assert len(BUSINESSES) == 3
    assert sum(len(faqs) for _, faqs, _ in sets) >= 70
    assert len(asked) >= 200
    assert sum(question.faq == NOTHING for question in asked) >= 150
    assert {name: len(read(name)[1]) for name in INTENTS} == {"assistant": 150, "chat": 40, "wallet": 77}
    for name in (*BUSINESSES, *INTENTS):
        names, _, texts = read(name)
        assert len({question.text for question in texts}) == len(texts), name
        assert {question.faq for question in texts} - {NOTHING} == set(names), name


def test_precision_and_coverage_of_the_held_out_half_reach_their_targets() -> None:
    print(f"\n{table(THRESHOLD)}")  # noqa: T201 - for people
    found = judged(THRESHOLD)
    for held_out, coverage in ((True, COVERAGE), (False, TUNED_COVERAGE)):
        half = [result for result in found if result.asked.held_out is held_out]
        got = figures(half)
        wrong = [result.asked.text for result in half if result.sure and not result.right]
        assert got.precision >= PRECISION, wrong
        assert got.coverage >= coverage


def test_precision_of_large_confusable_faqs_reaches_its_target() -> None:
    halves = {name: [result for result in judged(THRESHOLD, [name]) if result.asked.held_out] for name in INTENTS}
    for name, half in halves.items():
        assert figures(half).coverage >= MANY[name], name
    got = figures([result for half in halves.values() for result in half])
    assert got.precision >= MANY_PRECISION


def test_precision_of_all_held_out_texts_reaches_the_target() -> None:
    held_out = [one for one in judged(THRESHOLD, [*BUSINESSES, *INTENTS]) if one.asked.held_out]
    assert figures(held_out).precision >= PRECISION


@pytest.mark.parametrize("business", BUSINESSES)
def test_every_question_and_variant_gets_its_own_answer(business: str) -> None:
    _, faqs, _ = read(business)
    index = FaqIndex(faqs, THRESHOLD)
    for faq in faqs:
        for text in (faq.question, *faq.variants):
            match = index.match(f"hello, {text.upper()} please!")
            assert match is not None
            assert (match.answer, match.sure) == (faq.answer, True), text


def test_questions_of_the_end_to_end_tests_are_answered_as_expected() -> None:
    faqs = tuple(Faq(question=question, answer=answer) for question, answer in FAQS.items())
    index = FaqIndex(faqs, THRESHOLD)
    for question, answer in FAQS.items():
        for said in (question, question.lower().rstrip("?")):
            match = index.match(said)
            assert match is not None
            assert (match.answer, match.sure) == (answer, True), said
    for said in ("do you have coasters?", "2", "fence zqbbbb", "tell me about zqbbbb", "where is my order zqbbbb"):
        match = index.match(said)
        assert match is None or not match.sure, said


def test_questions_of_the_demo_are_answered_by_its_faq() -> None:
    demo = yaml.safe_load(Path("devtools/demo/acme.yaml").read_text(encoding="utf-8"))
    index = FaqIndex(tuple(Faq.model_validate(faq) for faq in demo["faqs"]), THRESHOLD)
    said = {text: part for script in SCRIPTS for text, part in script.lines}
    for text in ("When do you open?", "what is your adress?", "How can I pay?"):
        match = index.match(text)
        assert match is not None
        assert match.sure, text
        assert said.pop(text) in match.answer
    for text in said:
        match = index.match(text)
        assert match is None or not match.sure, text


NASTY = {
    "nothing": "",
    "null bytes": "\0" * 65_536,
    "64 KB of one letter": "a" * 65_536,
    "64 KB of words": "where are you " * 4_681,
    "ten thousand lines": "\n" * 10_000,
    "emoji": "😀👩‍👩‍👧" * 100,
    "right-to-left": "ما هي ساعات العمل؟ \u202e" * 20,
    "combining marks": "a" + "\u0301" * 499,
    "no spaces": "営業時間は何時からですか" * 20,
    "hyphens": "a-" * 250,
    "strange words": " ".join(f"wordthat{n}isnowhere" for n in range(20)),
    "lone surrogates": "\ud800" * 100,
}


def large() -> tuple[Faq, ...]:
    """500 FAQs with three variants each, that have many words in common."""
    things = [
        f"{a}{b}{c}" for a in ("bo", "ka", "li", "mu", "ne") for b in ("ra", "so", "ti", "du") for c in "nprstlkm"
    ]

    def ask(number: int, form: str) -> str:
        return form.format(a=things[number % 160], b=things[number * 7 % 160], n=number // 160)

    forms = (
        "How do I return the {a} {b} in {n} days?",
        "can I send {a} back to {b}",
        "{a} return {b} {n}",
        "is {a} {b} ok",
    )
    return tuple(
        Faq(question=ask(n, forms[0]), answer=f"Answer {n}", variants=tuple(ask(n, form) for form in forms[1:]))
        for n in range(500)
    )


@pytest.mark.parametrize("case", NASTY)
def test_hostile_text_is_never_a_sure_match(case: str) -> None:
    _, faqs, _ = read(BUSINESSES[0])
    match = FaqIndex(faqs, THRESHOLD).match(NASTY[case])
    assert match is None or not match.sure


def test_time_of_matching_500_faqs_is_printed() -> None:
    """Printed for people, in time of the processor: others may be at work on the machine."""
    faqs = large()
    began = time.process_time()
    index = FaqIndex(faqs, THRESHOLD)
    built = time.process_time() - began
    texts = [f"hi can i retrun the {faq.question.split()[4]} in ten days" for faq in faqs[:200]]
    took = []
    for text in (*texts, *NASTY.values()):
        began = time.process_time()
        index.match(text)
        took.append(time.process_time() - began)
    took.sort()
    print(f"\nbuild {built * 1e3:.0f} ms; match p50 {took[len(took) // 2] * 1e3:.2f} ms, p99 {took[-3] * 1e3:.2f} ms")  # noqa: T201
