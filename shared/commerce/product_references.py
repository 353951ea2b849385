"""Parses texts about a product that do not name it: "is this still available?", "add 2 of this".

Only texts without further words are parsed, in English, Spanish, French and Portuguese; "is this one available in size
L?" is left to the FAQ and the model, which know the product too. Pure, never raises.
"""

import re
from dataclasses import dataclass
from functools import cache

from shared.domain.cart import MAX_QUANTITY
from shared.text.phrases import folded

_LONGEST = 120  # characters


@dataclass(frozen=True, slots=True)
class ReferenceOrder:
    """An order of the product at hand. pointed: the text says "this"; otherwise it may refer to something else."""

    quantity: int
    pointed: bool


@dataclass(frozen=True, slots=True)
class ReferenceQuestion:
    """A question for the product's availability or price."""


def _any(*phrases: str) -> str:
    """Return a pattern of alternatives, longest first; phrases may be patterns themselves."""
    return "(?:" + "|".join(sorted(phrases, key=len, reverse=True)) + ")"


# As `shared.text.phrases.folded` writes it: small letters, no accents, no punctuation.
_NUMBERS = {
    word: number
    for number, words in enumerate(
        (
            "a an one un una uno une um uma",
            "two dos deux dois duas",
            "three tres trois",
            "four cuatro quatre quatro",
            "five cinco cinq",
            "six seis",
            "seven siete sept sete",
            "eight ocho huit oito",
            "nine nueve neuf nove",
            "ten diez dix dez",
        ),
        1,
    )
    for word in words.split()
}
_THIS = _any(
    *(r"(?:this|that)(?: one| product| item| article)?", r"(?:these|those)(?: ones)?", "it", "them", "the same"),
    *(r"est[eao]s?(?: mismo| misma| producto| productos| articulo)?", r"es[eao]s?(?: mismo| producto)?"),
    *(r"ce(?:t|tte|s)? (?:produit|article|modele)", "celui ci", "celle ci", "celui la", "celle la", "ceux ci"),
    *("cela", "ceci", "ca", "le", "la", "les"),
    *(r"d?ess[ea]s?(?: produto| item| mesmo)?", r"d?est[ea]s?(?: produto| item)?", "disso", "disto", "isso", "isto"),
)
_BEFORE = _any(
    *("hi", "hello", "hey", "hola", "bonjour", "oi", "ola", "please", "por favor", "ok", "yes", "si", "oui", "sim"),
)
_AFTER = _any(
    *("please", "pls", "thanks", "thank you", "por favor", "gracias", "merci", "s il vous plait", "svp"),
    *("obrigado", "obrigada", r"to (?:my|the) (?:cart|basket|order)", r"al carrito", r"(?:au|dans le|a mon) panier"),
    *(r"(?:ao|no) carrinho", "now"),
)
_VERB = _any(
    r"(?:(?:i|we) (?:will|ll|want|would like|d like|want to|would like to|d like to|wanna) )?"
    r"(?:add|buy|take|get|have|order|purchase)(?: me)?",
    *(
        r"(?:i|we) (?:want|would like|d like|will take|ll take|need)",
        "give me",
        "send me",
        r"can i (?:have|get|order|buy)",
    ),
    *(r"(?:quiero|quisiera|queremos|necesito|dame|deme|me llevo|me quedo con|agrega|anade|anadir|agregar)",),
    *(r"(?:quiero|quisiera|puedo) (?:comprar|pedir|llevar)", "comprar", "pedir", "ponme"),
    *(
        r"(?:je|j en) (?:veux|voudrais|prends)",
        r"je (?:veux|voudrais) (?:commander|acheter|prendre)",
        "ajoutez?",
        "prenez",
    ),
    *("j aimerais", "donnez moi", "mettez moi"),
    *(r"(?:quero|queria|queremos|preciso de|vou querer|vou levar|me ve|adiciona|adicionar|adicione)",),
    *(r"(?:quero|queria|posso) (?:comprar|pedir|levar)",),
)
_QUANTITY = r"(?P<quantity>\d{1,6}|" + "|".join(sorted(_NUMBERS, key=len, reverse=True)) + ")"
_OF = r"(?: (?:x|of|de|d|pieces?|pcs|units?|unidades?|pieces de|unidades de|mas de|more of|more|mas|mais|autres)){0,3}"
_TAKEN = r"(?P<taken>je l(?:e|a|es) prends)"
_ORDER_FORM = (
    rf"(?:{_BEFORE} )*(?P<verb>{_VERB}|{_TAKEN})?(?: ?{_QUANTITY}(?![^ ]){_OF})?"
    rf"(?: ?\b(?P<this>{_THIS}))?(?: {_AFTER})*"
)
_STILL_ES, _STILL_FR = "(?:todavia |aun |sigue |siguen )?", "(?:toujours |encore )?"
_QUESTION_FORM = (
    rf"(?:{_BEFORE} )*"
    + _any(
        # English
        rf"(?:is|are) {_THIS} (?:still )?(?:available|in stock|for sale|there)(?: still)?",
        r"(?:(?:is|are) )?(?:still )?(?:available|in stock)",
        rf"do you (?:still )?(?:have|sell) {_THIS}(?: still| available| in stock)?",
        rf"(?:how much|what) (?:is|are|does|do|s) {_THIS}(?: cost| price)?",
        r"how much(?: is the price)?",
        rf"(?:what(?: is| s) the )?price(?: of {_THIS})?",
        # Spanish
        rf"(?:{_THIS} )?{_STILL_ES}(?:esta |estan )?(?:todavia |aun )?disponibles?(?: {_THIS})?",
        rf"(?:todavia |aun )?(?:tienen|tiene|hay|venden) {_THIS}(?: todavia| disponible)?",
        rf"(?:a )?cuanto (?:cuestan?|vale|valen|sale|es|esta)(?: {_THIS})?",
        rf"(?:cual es el |que )?precio(?: (?:de|tiene) {_THIS})?",
        # French
        rf"(?:est ce que )?(?:{_THIS} |c )?(?:est |sont )?(?:il |elle )?{_STILL_FR}(?:disponibles?|en stock)",
        rf"(?:vous avez|avez vous) {_STILL_FR}{_THIS}",
        rf"combien(?: (?:coutent?|vaut))?(?: {_THIS})?",
        rf"(?:c est combien|{_THIS} coute combien|combien (?:ca|cela|il|elle) coute)",
        rf"(?:quel est le )?prix(?: de {_THIS})?",
        # Portuguese
        rf"(?:{_THIS} )?(?:ainda )?(?:esta |estao )?(?:ainda )?disponive(?:l|is)",
        rf"(?:ainda )?(?:tem|voces tem|vendem) {_THIS}(?: ainda| disponivel)?",
        rf"quanto (?:custam?|e|sai|esta)(?: {_THIS})?",
        rf"(?:qual (?:e )?o )?preco(?: {_THIS})?",
    )
    + rf"(?: {_AFTER})*"
)


