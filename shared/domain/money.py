"""Amounts of money: decimals only, with as many decimal places as the currency has, never a float. Pure."""

from decimal import ROUND_HALF_UP, Context, Decimal

# ISO 4217 has two decimal places for all other currencies. Not from babel: CLDR has the customary digits, without any
# for currencies such as RSD and IQD, in which prices may have some.
NO_DECIMALS = frozenset(
    [
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "UYI",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    ]
)
THREE_DECIMALS = frozenset(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])
_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)
MAX_PRICE = Decimal(10) ** 12  # a higher one is a mistake in the catalogue


def decimals(currency: str) -> int:
    """Return the number of decimal places."""
    if currency in NO_DECIMALS:
        return 0
    return 3 if currency in THREE_DECIMALS else 2


def rounded(amount: Decimal, currency: str) -> Decimal:
    """Return the amount in the currency's smallest units; half a unit is rounded up."""
    return amount.quantize(Decimal(1).scaleb(-decimals(currency)), context=_EXACT)


def exact(price: Decimal, currency: str) -> Decimal:
    """Return a price of one piece with the currency's decimal places, or with its own where it has more."""
    usual = rounded(price, currency)
    return usual if usual == price else price.normalize(_EXACT)


def times(price: Decimal, quantity: int, currency: str) -> Decimal:
    """Return the cost of a quantity, rounded. The price of one may be finer than the currency's smallest unit."""
    return rounded(_EXACT.multiply(price, Decimal(quantity)), currency)


def total(amounts: list[Decimal], currency: str) -> Decimal:
    """Return the sum; 0 for no amounts."""
    result = rounded(Decimal(0), currency)
    for amount in amounts:
        result = _EXACT.add(result, amount)
    return result


def is_price(amount: Decimal) -> bool:
    """Return whether a product can be sold at this price."""
    return amount.is_finite() and 0 <= amount < MAX_PRICE


def formatted_price(price: Decimal, currency: str) -> str:
    """Return the price of one piece as customers read it, such as `USD 0.0125`."""
    return f"{currency} {exact(price, currency):,f}"


def formatted(amount: Decimal, currency: str) -> str:
    """Return the amount as customers read it, such as `NGN 4,500.00`."""
    return f"{currency} {rounded(amount, currency):,f}"
