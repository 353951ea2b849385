"""A question in which one word was replaced by another is another question, and is not answered."""

from collections import Counter

import pytest

from shared.faq.index import FaqIndex
from shared.faq.word_lists import LIGHT_WORDS, NEGATIONS, QUESTION_WORDS, STOP_WORDS
from shared.text.phrases import folded
from shared.workspace.config import Faq
from tests.services.faq_set import BUSINESSES, INTENTS, read
from tests.services.faq_swaps import swaps

_FORM = STOP_WORDS | LIGHT_WORDS | NEGATIONS | frozenset(QUESTION_WORDS)
MOST = 0.016  # of the swaps that are still taken for the question: synonyms, and words that say nothing

SWAPPED = {
    "Is it safe for people with a nut allergy?": (
        "Is it safe for people with a milk allergy?",
        "is it unsafe for people with a nut allergy",
        "it is safe for dogs with a nut allergy?",
    ),
    "Can I pay with a debit card?": ("can I pay with a credit card", "can I pay with a gift card?"),
    "Do you deliver to Lagos?": (
        "do you deliver to Abuja",
        "is delivery possible to Abuja",
        "do you deliver from lagos",
        "do you collect to lagos",
    ),
    "Is it safe for children?": ("is it safe for pregnant women", "can pregnant women safely use it"),
    "Do you unlock phones?": ("can you lock phones", "is it possible to have phones locked"),
    "Are dogs allowed?": ("is a cat allowed in the room", "do you allow cats"),
    "Can I cancel before the delivery?": ("can I cancel after the delivery", "can i exchange before the delivery"),
    "How do I activate my card?": ("how do I deactivate my card", "How do I reactivate my card?"),
    "Do you have the red dress?": ("do you have the blue dress", "do you have the red carpet"),
    "When do I get my refund?": ("How do I get my refund?", "where do I get my refund", "why do I get my refund"),
    "Can I bring my dog?": ("when can I bring my dog", "how much is it to bring my dog", "where can I bring my dog"),
    "How do I get a visa?": ("When do I get a visa?", "where do I get a visa?"),
    "Are you open on Tuesday?": ("are you open on thursday", "are you closed on tuesday"),
    "How do I turn on the heating?": ("how do I turn off the heating", "how do I turn on the cooling"),
    "Do you ship to Austria?": ("do you ship to Australia", "Do you ship to Nigeria?"),
    "Do you ship to Niger?": ("do you ship to nigeria",),
    "Is the ticket refundable?": ("is the ticket non-refundable", "is the ticket transferable"),
    "¿Puedo pagar con tarjeta de débito?": ("puedo pagar con tarjeta de crédito", "puedo pagar con tarjeta de regalo"),
    "¿Cuándo llega mi pedido?": ("cómo llega mi pedido", "cuando llega mi factura"),
    "Posso cancelar antes da entrega?": ("posso cancelar depois da entrega", "posso trocar antes da entrega"),
    "Comment activer ma carte ?": ("comment désactiver ma carte", "quand activer ma carte"),
    "Is breakfast included for 2 adults?": ("is breakfast included for 3 adults", "is dinner included for two adults"),
}
SAME = {
    "Is it safe for people with a nut allergy?": (
        "is this safe for people with nut allergies",
        "safe with nut allergy?",
    ),
    "Can I pay with a debit card?": ("can i pay with my debit card pls", "debit card payment?"),
    "Do you deliver to Lagos?": ("can you deliver in lagos", "do you delivr to lagos", "lagos delivery?"),
    "How do I activate my card?": ("how can I activate the card", "activating my card", "hi, activate my card please"),
    "When do I get my refund?": ("when will I get my refund", "when do I get my money back"),
    "Is breakfast included for 2 adults?": ("is breakfast included for two adults",),
    "¿Puedo pagar con tarjeta de débito?": ("se puede pagar con tarjeta de debito",),
    "Comment activer ma carte ?": ("comment puis-je activer ma carte",),
}


PARAPHRASED = {
    "can I pick the day my card is delivered": "wallet",
    "bank transfer not reflected in my balance": "wallet",
    "I got a terrible rate at a foreign ATM": "wallet",
    "there's a stain on my bag how do i remove it": "chat",
    "put a travel notification on my account": "assistant",
    "silence the smoke detector": "assistant",
    "where can i park my car": "lagos-loom",
}
"""Texts of the half that is tuned on, each with a word that its FAQ does not have, and the set they are in."""


def an_index(threshold: float | None, *questions: str) -> FaqIndex:
    return FaqIndex([Faq(question=question, answer=f"Answer {n}") for n, question in enumerate(questions)], threshold)


@pytest.mark.parametrize("threshold", [None, 0.72], ids=["learnt", "given"])
@pytest.mark.parametrize("question", SWAPPED)
def test_swapped_word_makes_the_match_doubtful(question: str, threshold: float | None) -> None:
    index = an_index(threshold, question)
    for said in SWAPPED[question]:
        match = index.match(said)
        assert match is None or not match.sure, match


@pytest.mark.parametrize("question", SAME)
def test_paraphrase_is_still_sure(question: str) -> None:
    index = an_index(None, *SAME)
    for said in SAME[question]:
        match = index.match(said)
        assert match is not None
        assert (match.sure, match.answer) == (True, f"Answer {list(SAME).index(question)}"), match


def test_swapped_place_is_doubtful_even_if_another_faq_names_it() -> None:
    index = an_index(None, "Do you deliver to Lagos?", "Where is your office in Abuja?")
    for said in ("is fast delivery possible to Abuja", "is delivery to the centre of abuja possible"):
        match = index.match(said)
        assert match is not None
        assert (match.sure, match.number) == (False, 0), match
        assert match.doubt == "another word replaces one of the question's"


@pytest.mark.parametrize("said", PARAPHRASED)
def test_additional_word_does_not_make_the_match_doubtful(said: str) -> None:
    names, faqs, asked = read(PARAPHRASED[said])
    match = FaqIndex(faqs, None).match(said)
    assert match is not None
    assert match.sure, match
    assert names[match.number] == next(one.faq for one in asked if one.text == said)


def test_few_swaps_of_one_word_stay_sure() -> None:
    made: Counter[str] = Counter()
    sure: Counter[str] = Counter()
    for name in (*BUSINESSES, *INTENTS):
        _, faqs, _ = read(name)
        index = FaqIndex(faqs, None)
        for number, faq in enumerate(faqs):
            for text in (faq.question, *faq.variants):
                for swap in swaps(text, [word for word in folded(text).split() if word not in _FORM]):
                    made[swap.kind] += 1
                    match = index.match(swap.said)
                    sure[swap.kind] += match is not None and match.sure and match.number == number
    print(f"\nswaps {dict(made)}, still sure {dict(sure)}")  # noqa: T201 - for people
    assert made.total() >= 7000
    assert sure.total() <= MOST * made.total()
