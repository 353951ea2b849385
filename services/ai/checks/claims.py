"""Finds claims that an order was placed, changed or refunded: a model cannot do that. Pure."""

import re
from collections.abc import Iterable, Iterator

from services.ai.checks.plain_text import plain
from services.ai.checks.text import denied, sentences

_DONE_EN = r"placed|confirmed|submitted|processed|accepted|received|registered|booked|cancell?ed|refunded|paid"
_CLAIMS = (
    r"\b(?:i|we)(?:'ve| have)?(?: now| just| already| successfully)* (?:placed|confirmed|submitted|processed"
    r"|registered|recorded|added"
    r"|cancell?ed|booked|"
    r"refunded) (?:your|this) (?:\w+ ){0,2}(?:order|purchase|payment)\b"
    r"(?! (?:numbers?|notes?|details|preferences?)\b)",
    r"\b(?:i|we)(?:'ve| have)(?: now| just| already)* (?:ordered|refunded) (?:it|them|that|these|you|your|the \w+"
    r"|\d+)\b",
    rf"\byour (?:\w+ ){{0,2}}(?:order|purchase)(?: \S*\d\S*| (?:for|of)(?: \w+){{1,5}}?)?"
    rf"(?: (?:is|was)|'s| (?:has|have) been|'s been)(?: now| just| already| successfully)* (?:{_DONE_EN})\b",
    r"\byour (?:refund|cancellation)(?: (?:is|was)| has been)(?: now| just| already)* (?:issued|processed|approved"
    r"|made|sent|"
    r"confirmed)\b",
    r"\b(?:he|hemos)(?: ya)? (?:hecho|realizado|confirmado|registrado|cancelado|reembolsado) (?:tu|su|el) pedido\b",
    r"\b(?:tu|su) pedido(?: ya)? (?:está|esta|ha sido|fue|queda|quedó)(?: ya)? (?:confirmado|registrado|realizado"
    r"|hecho|"
    r"cancelado|reembolsado)\b",
    r"\b(?:fiz|fizemos|confirmei|confirmamos|registrei|cancelei|cancelamos) (?:o )?(?:seu|teu) pedido\b",
    r"\b(?:seu|teu) pedido(?: já)? (?:foi|está|esta) (?:confirmado|registrado|feito|realizado|cancelado|reembolsado)\b",
    r"\b(?:j'ai|nous avons) (?:bien )?(?:passé|confirmé|enregistré|annulé|remboursé) (?:votre|ta) commande\b",
    r"\b(?:votre|ta) commande (?:est|a été)(?: bien)? (?:confirmée|passée|enregistrée|annulée|remboursée)\b",
    r"\b(?:ich habe|wir haben) (?:ihre|deine|eure) bestellung (?:aufgegeben|bestätigt|storniert|erstattet)\b",
    r"\bich habe (?:\d+|ein\w*|die|den|das) (?:\w+ ){1,3}für (?:sie|dich|euch) bestellt\b",
    r"\b(?:ho|abbiamo) (?:effettuato|confermato|registrato|annullato|rimborsato) il (?:tuo|suo|vostro) ordine\b",
    r"\bil (?:tuo|suo|vostro) ordine (?:è|è stato) (?:confermato|registrato|effettuato|annullato|rimborsato)\b",
    r"\b(?:ihre|deine|eure) bestellung (?:ist|wurde) (?:bestätigt|aufgegeben|storniert|erstattet|eingegangen)\b",
)
_CLAIM = re.compile("|".join(map(plain, _CLAIMS)), re.IGNORECASE)
_CONDITION = re.compile(
    r"\b(?:if|when|once|after|as soon as|until|unless|whether|before|how|where|si|cuando|cuándo|una vez|después|se"
    r"|quando|"
    r"depois|quand|lorsque|dès|après|wenn|sobald|nachdem|ob|dopo|appena)\b",
    re.IGNORECASE,
)
_HOW = re.compile(
    r"^[\s,]*(?:only |first )?(?:when|once|if|by|as soon as|after|with the words|cuando|quando|quand|wenn)\b", re.I
)
_MARKS = re.compile(r"[*_~]")
_NUMBER = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b")  # of an order, as `shared.domain.orders.order_number` makes it


def unfounded(answer: str, ours: Iterable[str], *, knows_orders: bool) -> str:
    """Return a claim about an order of which the prompt knows nothing; empty: there is none. ours: plain texts of the
    business in this conversation and of the prompt about this customer; one that names an order, or makes such a claim,
    is a reason. knows_orders: a tool has shown orders.
    """
    found = next(_claims(_MARKS.sub("", answer)), "")
    return "" if not found or knows_orders or any(_NUMBER.search(one) or _CLAIM.search(one) for one in ours) else found


def _claims(text: str) -> Iterator[str]:
    for sentence in sentences(text):
        for claim in _CLAIM.finditer(sentence):
            before, behind = sentence[: claim.start()], sentence[claim.end() :]
            if not (_CONDITION.search(before) or _HOW.match(behind) or denied(before, behind)):
                yield claim[0]
