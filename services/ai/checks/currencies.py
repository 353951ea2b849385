"""Symbols, abbreviations and words of currencies, and the codes that each may mean. Data.

Codes are ISO 4217's, as `babel` has them. A word or symbol of several countries means all of their currencies.
"""

from babel.core import get_global

CODES: frozenset[str] = frozenset(get_global("all_currencies"))

# Codes that are words too: they are money only where a workspace's own products have that currency.
_WORDS_TOO_TEXT = """
ALL TRY TOP CUP PEN MAD SOS LAK MOP BAM GEL ANG COP DOP BOB RON AMD SIT LEK SUR MEN
"""
WORDS_TOO = frozenset(_WORDS_TOO_TEXT.split())

_DOLLARS = "USD CAD AUD NZD SGD HKD TWD JMD TTD NAD BSD BBD XCD LRD FJD ZWL MXN ARS CLP COP"
_SHILLINGS = "KES TZS UGX SOS"
_FRANCS = "XOF XAF CHF GNF RWF BIF CDF DJF KMF"
_PESOS = "MXN ARS CLP COP PHP UYU DOP CUP"
_RUPEES = "INR PKR LKR NPR MUR SCR"
_RIYALS = "SAR QAR OMR YER IRR"
_DINARS = "KWD BHD JOD IQD DZD TND LYD RSD"

# As written, capitals count; before or behind the number, and no letter or digit touches them on the other side.
WRITTEN: dict[str, str] = {
    **{"$": _DOLLARS, "US$": "USD", "USD$": "USD", "C$": "CAD", "CA$": "CAD", "A$": "AUD", "AU$": "AUD", "NZ$": "NZD"},
    **{"S$": "SGD", "HK$": "HKD", "NT$": "TWD", "R$": "BRL", "MX$": "MXN", "J$": "JMD", "Z$": "ZWL", "N$": "NAD"},
    **{"€": "EUR", "£": "GBP EGP LBP", "E£": "EGP", "LE": "EGP", "¥": "JPY CNY", "₦": "NGN", "N": "NGN", "₹": "INR"},
    **{
        "Rs": _RUPEES,
        "Re": _RUPEES,
        "RS": _RUPEES,
        "rs": _RUPEES,
        "₵": "GHS",
        "GH₵": "GHS",
        "GH¢": "GHS",
        "GHC": "GHS",
    },
    **{"¢": "GHS USD", "₱": "PHP", "₫": "VND", "₩": "KRW", "₺": "TRY", "TL": "TRY", "₽": "RUB", "₴": "UAH", "₪": "ILS"},
    **{"₡": "CRC", "₸": "KZT", "₾": "GEL", "₼": "AZN", "৳": "BDT", "Tk": "BDT", "฿": "THB", "₲": "PYG", "₭": "LAK"},
    **{
        "KSh": "KES",
        "Ksh": "KES",
        "KSH": "KES",
        "ksh": "KES",
        "KShs": "KES",
        "Kshs": "KES",
        "TSh": "TZS",
        "Tsh": "TZS",
    },
    **{"USh": "UGX", "Ush": "UGX", "Sh": _SHILLINGS, "Shs": _SHILLINGS, "sh": _SHILLINGS, "shs": _SHILLINGS},
    **{"R": "ZAR", "FCFA": "XOF XAF", "F CFA": "XOF XAF", "Fcfa": "XOF XAF", "fcfa": "XOF XAF", "CFA": "XOF XAF"},
    **{"cfa": "XOF XAF", "F": _FRANCS, "Fr": _FRANCS, "Frs": _FRANCS, "FC": "CDF", "FG": "GNF", "FRw": "RWF"},
    **{
        "Dhs": "AED MAD",
        "Dh": "AED MAD",
        "DH": "AED MAD",
        "DHS": "AED MAD",
        "dhs": "AED MAD",
        "SR": "SAR",
        "QR": "QAR",
    },
    **{"KD": "KWD", "BD": "BHD", "JD": "JOD", "RM": "MYR", "Rp": "IDR", "S/": "PEN", "S/.": "PEN", "Bs": "BOB VES"},
    **{
        "Bs.": "BOB VES",
        "zł": "PLN",
        "kr": "SEK NOK DKK ISK",
        "kr.": "DKK",
        "Kč": "CZK",
        "Ft": "HUF",
        "lei": "RON MDL",
    },
    **{"VND": "VND", "đ": "VND", "RMB": "CNY", "元": "CNY TWD", "块": "CNY", "円": "JPY", "원": "KRW", "บาท": "THB"},
    **{
        "﷼": _RIYALS,
        "ریال": _RIYALS,
        "ريال": _RIYALS,
        "ر.س": "SAR",
        "د.إ": "AED",
        "USDT": "USD",
        "K": "ZMW",
        "MK": "MWK",
    },
    **{"Le": "SLE SLL", "Br": "ETB", "ብር": "ETB", "руб": "RUB", "р.": "RUB", "грн": "UAH", "रु": _RUPEES, "रू": _RUPEES},
}
# A single letter is money only right before the number, such as R250, or where the workspace has that currency.
LETTERS = frozenset({"N", "R", "F", "K", "LE", "Le", "Br", "BD", "JD", "KD", "FC", "FG", "SR", "QR", "MK"})

