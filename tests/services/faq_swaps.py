"""Questions in which one word was replaced by another, so that they ask for something else. Made by rules."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shared.text.phrases import folded

CLASSES = {
    "weekday": "monday tuesday wednesday thursday friday saturday sunday",
    "month": "january february march april june july august september october november december",
    "colour": "red blue green black white yellow brown pink colour",
    "place": "lagos abuja kano london paris madrid accra nairobi lyon marseille sevilla europe us canada ghana",
    "payment": "card cash transfer cheque voucher debit credit bitcoin",
    "thing": "fabric dress shoe bag shirt carpet curtain pillow towel leather order parcel invoice refund receipt",
    "room": "room pool breakfast parking garage terrace kitchen bathroom hotel",
    "person": "child children dog cat baby adult student company guest landlord friend",
    "device": "router modem phone television laptop tablet app internet wifi",
    "act": "return exchange cancel change repair deliver ship sell buy rent wash cut iron open close",
    "number": "10 20 30 50 100 200",
    "lunes": "lunes martes miercoles jueves viernes sabado domingo",
    "cosa": "habitacion piscina desayuno aparcamiento cocina terraza toalla perro gato nino",
    "chose": "facture contrat box fibre telephone routeur modem abonnement technicien colis",
}
ANTONYMS = """
before after|open closed|activate deactivate|connect disconnect|block unblock|lock unlock|safe unsafe|early late
first last|lost found|buy sell|increase decrease|free paid|small large|fast slow|new used|in out|on off|up down
send receive|start stop|cold warm|debit credit|import export|inside outside|arrive leave|with without|today tomorrow
abrir cerrar|antes despues|llegar salir|comprar vender|activer desactiver|ouvrir fermer|avant apres|acheter vendre
"""
PREFIXES = ("un", "de", "dis", "non", "in")
UNKNOWN = ("zorbel", "quintaf", "milk", "gluten", "hovercraft")
_TOO_SHORT = 3


@dataclass(frozen=True, slots=True)
class Swap:
    """A question in which one word was replaced. said: the text after the swap. word, instead: what was replaced, by
    what. kind: of swap.
    """

    said: str
    word: str
    instead: str
    kind: str


def swaps(text: str, content: Sequence[str]) -> Iterator[Swap]:
    """All swaps of one word in a text. content: the words that say what the question is about."""
    words = folded(text).split()
    for place, word in enumerate(words):
        for kind, instead in _instead(word, word in content):
            if instead not in words:
                yield Swap(" ".join((*words[:place], instead, *words[place + 1 :])), word, instead, kind)


def _instead(word: str, content: bool) -> Iterator[tuple[str, str]]:
    for pair in ANTONYMS.replace("\n", "|").split("|"):
        if word in pair.split():
            yield from (("antonym", other) for other in pair.split() if other != word)
    if not content or len(word) < _TOO_SHORT:
        return
    for group in CLASSES.values():
        if word in group.split():
            others = [other for other in group.split() if other != word]
            yield from (("class", other) for other in others[:: max(1, len(others) // 4)])
    yield ("unknown", UNKNOWN[len(word) % len(UNKNOWN)])
    if not word.isdigit() and len(word) > _TOO_SHORT:
        yield ("prefix", PREFIXES[len(word) % len(PREFIXES)] + word)
