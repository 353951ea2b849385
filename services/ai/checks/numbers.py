"""Reads numbers in texts, in digits of any country's grouping or in words. Pure.

`babel` reads digits strictly: `1,49,990` is no number in Germany, so only India's reading counts. A number that two
countries read differently (`1.200`) has both readings.
"""

import re
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.numbers import NumberFormatError, parse_decimal

from services.ai.checks.plain_text import plain
from shared.text.phrases import folded

NUMBER = r"\d{1,3}(?:[ ']\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d+(?:[.,]\d+)*"
_MULTIPLIERS = {
    **dict.fromkeys(
        ("k", "thousand", "grand", "mille", "mil", "tausend", "tsd", "hazaar", "हजार", "हज़ार", "ألف", "الف"), 3
    ),
    **dict.fromkeys(("lakh", "lakhs", "lac", "lacs", "लाख"), 5),
    **dict.fromkeys(("m", "mn", "mio", "million", "millions", "millon", "millones", "milhao", "milhoes", "مليون"), 6),
    **dict.fromkeys(("crore", "crores", "करोड़"), 7),
}
_POWERS = {plain(word): Decimal(10) ** power for word, power in _MULTIPLIERS.items()}
MULTIPLIER = "|".join(sorted(map(re.escape, _POWERS), key=len, reverse=True))
_LOCALES = ("en_US", "en_IN", "de_DE", "de_CH")
_SPACES = re.compile(r"(?<=\d) (?=\d{3}(?!\d))")


@lru_cache(maxsize=4096)
def readings(written: str, region: str = "") -> frozenset[Decimal]:
    """Return the values that a written number may have. region: of the business, its locale counts too; empty: none."""
    if written.isdigit():
        return frozenset({Decimal(written)})
    text = _SPACES.sub("", written)
    found = set()
    for locale in (*_LOCALES, *_own(region)):
        try:
            found.add(parse_decimal(text, locale=locale, strict=True).normalize())
        except NumberFormatError:
            continue
    return frozenset(found)


@lru_cache(maxsize=512)
def _own(region: str) -> tuple[str, ...]:
    try:
        return (str(Locale.parse(f"und_{region}")),) if region else ()
    except (UnknownLocaleError, ValueError):
        return ()


def times(multiplier: str) -> Decimal:
    """Return the factor of a multiplier such as `k` or `lakh`."""
    return _POWERS.get(folded(multiplier) if multiplier.isascii() else multiplier, Decimal(1))


_UNITS: dict[str, int] = {}
for _words, _first in (
    ("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen", 0),
    ("seventeen eighteen nineteen", 17),
    ("cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince", 0),
    ("zero um dois tres quatro cinco seis sete oito nove dez onze doze treze quatorze quinze", 0),
    ("zero un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize", 0),
    ("null eins zwei drei vier funf sechs sieben acht neun zehn elf zwolf", 0),
    ("sifuri moja mbili tatu nne tano sita saba nane tisa kumi", 0),
):
    _UNITS |= {_word: _first + _at for _at, _word in enumerate(_words.split())}
for _number, _words in enumerate(
    (
        "एक واحد واحدة",
        "दो اثنان اثنين اثنتان اثنتين قطعتان قطعتين حبتين علبتين",
        "तीन ثلاث ثلاثة",
        "चार اربع اربعة أربع أربعة",
        "पांच पाँच خمس خمسة",
        "छह छः ست ستة",
        "सात سبع سبعة",
        "आठ ثمان ثماني ثمانية",
        "नौ تسع تسعة",
        "दस عشر عشرة",
    ),
    1,
):
    _UNITS |= {folded(plain(_word)): _number for _word in _words.split()}
for _words, _step, _first in (
    ("twenty thirty forty fifty sixty seventy eighty ninety", 10, 20),
    ("veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa", 10, 20),
    ("vinte trinta quarenta cinquenta sessenta setenta oitenta noventa", 10, 20),
    ("vingt trente quarante cinquante soixante", 10, 20),
    ("zwanzig dreissig vierzig funfzig sechzig siebzig achtzig neunzig", 10, 20),
    ("doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos novecientos", 100, 200),
    ("duzentos trezentos quatrocentos quinhentos seiscentos setecentos oitocentos novecentos", 100, 200),
):
    _UNITS |= {_word: _first + _step * _at for _at, _word in enumerate(_words.split())}