# As words, behind the number; in small letters.
WORDS: dict[str, str] = {
    word: codes
    for words, codes in (
        ("naira nairas", "NGN"),
        ("dollar dollars bucks dólar dólares dolar dolares دولار डॉलर доллар доллара долларов", _DOLLARS),
        ("euro euros eur يورو यूरो евро", "EUR"),
        ("pound pounds quid sterling جنيه", "GBP EGP LBP SDG"),
        ("rupee rupees rupay rupaye rupaiya रुपये रुपए रुपया रुपयों रूपए रूपये روپے روپیہ", _RUPEES),
        ("reais", "BRL"),
        ("peso pesos", _PESOS),
        ("cedi cedis", "GHS"),
        ("shilling shillings shilingi bob", _SHILLINGS),
        ("rand rands", "ZAR NAD"),
        ("dirham dirhams dirhem درهم دراهم درهما", "AED MAD"),
        ("riyal riyals rial rials ريال ريالات ریال", _RIYALS),
        ("dinar dinars دينار دنانير", _DINARS),
        ("franc francs", _FRANCS),
        ("yen", "JPY"),
        ("yuan renminbi", "CNY"),
        ("baht", "THB"),
        ("ringgit", "MYR"),
        ("rupiah", "IDR"),
        ("dong", "VND"),
        ("taka টাকা", "BDT"),
        ("lira liras lirası ليرة", "TRY LBP SYP"),
        ("shekel shekels", "ILS"),
        ("zloty zlotys złoty złotych", "PLN"),
        ("forint", "HUF"),
        ("kroner kronor krona", "SEK NOK DKK"),
        ("koruna korun", "CZK"),
        ("soles", "PEN"),
        ("kwacha", "ZMW MWK"),
        ("pula", "BWP"),
        ("birr", "ETB"),
        ("leone leones", "SLE SLL"),
        ("tenge", "KZT"),
        ("рубль рубля рублей", "RUB"),
        ("гривень гривні гривен", "UAH"),
        ("colones", "CRC"),
        ("bolivianos", "BOB"),
        ("guaranies guaraníes", "PYG"),
    )
    for word in words.split()
}
# Hundredths of the unit.
SMALL: dict[str, str] = {
    **dict.fromkeys(["cent", "cents", "centavo", "centavos", "centimes", "sen"], ""),
    **dict.fromkeys(["p", "pence"], "GBP"),
    **dict.fromkeys(["paise", "paisa"], "INR"),
    "kobo": "NGN",
    "pesewas": "GHS",
}
# Words that mean something else too: money only where prices are spoken of.
DOUBTFUL = frozenset({"pound", "pounds", "p", "bob", "lira", "rand", "dong", "sen", "sterling", "cent", "cents"})
