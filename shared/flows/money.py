"""Amounts of money for people. Pure."""

from decimal import Decimal

# ISO 4217, where it is not two.
_NONE = ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF")
_THREE = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
_DECIMALS = {**dict.fromkeys((*_NONE, "XPF"), 0), **dict.fromkeys(_THREE, 3)}


def money(amount: Decimal, currency: str) -> str:
    """`NGN 4,500.00`: with as many decimals as the currency has."""
    return f"{currency} {amount:,.{_DECIMALS.get(currency, 2)}f}".strip()
