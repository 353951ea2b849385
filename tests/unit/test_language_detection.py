"""The language that a customer writes in, and the one that the business answers in."""

import pytest

from shared.text.language import detect, detect_last, reply_language

WRITTEN = {
    "en": (
        "hi", "Hello!", "do you have coasters?", "how much is shipping", "is this one still available in size L?",
        "I want to talk to somebody", "Where is my order", "thanks", "can I get this by tomorrow?", "are you open now?",
    ),
    "es": (
        "hola", "¿Tienen posavasos?", "cuanto cuesta el envio", "quiero hablar con una persona", "buenas tardes",
        "gracias", "¿a qué hora abren?", "donde esta mi pedido", "todavía hay de este?", "necesito ayuda por favor",
    ),
    "pt": (
        "oi", "olá, tudo bem?", "quanto custa o frete", "vocês têm porta-copos?", "me passa para um atendente",
        "obrigado", "que horas vocês abrem?", "onde está meu pedido", "não quero mais", "bom dia",
    ),
    "fr": (
        "bonjour", "Vous avez des dessous de verre ?", "combien coûte la livraison", "je veux parler à quelqu'un",
        "merci", "à quelle heure ouvrez-vous ?", "où est ma commande", "c'est toujours disponible ?", "salut",
        "j'ai besoin d'aide",
    ),
    "": ("", "ok", "123", "C1 x 10", "👍", "Lagos", "Acme", "?", "Guten Tag, haben Sie Untersetzer", "Ẹ káàárọ̀"),
}  # fmt: skip


@pytest.mark.parametrize(("language", "text"), [(one, text) for one, texts in WRITTEN.items() for text in texts])
def test_language_of_a_text_is_detected(language: str, text: str) -> None:
    assert detect(text) == language


def test_the_businesss_languages_decide_where_two_are_as_good() -> None:
    assert detect("para comprar") == ""
    assert detect("para comprar", ["en", "pt-BR"]) == "pt"
    assert detect("para comprar", ["es", "pt"]) == ""


@pytest.mark.parametrize(
    "text",
    [
        "Una dey sell?", "Ṣe e le fi ranṣẹ si Ibadan?", "se e ni ankara", "ek le lo bhai", "isko la do bhai", "hola",
        "el se3r kam", "Was kostet das?", "Ist das noch da?", "Quanto costa?", "Il prezzo?",
    ],
)  # fmt: skip
def test_a_word_or_two_do_not_make_another_language_than_the_businesss(text: str) -> None:
    assert detect(text, ["en"]) == ""


def test_a_whole_text_in_another_language_is_detected() -> None:
    assert detect("hola, cuánto cuesta el envío a Lagos?", ["en"]) == "es"
    assert detect("bonjour, combien coûte la livraison", ["en", "es"]) == "fr"
    assert detect("hola", ["en", "es"]) == "es"
    assert detect("how much is shipping", ["en"]) == "en"


def test_the_last_text_that_tells_it_decides() -> None:
    assert detect_last(["hola", "bonjour", "ok", "12"]) == "fr"
    assert detect_last(["ok"]) == ""


def test_a_business_speaks_its_own_languages_only() -> None:
    assert reply_language("es", ("en", "es")) == "es"
    assert reply_language("pt", ("en", "pt-BR")) == "pt"
    assert reply_language("fr", ("es", "en")) == "es"
    assert reply_language("", ("fr",)) == "fr"
    assert reply_language("", ()) == "en"
