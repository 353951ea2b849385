"""Amounts of money: decimals only, with as many decimals as the currency has, never a float."""

from decimal import ROUND_HALF_UP, Context, Decimal

# ISO 4217, where it is not two.
_DECIMALS = dict.fromkeys(
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0
) | dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3)
_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)
MOST = Decimal(10) ** 12  # of a price; above it something is wrong with the catalogue


def decimals(currency: str) -> int:
    """How many digits stand behind the point."""
    return _DECIMALS.get(currency, 2)


def rounded(amount: Decimal, currency: str) -> Decimal:
    """The amount as it can be paid: half a smallest unit is rounded up."""
    return amount.quantize(Decimal(1).scaleb(-decimals(currency)), context=_EXACT)


def times(price: Decimal, quantity: int, currency: str) -> Decimal:
    """What so many cost, at the price that one can be paid with."""
    return _EXACT.multiply(rounded(price, currency), Decimal(quantity))


def total(amounts: list[Decimal], currency: str) -> Decimal:
    """The sum; of nothing it is 0."""
    result = rounded(Decimal(0), currency)
    for amount in amounts:
        result = _EXACT.add(result, amount)
    return result


def is_price(amount: Decimal) -> bool:
    """Whether something can be sold for it."""
    return amount.is_finite() and 0 <= amount < MOST


def in_words(amount: Decimal, currency: str) -> str:
    """As customers read it: `NGN 4,500.00`."""
    return f"{currency} {rounded(amount, currency):,f}"