_UNITS |= {
    "uma": 1,
    "duas": 2,
    "una": 1,
    "une": 1,
    "ein": 1,
    "eine": 1,
    "einen": 1,
    "cien": 100,
    "ciento": 100,
    "cem": 100,
}
_UNITS |= {"cento": 100, "dozen": 12, "dutzend": 12, "douzaine": 12, "docena": 12, "duzia": 12, "pair": 2, "couple": 2}
_UNITS |= {
    "both": 2,
    "beide": 2,
    "ambos": 2,
    "ambas": 2,
    "beides": 2,
    "paire": 2,
    "einem": 1,
    "einer": 1,
    "zwo": 2,
    "half": 0,
}
_SCALES = {"hundred": 100, "hundert": 100, "cents": 100, "thousand": 1000, "tausend": 1000, "mil": 1000, "mille": 1000}
_SCALES |= {"lakh": 100_000, "lakhs": 100_000, "lac": 100_000, "million": 10**6, "millones": 10**6, "crore": 10**7}
_JOINS = frozenset(("and", "und", "et", "y", "e", "a"))
_GERMAN = re.compile(
    "|".join(sorted((w for w in (*_UNITS, *_SCALES) if len(w) > 3), key=len, reverse=True)) + "|ein|und"
)
DIGIT_WORDS = {word: number for word, number in _UNITS.items() if number < 10 and word not in ("a", "half")} | {"oh": 0}


def in_words(words: list[str]) -> int | None:
    """Return the number that folded words spell, all of them; None: they spell none."""
    total, part, found = 0, 0, False
    for word in _parts(words):
        if word in _JOINS:
            continue
        if word in _UNITS:
            part += _UNITS[word]
        elif word in _SCALES and _SCALES[word] == 100:
            part = max(part, 1) * 100
        elif word in _SCALES:
            total, part = total + max(part, 1) * _SCALES[word], 0
        else:
            return None
        found = True
    return total + part if found else None


def _parts(words: list[str]) -> Iterable[str]:
    """Yield words, and the parts of German number words."""
    for word in words:
        pieces = _GERMAN.findall(word) if word not in _UNITS and word not in _SCALES and word not in _JOINS else []
        yield from pieces if len(pieces) > 1 and "".join(pieces) == word else [word]


def is_number_word(word: str) -> bool:
    """Return whether a folded word is part of a number."""
    return in_words([word]) is not None


_DOZENS = r"dozens?|dutzend|docenas?|d[uú]zias?|douzaines?"
_GROUPS = re.compile(
    rf"(?<!\w)(?:(?P<half>half(?: an?)?|media|meia|(?:une )?demi(?:e)?|ein halbes|halbes) ?-?(?:{_DOZENS})"
    rf"|(?P<of>\d{{1,3}}|[^\W\d_]+) (?:(?P<dozens>{_DOZENS})|(?:pairs?|par|pares|paires?|paare?)))(?!\w)",
    re.IGNORECASE,
)


def _grouped(text: str) -> tuple[set[Decimal], str]:
    """Return quantities in dozens or pairs, and the text without them. Half a dozen is six."""
    found: set[Decimal] = set()

    def take(group: re.Match[str]) -> str:
        of = "1" if group["half"] or group["of"].lower() == "a" else group["of"]
        count = int(of) if of.isdigit() else in_words(folded(of).split())
        if count is None:
            return group[0]
        found.add(Decimal(count * (12 if group["dozens"] else 6 if group["half"] else 2)))
        return " "

    return found, _GROUPS.sub(take, text)


_COUNT = re.compile(rf"(?<!\d)({NUMBER})(?: ?({MULTIPLIER})(?![^\W\d]))?", re.IGNORECASE)


def counts_in(text: str, region: str = "") -> set[Decimal]:
    """Return all numbers in a text, in digits and in single words: possible quantities."""
    found, text = _grouped(text)
    for number in _COUNT.finditer(text):
        found |= {reading * times(number[2] or "") for reading in readings(number[1], region)}
    for word in folded(text).split():
        if not word.isdigit() and (count := in_words([word])) is not None:
            found.add(Decimal(count))
    return found
