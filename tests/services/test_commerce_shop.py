"""The shop in a conversation: what customers say and hear."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.commerce import shop
from shared.domain import ids
from shared.domain.conversation import OrderPlaced
from shared.flows.engine.actions import CustomerInput
from shared.messages.content import Location, Media, MediaKind, Text
from shared.messages.inbound import Provider
from shared.messages.outbound import ButtonsBody
from shared.providers.registry import limits_of
from tests.fuzz.nasty import NASTY_TEXTS
from tests.services.builders import workspace
from tests.services.shop_builders import COASTERS, Customer, a_shop, facts, lines, products

LIMITS = limits_of(Provider.META)


def placed(customer: Customer) -> OrderPlaced:
    """The order that the last answer led to."""
    assert customer.last is not None
    [order] = customer.last.effects
    assert isinstance(order, OrderPlaced)
    return order


def test_dialogue_of_a_first_order() -> None:
    ada = Customer()
    assert "menu" in ada.says("hi")
    catalogue = ada.says("1")
    assert "*Catalogue*" in catalogue
    assert "1. Oak coaster – USD 4.50" in catalogue
    said = ada.says("1 x 10")
    assert "Added: 10 x Oak coaster" in said
    assert "USD 45.00" in said
    said = ada.says("place order")
    order = placed(ada)
    assert f"*{order.number}* is confirmed" in said
    assert "USD 45.00" in said
    assert (order.total, order.currency) == ("45.00", "USD")
    assert order.lines == ({"sku": "C1", "name": "Oak coaster", "quantity": 10, "price": "4.50", "total": "45.00"},)
    assert ada.cart == ()
    assert "empty" in ada.says("place order")
    assert ada.last is not None
    assert ada.last.effects == ()


def test_redelivered_message_makes_the_same_order() -> None:
    once, again = (
        shop.answer_shop_message(
            facts(cart=lines(C1=1)), CustomerInput(content=Text(body="checkout"), text="checkout"), ()
        ),
    ) * 2
    assert once is not None
    assert again is not None
    assert once == again
    [order] = once.effects
    assert isinstance(order, OrderPlaced)
    assert order.id == ids.derived_id("order", "acme:meta:1")


@pytest.mark.parametrize("greeting", ["hi", "Hello", "hey", "hola", "bonjour", "olá", "MENU", "start", "Hi! 👋"])
def test_greeting_shows_the_menu_with_equivalent_buttons_and_numbers(greeting: str) -> None:
    ada, ben = Customer(), Customer()
    ada.says(greeting)
    assert ada.last is not None
    [menu] = ada.last.bodies
    assert isinstance(menu, ButtonsBody)
    assert len(menu.buttons) <= LIMITS.buttons
    for number, button in enumerate(menu.buttons, 1):
        ben.says(greeting)
        assert ada.says(str(number)) == ben.chooses(button.id) != ""
        ada.says(greeting)


def test_workspace_without_a_catalogue_has_no_shop() -> None:
    ada = Customer(workspace())
    assert [ada.says(said) for said in ("hi", "1", "1 x 10", "place order", "orders", "help")] == [""] * 6


LEFT_TO_OTHERS = (
    "where are you?",
    "1",  # nothing was offered
    "more",  # of what?
    "10 of them",
    "C9 x 3",
    "add me to your list",
    "remove my number please",
    "an order of magnitude",
)


@pytest.mark.parametrize("said", LEFT_TO_OTHERS)
def test_text_about_other_things_is_left_to_other_stages(said: str) -> None:
    assert Customer().says(said) == ""


def test_content_without_text_is_left_to_other_stages() -> None:
    ada = Customer()
    for content in (Location(latitude=1, longitude=2), Media(kind=MediaKind.IMAGE, caption="cart")):
        assert ada.sends(content, text="cart") == ""
    assert ada.chooses("flow:yes") == ""


def test_catalogue_pages_number_products_continuously() -> None:
    ada = Customer(a_shop(products(23)))
    assert "10. Product 10" in ada.says("catalogue")
    second = ada.says("more")
    assert "11. Product 11" in second
    assert "10. Product 10" not in second
    assert "*Product 12*" in ada.says("12")
    assert "page 3 of 3" in ada.says("next")
    assert "page 3 of 3" in ada.says("more")
    assert "*Product 2*" in ada.says("2"), "an earlier page's"
    assert "page 2 of 3" in ada.says("back")
    ada.says("17 x 2")
    assert ada.cart == lines(P17=2)
    assert "There is no number 99" in ada.says("99")


def test_number_means_the_product_shown_even_if_the_catalogue_has_changed() -> None:
    ada = Customer()
    ada.says("catalogue")
    ada.workspace = a_shop(({"sku": "N1", "name": "New one", "price": "1", "currency": "USD"}, *COASTERS))
    assert "*Oak coaster*" in ada.says("1")
    ada.says("1 x 2")
    assert ada.cart == lines(C1=2)
    ada.workspace = a_shop(COASTERS[1:])
    assert "no product" in ada.says("1 x 2")
    assert "not available" in ada.chooses("shop:item:C1")


@pytest.mark.parametrize("named", ["C1 x 10", "10 x c1", "10 of 1", "add 10 C1", "1x10", "10 of Oak coasters"])
def test_product_is_found_by_number_sku_or_name(named: str) -> None:
    ada = Customer()
    ada.says(named)
    assert ada.cart == lines(C1=10)


def test_product_name_alone_shows_the_product() -> None:
    assert "solid oak" in Customer().says("oak coaster")


def test_sku_of_digits_is_found_unless_it_is_a_catalogue_number() -> None:
    ada = Customer()
    ada.says("77 x 2")
    assert ada.cart == lines(**{"77": 2})


def test_possible_lines_of_a_message_are_added_and_others_reported() -> None:
    ada = Customer()
    said = ada.says("hello\n1 x 10\n2 x 0\n3x5\nadd 2 C9\n1 x 1000000000\nthank you")
    assert ada.cart == lines(**{"C1": 10, "77": 5})
    assert "order at least 1" in said
    assert "no product “C9”" in said
    assert "at most 9,999" in said
    assert ada.last is not None
    assert ada.last.outcome == "partly"


def test_products_are_removed_from_the_cart() -> None:
    ada = Customer()
    ada.says("1 x 10\n2 x 5")
    assert "Removed: 4 x Oak coaster" in ada.says("remove 4 of 1")
    ada.says("remove C2")
    assert ada.cart == lines(C1=6)
    assert "not in your cart" in ada.says("remove 2")
    assert "empty" in ada.says("clear cart")
    assert ada.cart == ()
    assert "empty" in ada.says("cart")


def test_cart_shows_current_prices() -> None:
    ada = Customer(a_shop(currency="USD"))
    ada.says("1 x 10\n3 x 3")
    ada.workspace = a_shop(({**COASTERS[0], "price": "5"}, *COASTERS[1:]))
    said = ada.says("cart")
    assert "Oak coaster x 10 = USD 50.00 (number 1)" in said
    assert "Total: USD 57.52" in said
    ada.chooses("shop:place_order")
    assert placed(ada).total == "57.52"


def test_number_after_the_cart_neither_orders_nor_clears() -> None:
    ada = Customer()
    ada.says("1 x 10")
    ada.says("cart")
    assert [title for _, title in ada.options] == ["Add more", "Place order", "Clear cart"]
    for number in ("2", "3"):
        assert "reply *place order*" in ada.says(number)
    assert ada.cart == lines(C1=10)
    assert "*Catalogue*" in ada.says("1")


def test_order_with_a_removed_product_is_not_placed() -> None:
    ada = Customer()
    ada.says("1 x 10\n2 x 1")
    ada.workspace = a_shop(COASTERS[1:])
    said = ada.says("place order")
    assert "not placed yet" in said
    assert "Not available any more and taken out of your cart: C1" in said
    assert ada.last is not None
    assert ada.last.effects == ()
    assert ada.cart == lines(C2=1)
    ada.says("place order")
    assert placed(ada).total == "6.00"


MIXED = ({"sku": "N1", "name": "Naira thing", "price": "100", "currency": "NGN"}, *COASTERS)


def test_cart_has_one_currency() -> None:
    ada = Customer(a_shop(MIXED))
    ada.says("1 x 1")
    assert "sold in USD, but this order is in NGN" in ada.says("2 x 1")
    assert ada.cart == lines(N1=1)
    ada = Customer(a_shop(MIXED, currency="USD"))
    assert "sold in NGN, but this order is in USD" in ada.says("1 x 1")
    assert ada.cart == ()


def test_product_without_a_valid_price_cannot_be_ordered() -> None:
    ada = Customer(a_shop(products(1, price="1e400")))
    assert "price on request" in ada.says("catalogue")
    assert "has no price" in ada.says("1 x 1")
    assert ada.cart == ()


def test_recent_orders_are_listed() -> None:
    known = [{"number": "K7M4-Q2XC", "state": "paid", "total": "1200.5", "currency": "NGN"}]
    assert "K7M4-Q2XC: paid, NGN 1,200.50" in Customer(recent_orders=known).says("orders")
    assert "no orders yet" in Customer().says("orders")


def test_help_keeps_the_offered_options() -> None:
    ada = Customer()
    ada.says("catalogue")
    offered = ada.options
    for said in ("help", "orders", "cart"):
        assert ada.says(said)
        assert ada.options == offered


def test_every_answer_fits_into_a_message() -> None:
    long = products(60, price="999999999999.99", description="d" * 1000)
    for number, product in enumerate(long, 1):
        product["name"] = f"{number} " + "n" * 190
    ada = Customer(a_shop(long, name="A" * 200))
    for said in ("hi", "catalogue", "more", "1", *(f"{n} x 9999" for n in range(1, 52)), "cart", "help", "place order"):
        assert ada.says(said)
        assert ada.last is not None
        for body in ada.last.bodies:
            assert len(getattr(body, "body", "")) <= (
                LIMITS.interactive_body if isinstance(body, ButtonsBody) else LIMITS.text
            )
    assert len(placed(ada).lines) == 50


@given(st.lists(st.sampled_from(NASTY_TEXTS) | st.text(max_size=40) | st.sampled_from(("1", "1 x 10", "cart", "hi"))))
def test_any_text_is_answered_without_an_error(said: list[str]) -> None:
    ada = Customer()
    for text in said:
        ada.says(text)
        assert all(line.quantity > 0 for line in ada.cart)
