"""Finds in a text what is checked: hosts, contacts, amounts of money, percentages. Pure."""

import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from shared.words import folded

# What WhatsApp makes a link of without a scheme; the rest needs one, or a path, to be one.
_TLDS = (
    "com|net|org|info|biz|io|co|me|app|dev|shop|store|online|site|xyz|top|club|link|live|ly|gl|gg|to|cc|tk|ru|cn|ng|ke|gh|za|eg|"
    "uk|us|ca|au|in|pk|bd|id|my|sg|ph|vn|th|jp|kr|br|mx|ar|cl|pe|es|pt|fr|de|it|nl|be|ch|at|pl|se|no|dk|fi|ie|tr|ae|sa|il|example"
)
_SCHEME = re.compile(r"(?i)\b(?:https?|ftp)\s*:\s*/\s*/\s*([^\s/?#<>\"')\]]+)")
_BARE = re.compile(rf"(?i)(?<![@\w.-])((?:[a-z0-9](?:[a-z0-9-]{{0,62}})\.)+(?:{_TLDS}))(?![\w-])(?!\.[a-z])")
_WITH_PATH = re.compile(r"(?i)(?<![@\w.-])((?:[a-z0-9-]{1,63}\.)+[a-z]{2,24})/\S")
_IP = re.compile(r"(?<![\d.])(\d{1,3}(?:\.\d{1,3}){3})(?![\d.])")
_EMAIL = re.compile(r"(?i)[\w.+-]{1,64}@(?:[a-z0-9-]{1,63}\.)+[a-z]{2,24}")
_PHONE = re.compile(r"(?<![\w.,])\+?\(?\d(?:[\s().\-/]{0,2}\d){8,17}(?![\w])")
_CURRENCY = (
    r"(?:[A-Z]{2,3}\s?\$|[$€£¥₦₹₵₱₫₩₺₽₴₪₡]|\bR\$|\b(?:USD|EUR|GBP|NGN|KES|GHS|ZAR|INR|BRL|MXN|ARS|COP|CLP|PEN|CAD|AUD|JPY|CNY|"
    r"AED|SAR|EGP|MAD|XOF|XAF|IDR|MYR|PHP|SGD|THB|TRY|PKR|BDT|KWD)\b|\bN(?=\d))"
)
_WORDS = (
    r"(?:dollars?|bucks|euros?|pounds?|naira|cents?|rupees?|reais|real|pesos?|cedis?|shillings?|rand|dirhams?|francs?|"
    r"USD|EUR|GBP|NGN|KES|GHS|ZAR|INR|BRL|MXN|ARS|[$€£₦₹])"
)
_NUMBER = r"\d{1,3}(?:[ ,.\u00a0']\d{3})+(?:[.,]\d{1,3})?|\d+(?:[.,]\d{1,3})?"
_MONEY = re.compile(rf"{_CURRENCY}\s?({_NUMBER})(?![\d])|({_NUMBER})\s?{_WORDS}(?![a-z])", re.IGNORECASE)
_PERCENT = re.compile(r"(\d{1,3}(?:[.,]\d+)?)\s?(?:%|per ?cent|percent)", re.IGNORECASE)
_OFF = re.compile(r"(?i)\b(?:off|discount|cheaper|rebate|descuento|desconto|rabais|remise|reduction|less)\b")
_NOTHING = re.compile(
    r"(?i)\b(?:for free|free of charge|free (?:order|item|product|gift|coaster)s?|at no (?:cost|charge)|costs? nothing|"
    r"without (?:paying|payment)|on the house|full refund|gratis|gratuit|de graça)\b"
)


def plain(text: str) -> str:
    """The text as a reader sees it: full-width letters and the like as what they look like, nothing invisible."""
    if text.isascii():
        return text  # as it would come out, a hundred times sooner
    folded = unicodedata.normalize("NFKC", text)
    return "".join(char for char in folded if unicodedata.category(char) not in ("Cf", "Mn") or char == "\n")


def digits(text: str) -> str:
    """The digits of a number."""
    return "".join(char for char in text if char.isdigit())


def hosts(text: str) -> Iterator[str]:
    """Hosts that the text links to, in small letters, without a port."""
    for found in _SCHEME.findall(text):
        yield found.rpartition("@")[2].partition(":")[0].lower().strip(".")
    for pattern in (_BARE, _WITH_PATH, _IP):
        for found in pattern.findall(text):
            yield found.lower()


def contacts(text: str) -> Iterator[str]:
    """E-mail addresses in small letters, and the digits of phone numbers."""
    for found in _EMAIL.findall(text):
        yield found.lower().strip(".")
    for found in _PHONE.findall(text):
        yield digits(found)


def amounts(text: str) -> Iterator[Decimal]:
    """Amounts of money, whatever the currency."""
    for before, after in _MONEY.findall(text):
        amount = _amount(before or after)
        if amount is not None:
            yield amount


def percentages(text: str) -> Iterator[Decimal]:
    """Percentages in sentences that speak of a discount."""
    for sentence in _sentences(text):
        if _OFF.search(sentence):
            yield from shares(sentence)


def shares(text: str) -> Iterator[Decimal]:
    """All percentages, as the texts of an ad have them: `Walnut -20%`."""
    return (Decimal(one.replace(",", ".")).normalize() for one in _PERCENT.findall(text))


def given_away(text: str) -> Iterator[frozenset[str]]:
    """Of each sentence that says that something is for nothing: its longer words, which say what."""
    for sentence in _sentences(text):
        if _NOTHING.search(sentence):
            rest = folded(_NOTHING.sub(" ", sentence))
            yield frozenset(word for word in rest.split() if len(word) > 4)


def _sentences(text: str) -> list[str]:
    return re.split(r"[.!?\n](?!\d)", text)


def _amount(written: str) -> Decimal | None:
    """`1,200.50`, `1.200,50`, `1 200`: a group of three digits at the end is thousands."""
    text = re.sub(r"[ \u00a0']", "", written)
    if re.fullmatch(r"\d{1,3}([.,]\d{3})+", text):
        text = re.sub(r"[.,]", "", text)
    else:
        whole, point, part = text.replace(",", ".").rpartition(".")
        text = f"{whole.replace('.', '')}.{part}" if point else part
    try:
        return Decimal(text).normalize()
    except InvalidOperation:
        return None
