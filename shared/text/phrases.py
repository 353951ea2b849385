"""Phrases with a fixed meaning (opt-out, menu, yes, no), in English, French, Spanish and Portuguese.

All are in the form of `folded`: lower case, no accents, no punctuation. A text must be a phrase and nothing else, so
that "stop!" is an opt-out and "don't stop" is not.
"""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

_MAX_CHARACTERS = 500  # characters; a longer text is no phrase
_MOST_WORDS = 5  # of a phrase within a text of several phrases

OPT_OUT = frozenset(
    (
        # English
        *("stop", "stop all", "stopall", "stop it", "stop please", "please stop", "stop now", "unsubscribe"),
        *("unsubscribe me", "please unsubscribe me", "opt out", "optout", "revoke", "remove me", "stop messages"),
        *("stop messaging me", "stop sending me messages", "stop texting me", "no more messages"),
        # French
        *("arret", "arreter", "arretez", "stopper", "desabonner", "desabonnement", "me desabonner", "desinscrire"),
        *("desinscription", "me desinscrire", "desinscrivez moi", "plus de messages", "ne m ecrivez plus"),
        # Spanish
        *("baja", "dar de baja", "darme de baja", "darse de baja", "deme de baja", "parar", "pare"),
        *("paren", "detener", "desuscribir", "desuscribirme", "no mas mensajes"),
        *("no me escriban mas", "no quiero mas mensajes"),
        # Portuguese
        *("sair", "descadastrar", "descadastre", "descadastrar me", "me remova"),
        *("parem", "nao quero mais mensagens", "sem mensagens"),
    )
)
"""Opt-outs in every situation; those of other languages, and sentences, are in `shared.text.opt_out`."""

OPT_OUT_WHEN_IDLE = frozenset(
    (
        *("cancel", "end", "quit", "annuler", "fin", "cancelar", "cancele", "terminar", "salir", "encerrar"),
        *("alto", "basta", "chega", "remover"),
    )
)
"""Opt-outs as the first words of a session, without an order; later they may be about anything else."""

OPT_IN = frozenset(
    (
        *("start", "unstop", "subscribe", "resubscribe", "opt in", "optin", "resume", "start again"),
        *("demarrer", "reprendre", "abonner", "m abonner", "reabonner", "me reabonner", "inscription", "commencer"),
        *("alta", "darme de alta", "dar de alta", "reanudar", "suscribir", "suscribirme", "empezar", "reactivar"),
        *("voltar", "retomar", "iniciar", "inscrever", "inscrever me", "assinar", "comecar", "recomecar"),
    )
)
"""Opt-ins; only for a customer who has opted out."""

OPT_IN_TO_MARKETING = OPT_IN - frozenset(
    (
        *("start", "resume", "start again", "demarrer", "reprendre", "commencer", "reanudar", "empezar", "voltar"),
        *("retomar", "iniciar", "comecar", "recomecar", "inscription"),
    )
)
"""Opt-ins of a customer who has opted out of marketing only: without the words for a menu, which they still get."""

MENU = frozenset(
    (
        *("menu", "main menu", "the menu", "show menu", "home", "menu principal", "le menu", "accueil", "el menu"),
        *("inicio", "o menu", "ver menu", "menu por favor", "menu please"),
    )
)

LEAVES_FLOW = MENU - {"home", "accueil", "inicio"}
"""Menu words that leave a flow: none that names a place, which may be an answer."""

HELP = frozenset(
    (
        *("help", "help me", "please help", "i need help", "aide", "aidez moi", "a l aide", "ayuda", "ayudame"),
        *("necesito ayuda", "ajuda", "me ajuda", "me ajude", "preciso de ajuda", "j ai besoin d aide"),
    )
)

YES = frozenset(
    (
        *("yes", "yes please", "y", "yep", "yeah", "yup", "sure", "ok", "okay", "ok yes", "confirm", "confirmed"),
        *("i confirm", "please do", "do it", "go ahead", "correct", "that s right", "of course"),
        *("si", "si por favor", "claro", "vale", "de acuerdo", "confirmo", "oui", "d accord", "je confirme"),
        *("sim", "sim por favor", "pode ser", "claro que sim", "isso"),
    )
)
NO = frozenset(
    (
        *("no", "no thanks", "no thank you", "n", "nope", "nah", "not now", "no please", "cancel", "don t", "do not"),
        *("no gracias", "ahora no", "cancelar", "non", "non merci", "pas maintenant", "annuler", "nao"),
        *("nao obrigado", "nao obrigada", "agora nao"),
    )
)
"""Answers to a yes-or-no question."""

GREETINGS = frozenset(
    (
        *("hi", "hello", "hey", "hiya", "hi there", "hello there", "hey there", "good morning", "good afternoon"),
        *("good evening", "good day", "greetings", "morning", "howdy", "dear sir", "dear madam", "sir", "madam"),
        *("bonjour", "bonsoir", "salut", "coucou", "allo", "madame", "monsieur"),
        *("hola", "buenas", "buenos dias", "buenas tardes", "buenas noches", "buen dia", "que tal"),
        *("ola", "oi", "bom dia", "boa tarde", "boa noite", "tudo bem", "e ai", "opa"),
    )
)

