"""Divides texts for the checks: sentences, clauses, words, negations. Pure."""

import re
from functools import lru_cache

from services.ai.checks.currencies import CODES, WORDS, WRITTEN
from services.ai.checks.plain_text import plain
from services.ai.checks.wording import ABBREVIATIONS, IDIOMS, LITTLE, NEGATIONS, PORTUGUESE
from shared.text.phrases import folded

_END = re.compile(r"[.!?…]+(?=\s|$)|[!?؟।。\n;]+")
_CLAUSE = re.compile(
    r",(?!\d)|[:()]|\s-\s|\+|=|\b(?:but|and|plus|with|whereas|aber|sondern|und|mit|mais|et|avec|pero|sino|y|con|mas|e|com)\b"
    + plain(r"|\b(?:لكن|لیکن|लेकिन)"),
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+")
_LAST_WORD = re.compile(r"([^\W\d_]+)$")
_LONGEST_ABBREVIATION = 30  # characters searched: a word may be as long as an answer
_MIN_WORD = 3  # letters
_MAX_CACHED_WORD = 30  # letters
_NOTHING = LITTLE | frozenset(map(str.lower, CODES)) | frozenset(folded(plain(word)) for word in (*WORDS, *WRITTEN))
_AMOUNT = re.compile(rf"(?:{'|'.join(sorted({code for code in map(folded, WRITTEN) if code.isalpha()}))})\d{{2,}}k?")


def spans_of_sentences(text: str) -> list[tuple[int, int]]:
    """Return the spans of sentences. A line break or a semicolon ends one."""
    spans, start = [], 0
    for end in _END.finditer(text):
        before = _LAST_WORD.search(text[max(start, end.start() - _LONGEST_ABBREVIATION) : end.start()])
        if end[0] == "." and before is not None and before[1].casefold() in ABBREVIATIONS:
            continue
        spans.append((start, end.start()))
        start = end.end()
    return [*spans, (start, len(text))]


def sentences(text: str) -> list[str]:
    """Return the sentences, without their end marks."""
    return [text[start:end] for start, end in spans_of_sentences(text) if text[start:end].strip()]


def clauses(sentence: str) -> list[str]:
    """Return the clauses of a sentence."""
    return [part for part in _CLAUSE.split(sentence) if part and part.strip()]


def clause_at(sentence: str, at: int) -> tuple[str, str]:
    """Return the clause at a position of a sentence, and the one before it."""
    start, before = 0, ""
    for cut in _CLAUSE.finditer(sentence):
        if cut.start() >= at:
            return sentence[start : cut.start()], before
        before, start = sentence[start : cut.start()], cut.end()
    return sentence[start:], before


def stem(word: str) -> str:
    """Return a folded word without its plural ending."""
    if len(word) > 4 and word.endswith(("ies", "xes", "ses", "hes")):
        return word[:-3] + "y" if word.endswith("ies") else word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def content_of(text: str) -> frozenset[str]:
    """Return the stems of the words that carry meaning; amounts such as `R250` do not."""
    words = [word for word in folded(text).split() if not _AMOUNT.fullmatch(word)]
    return frozenset(
        stem(word) for word in words if len(word) >= _MIN_WORD and word not in _NOTHING and not word.isdigit()
    )


def stems_at(text: str) -> list[tuple[int, int, str]]:
    """Return the span and stem of each word."""
    found = ((word.start(), word.end(), _stem_of(word[0])) for word in _WORD.finditer(text))
    return [place for place in found if place[2]]


def _stem_of(word: str) -> str:
    return _known_stem(word) if len(word) <= _MAX_CACHED_WORD else _new_stem(word)


def _new_stem(word: str) -> str:
    words = folded(word).split()
    return stem(words[0]) if words else ""


_known_stem = lru_cache(maxsize=4096)(_new_stem)  # few words are most of all texts


_NUMBERED = re.compile(  # `article no. 7` is no negation
    r"\bnos?\. ?#?(?=\w*\d)|\b(?:article|part|item|order|serial|tracking|model|batch|ticket|booking|invoice) no\b",
    re.IGNORECASE,
)
_DENIED_BEHIND = re.compile(
    r"^(?:\S+ ){0,4}(?:(?:is|are|was) )?(?:not|isnt|arent|wasnt|cannot|cant|doesnt|nicht|pas|nao|no) (?:\S+ )?"
    r"(?:available|possible|valid|offered|on offer|something|applicable|apply|active|running|true|correct|real|included"
    r"|part|be|moglich|verfugbar|disponible|valable|possivel|disponivel|posible|valido)\b"
    r"|^(?:\S+ ){0,3}(?:is|are|was|has) (?:unavailable|impossible|expired|ended|over)\b"
)


def denied(before: str, behind: str = "") -> bool:
    """Return whether what stands between these two is denied in its clause: `there is no`, `isn't available`; not `no
    more than`.
    """
    before = _NUMBERED.sub(" ", before)
    text = f" {folded((clauses(before) or [''])[-1].replace(chr(39), ''))} "
    for idiom in IDIOMS:
        text = text.replace(f" {idiom} ", " ")
    words = set(text.split())
    if "no" in words and PORTUGUESE & words:
        words.discard("no")
    later = folded((clauses(behind) or [""])[0].replace(chr(39), ""))
    return not NEGATIONS.isdisjoint(words) or _DENIED_BEHIND.search(later) is not None
