"""Carts and money: never negative, never more than fits, exact to the currency's last digit."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.commerce.cart import (
    MAX_LINES,
    Cart,
    CartFull,
    add_to_cart,
    price_lines,
    quantity_of,
    remove_from_cart,
    total_of,
)
from shared.commerce.typed_orders import MAX_QUANTITY
from shared.domain import money
from tests.services.shop_builders import a_shop, lines

IN_WORDS = {
    ("4500", "NGN"): "NGN 4,500.00",
    ("0", "USD"): "USD 0.00",
    ("1234.5", "JPY"): "JPY 1,235",
    ("1.0005", "KWD"): "KWD 1.001",
    ("2.505", "USD"): "USD 2.51",
    ("1234567.891", "XYZ"): "XYZ 1,234,567.89",
}


@pytest.mark.parametrize("given_", IN_WORDS, ids=" ".join)
def test_amount_has_the_digits_of_its_currency(given_: tuple[str, str]) -> None:
    assert money.formatted(Decimal(given_[0]), given_[1]) == IN_WORDS[given_]


def test_price_finer_than_the_currency_is_shown_and_multiplied_as_it_is() -> None:
    assert money.formatted_price(Decimal("0.01250"), "USD") == "USD 0.0125"
    assert money.formatted_price(Decimal("4500"), "NGN") == "NGN 4,500.00"
    assert money.times(Decimal("0.0125"), 1000, "USD") == Decimal("12.50")
    assert money.times(Decimal("0.004"), 1000, "USD") == Decimal("4.00")
    assert money.times(Decimal("0.004"), 1, "USD") == Decimal("0.00")


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-0.01", "1e12", "1e999999"])
def test_invalid_price_is_rejected(amount: str) -> None:
    assert not money.is_price(Decimal(amount))


def test_line_total_is_the_unit_price_times_the_quantity_rounded() -> None:
    found, gone = price_lines(a_shop(), lines(**{"77": 3, "C1": 2, "C9": 1}))
    assert [str(line.total) for line in found] == ["7.52", "9.00"]
    assert str(total_of(found, "USD")) == "16.52"
    assert [line.sku for line in gone] == ["C9"]


def test_largest_possible_cart_is_summed_exactly() -> None:
    price = Decimal("999999999999.999")
    one = money.times(price, MAX_QUANTITY, "KWD")
    assert money.total([one] * 50, "KWD") == Decimal("499949999999999500.050")


def test_cart_size_is_limited() -> None:
    cart = add_to_cart((), "C1", MAX_QUANTITY)
    with pytest.raises(CartFull, match="9,999"):
        add_to_cart(cart, "C1", 1)
    full: Cart = ()
    for number in range(MAX_LINES):
        full = add_to_cart(full, f"P{number}", 1)
    with pytest.raises(CartFull, match="50"):
        add_to_cart(full, "one more", 1)
    assert quantity_of(add_to_cart(full, "P7", 2), "P7") == 3
    for impossible in (0, -1):
        with pytest.raises(ValueError, match="positive"):
            add_to_cart((), "C1", impossible)


def test_line_keeps_its_position_until_removed() -> None:
    cart = lines(C1=2, C2=1)
    assert add_to_cart(cart, "C1", 3) == lines(C1=5, C2=1)
    assert remove_from_cart(cart, "C1", 1) == lines(C1=1, C2=1)
    assert (
        remove_from_cart(cart, "C1")
        == remove_from_cart(cart, "C1", 2)
        == remove_from_cart(cart, "C1", 99)
        == lines(C2=1)
    )
    assert remove_from_cart(cart, "C9") == cart


STEPS = st.lists(st.tuples(st.booleans(), st.sampled_from("ABC"), st.none() | st.integers(1, 12_000)), max_size=40)


@given(STEPS)
def test_quantities_stay_between_1_and_9999(
    steps: list[tuple[bool, str, int | None]],
) -> None:
    cart: Cart = ()
    for is_added, sku, quantity in steps:
        before = quantity_of(cart, sku)
        if is_added:
            try:
                cart = add_to_cart(cart, sku, quantity or 1)
            except CartFull:
                assert before + (quantity or 1) > MAX_QUANTITY
        else:
            cart = remove_from_cart(cart, sku, quantity)
            assert quantity_of(cart, sku) == (0 if quantity is None else max(0, before - quantity))
        assert all(1 <= line.quantity <= MAX_QUANTITY for line in cart)
        assert len({line.sku for line in cart}) == len(cart)