@cache
def patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return the patterns of questions and orders. They take a tenth of a second to compile: the router does that at
    its start, and processes that only import this module never.
    """
    return re.compile(_QUESTION_FORM), re.compile(_ORDER_FORM)


def parse_reference(text: str) -> ReferenceOrder | ReferenceQuestion | None:
    """Parse a text that is only about the product at hand (an order or a question); None for any other text."""
    if len(text) > _LONGEST:
        return None
    said = folded(text)
    question, order = patterns()
    if question.fullmatch(said):
        return ReferenceQuestion()
    ordered = order.fullmatch(said)
    return _order(ordered) if ordered is not None else None


def _order(found: re.Match[str]) -> ReferenceOrder | None:
    """Return the order; None for "this", a number or "buy" alone, and for an impossible quantity."""
    pointed, quantity = bool(found["this"] or found["taken"]), _quantity(found["quantity"])
    asks_for = (pointed or found["quantity"]) if found["verb"] else (pointed and found["quantity"])
    return ReferenceOrder(quantity, pointed) if quantity and asks_for else None


def _quantity(written: str | None) -> int | None:
    """Return the quantity: 1 if none is given; None if it is impossible."""
    if written is None:
        return 1
    number = _NUMBERS.get(written) or int(written)
    return number if 0 < number <= MAX_QUANTITY else None
