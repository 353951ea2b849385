"""Detects English, Spanish, Portuguese and French. Pure.

By common words: those of only one language count twice, and so do letters of only one language. A text without such
words ("ok", a number, an address) and a text in another language have no result.
"""

import unicodedata
from collections.abc import Iterable, Sequence

from shared.text.phrases import folded

_WORDS = {
    "en": """
a about am an and any anybody anyone are at available be buy can cancel could coaster coasters day delivery did do
does don't evening for from get give good got have hello help here hey hi hours how i i'm is it it's like looking many
me morning much my need no not of on one open or order orders person please price send shipping size some somebody
someone something speak still talk thank thanks that the there these they this those time to today tomorrow two under
want was we what what's when where which who why will with would yes you your human operator agent representative
customer please refund broken return
""",
    "es": """
a abierto abren ahora algo alguien ayuda buenas bueno buenos cancelar como compra comprar con cual cuales cuando
cuantas cuanto cuantos cuesta cuestan dame de del desde dia dias disponible donde dos el ella ellos en entrega envio
envios es esa ese esta este estos favor gracias hablar hacen hago hasta hay hola horario hoy la las le lo los manana
mas me mi mis muchas mucho muy necesito no noches nos o para pedido pedir pero persona por porque precio precios puede
pueden puedo que quien quiero quisiera saber se si siempre sobre son su sus talla tardes tengo tiene tienen todavia tu
una unas uno unos usted ustedes vale venden y ya yo baja alta darme alto detener parar desuscribir suscribirme asesor
humano operador reclamo queja devolver mismo agente
""",
    "pt": """
a abre abrem agora ajuda alguem ao aos as ate atendente boa bom cancelar com como compra comprar da de dia disponivel
do dos e ela ele em encomenda entrega entregam envio era essa esse esta estao estou eu falar faz fazem frete gostaria
hoje horario isso isto ja la lo mais mas me meu meus minha muito na nao nas no noite nos o obrigada obrigado oi ola
onde os ou para pedido pela pelo pessoa pode podem posso por pra preciso preco precos qual quais quando quanto quantos
que quem quero sao se sem ser seu seus sim so sua tamanho tarde tem tenho toda tudo um uma voce voces vocês sair parem
parar voltar descadastrar pare humano atendimento reclamar devolver mesmo
""",
    "fr": """
a ai allo annuler aujourd au aussi aux avec avez avons besoin bonjour bonsoir c ca ce cela celui ces cette combien
comment commande commander d dans de demain des disponible dispo donc du elle en encore est et etes etre faire fait
heure heures horaires ici il ils j je jusqu l la le les leur livraison livrez lui m ma mais me merci mes moi mon n ne
non nos notre nous on ou oui ouvert par parler pas peut peux plus plait pour pourquoi pouvez prix puis qu quand que
quel quelle quelles quels quelqu quelque qui quoi s salut sa sans sont suis sur svp ta taille te tes toi ton toujours
tres tu un une va vendez veux voudrais vous votre vos y arret arreter arretez stopper desabonner reprendre conseiller
humain service operateur rembourser mettre personne
""",
}
_LETTERS = {"es": "ñ¿¡", "pt": "ãõ", "fr": "œèêëùûîï"}
LANGUAGES = tuple(_WORDS)

_LANGUAGES_OF: dict[str, tuple[str, ...]] = {}
for _language, _words in _WORDS.items():
    for _word in {part for word in _words.split() for part in folded(word).split()}:
        _LANGUAGES_OF[_word] = (*_LANGUAGES_OF.get(_word, ()), _language)
_UNIQUE, _SHARED, _LETTER = 2, 1, 2
_MIN_SCORE = 2  # lowest score: one word that only this language has
_KNOWN_SHARE = 4  # with less than every fourth word known, it is another language
_UNLIKELY_NEEDS = 2  # words that only a language has which is none of the likelier ones
_LONGEST, _MOST = 2000, 200  # characters and words that are read


def detect(text: str, among: Sequence[str] = ()) -> str:
    """Return the language of a text (`en`, `es`, `pt`, `fr`); empty if it is unclear.

    among: likelier languages; they decide between two with the same score. Another one needs two words that no other
    language here has, and half of the text: a word of Pidgin, Yoruba, Hinglish or German is often one of these too.
    """
    words = folded(text[:_LONGEST]).split()[:_MOST]
    scores, known = _scores(text[:_LONGEST], words)
    best = max(scores.values())
    if best < _MIN_SCORE or known * _KNOWN_SHARE < len(words):
        return ""
    found = [language for language, score in scores.items() if score == best]
    if len(found) > 1:
        likely = [language for language in found if language in {base_language(one) for one in among}]
        found = likely if len(likely) == 1 else []
    return found[0] if found and _is_certain(found[0], words, among) else ""


def _is_certain(language: str, words: Sequence[str], among: Sequence[str]) -> bool:
    """Return whether the words are enough for a language. among: the likelier ones; empty: all are as likely."""
    if not among:
        return True
    own = sum(language in _LANGUAGES_OF.get(word, ()) for word in words)
    unique = {word for word in words if _LANGUAGES_OF.get(word) == (language,) and len(word) > 1}
    if language in {base_language(one) for one in among}:
        return len(unique) != 1 or 2 * own >= len(words)
    return len(unique) >= _UNLIKELY_NEEDS and 2 * own > len(words)


def detect_last(texts: Iterable[str], among: Sequence[str] = ()) -> str:
    """Return the language of the last text that has one; empty if none has."""
    return next((found for text in reversed(list(texts)) if (found := detect(text, among))), "")


def base_language(language: str) -> str:
    """Return the language without its country: `pt` for `pt_BR` and `pt-BR`."""
    return language.replace("_", "-").partition("-")[0].lower()


def reply_language(customers: str, languages: Sequence[str]) -> str:
    """Return the language for replies: the customer's if the workspace has it, else the workspace's first.

    languages: of the workspace, such as `en` or `pt-BR`.
    """
    offered = [base_language(one) for one in languages] or ["en"]
    return customers if customers in offered else offered[0]


def _scores(text: str, words: Sequence[str]) -> tuple[dict[str, int], int]:
    """Return the score of each language, and how many words are known in any."""
    scores, known = dict.fromkeys(LANGUAGES, 0), 0
    for word in words:
        languages = _LANGUAGES_OF.get(word, ())
        known += bool(languages)
        for language in languages:
            scores[language] += _UNIQUE if len(languages) == 1 and len(word) > 1 else _SHARED
    lowered = unicodedata.normalize("NFC", text).lower()
    for language, letters in _LETTERS.items():
        scores[language] += _LETTER * any(letter in lowered for letter in letters)
    return scores, known
