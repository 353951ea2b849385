"""Amounts of money for people. Pure."""

from decimal import Decimal

_DIGITS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV"), 0),
    **dict.fromkeys(("XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}


def money(amount: Decimal, currency: str) -> str:
    """`1,234.50 USD`: as many digits as the currency (ISO 4217) has, and its code."""
    digits = _DIGITS.get(currency, 2)
    return f"{amount:,.{digits}f} {currency}".strip()