THANKS = frozenset(
    (
        *("thanks", "thank you", "thank you very much", "thank you so much", "thanks a lot", "many thanks", "thx"),
        *(
            "ty",
            "tnx",
            "cheers",
            "thanks again",
            "ok",
            "okay",
            "k",
            "kk",
            "great",
            "perfect",
            "cool",
            "got it",
            "noted",
        ),
        *("alright", "all right", "very good", "nice", "you re welcome", "bye", "bye bye", "goodbye", "good bye"),
        *("see you", "have a nice day", "have a good day", "good night", "god bless you"),
        *("merci", "merci beaucoup", "merci bien", "d accord", "parfait", "super", "tres bien", "de rien", "au revoir"),
        *("bonne journee", "bonne soiree", "bonne nuit"),
        *("gracias", "muchas gracias", "mil gracias", "muchisimas gracias", "vale", "perfecto", "de acuerdo", "genial"),
        *("muy bien", "listo", "de nada", "adios", "hasta luego", "chao", "igualmente"),
        *("obrigado", "obrigada", "muito obrigado", "muito obrigada", "brigado", "brigada", "valeu", "perfeito"),
        *("otimo", "beleza", "blz", "certo", "esta bem", "ta bom", "combinado", "de nada", "tchau", "ate logo"),
    )
)
"""Thanks, consent and goodbyes, which wait for nothing."""

POLITE = frozenset(
    (
        *("please", "pls", "plz", "pleas", "kindly", "thanks", "thank you", "thank you very much", "thanks a lot"),
        *("many thanks", "thx", "ty", "cheers", "excuse me", "sorry to bother you", "sorry", "quick question"),
        *("i have a question", "just a question", "just wondering", "i was wondering", "i would like to know"),
        *("i want to know", "i d like to know", "can you tell me", "could you tell me", "could you please tell me"),
        *("can you please tell me", "do you know", "let me know", "i need to know", "may i know", "tell me"),
        *("s il vous plait", "s il te plait", "svp", "stp", "merci", "merci beaucoup", "merci d avance", "pardon"),
        *("je voudrais savoir", "j aimerais savoir", "pouvez vous me dire", "une question"),
        *(
            "por favor",
            "porfa",
            "porfavor",
            "gracias",
            "muchas gracias",
            "disculpe",
            "disculpa",
            "perdon",
            "una pregunta",
        ),
        *(
            "quisiera saber",
            "me gustaria saber",
            "quiero saber",
            "me puede decir",
            "me puedes decir",
            "me podria decir",
        ),
        *("obrigado", "obrigada", "muito obrigado", "muito obrigada", "com licenca", "desculpe", "uma pergunta"),
        *("gostaria de saber", "queria saber", "quero saber", "pode me dizer", "voce pode me dizer"),
    )
)
"""Politeness around a question, which does not change it."""


def folded(text: str) -> str:
    """Return words of lower-case letters and digits, without accents, separated by one space.

    Punctuation, emoji and control characters become spaces; zero-width and bidirectional marks are removed, so that a
    word that contains one stays one word.
    """
    whole = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return " ".join(whole.translate(_PLAIN).split())


def is_one_of(text: str, words: Iterable[str]) -> bool:
    """Return whether a text is one of these phrases and nothing else. words: in any spelling."""
    if len(text) > _MAX_CHARACTERS:
        return False
    folded_text = folded(text)
    if not folded_text:
        return False
    return folded_text in _plain_words(words if isinstance(words, frozenset) else tuple(words))


def consists_of(text: str, words: frozenset[str]) -> bool:
    """Return whether a text is nothing but these phrases, one or several. words: in the form of `folded`."""
    parts = folded(text).split() if len(text) <= _MAX_CHARACTERS else []
    while parts:
        most = min(len(parts), _MOST_WORDS)
        length = next((n for n in range(most, 0, -1) if " ".join(parts[:n]) in words), 0)
        if not length:
            return False
        parts = parts[length:]
        if not parts:
            return True
    return False


def is_emoji(text: str) -> bool:
    """Return whether a text is nothing but emoji and marks, of which none is a question mark."""
    if not text or len(text) > _MAX_CHARACTERS or folded(text):
        return False
    return "?" not in text and any(unicodedata.category(char) == "So" for char in text)


def needs_no_answer(text: str) -> bool:
    """Return whether a text is nothing but thanks, consent, goodbyes or emoji."""
    return consists_of(text, THANKS) or is_emoji(text)


class _PlainCharacters(dict[int, str]):
    """The table of `folded` for `str.translate`; filled as characters are seen, up to a bound."""

    def __missing__(self, code: int) -> str:
        plain = _plain(chr(code))
        if len(self) < _MOST_CACHED:
            self[code] = plain
        return plain


_MOST_CACHED = 8192  # characters
_PLAIN = _PlainCharacters()


def _plain(char: str) -> str:
    kind = unicodedata.category(char)
    if kind[0] in "LN":
        return char
    if kind[0] == "M":  # vowel signs of Indic scripts are part of the word; accents and variation selectors are not
        return "" if unicodedata.combining(char) or "\ufe00" <= char <= "\ufe0f" else char
    return "" if kind == "Cf" else " "


@lru_cache(maxsize=1024)
def _plain_words(words: tuple[str, ...] | frozenset[str]) -> frozenset[str]:
    """Return folded phrases; cached, because a workspace's own table may be long and is used with each message."""
    return frozenset(map(folded, words))
