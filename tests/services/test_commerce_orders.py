"""Orders: their numbers, WhatsApp's own orders, what customers hear of them, and the shop as actions of flows."""

from typing import Any

import pytest

from shared.commerce.actions import ACTIONS
from shared.commerce.order_changes import decide_order_change
from shared.commerce.orders import NotPlaceable, build_order
from shared.commerce.texts import notification
from shared.domain import ids
from shared.domain.conversation import OrderPlaced
from shared.domain.orders import (
    ALLOWED_TRANSITIONS,
    Order,
    OrderState,
    TransitionNotAllowed,
    check_transition,
    order_number,
    parse_order_number,
    previous_states,
)
from shared.messages.commands import OrderChanged
from shared.messages.content import CatalogOrder as MetaOrder
from shared.messages.content import OrderItem
from tests.services.builders import NOW
from tests.services.shop_builders import Customer, call, facts, lines, text_of


def test_order_number_is_short_speakable_and_deterministic() -> None:
    numbers = [order_number(ids.derived_id("order", str(number))) for number in range(2000)]
    assert numbers == [order_number(ids.derived_id("order", str(number))) for number in range(2000)]
    assert len(set(numbers)) == 2000
    assert not set("".join(numbers)) & set("01OILSZBGAEU")
    assert all(len(number) == 9 and number[4] == "-" for number in numbers)
    assert all(parse_order_number(number.lower().replace("-", " ").replace("5", "s")) == number for number in numbers)


def test_empty_or_unorderable_cart_makes_no_order() -> None:
    for cart in ((), lines(C1=1, C9=1)):
        with pytest.raises(NotPlaceable):
            build_order(facts(), cart)


def test_order_states_only_advance_and_all_are_reachable() -> None:
    assert set(ALLOWED_TRANSITIONS) == set(OrderState)
    order = list(OrderState)
    assert all(
        order.index(now) < order.index(after) for now, following in ALLOWED_TRANSITIONS.items() for after in following
    )
    assert [state for state in OrderState if not previous_states(state)] == [OrderState.PLACED]
    with pytest.raises(TransitionNotAllowed, match="is shipped and cannot become cancelled; it can become: delivered"):
        check_transition("K7M4-Q2XC", OrderState.SHIPPED, OrderState.CANCELLED)


def meta_order(*items: tuple[str, int, str]) -> MetaOrder:
    return MetaOrder(
        catalog_id="1", items=tuple(OrderItem(sku=s, quantity=q, price=p, currency="USD") for s, q, p in items)
    )


def test_whatsapp_catalogue_order_is_placed_and_keeps_the_cart() -> None:
    ada = Customer()
    ada.says("2 x 3")
    said = ada.sends(meta_order(("C1", 2, "4.50"), ("77", 1, ""), ("C1", 1, "4.5")))
    assert "is confirmed" in said
    assert ada.last is not None
    [order] = ada.last.effects
    assert isinstance(order, OrderPlaced)
    assert [(line["sku"], line["quantity"]) for line in order.lines] == [("C1", 3), ("77", 1)]
    assert order.total == "16.01"
    assert ada.cart == lines(C2=3)


def test_whatsapp_catalogue_may_write_a_sku_in_other_capitals() -> None:
    ada = Customer()
    assert "is confirmed" in ada.sends(meta_order(("c1", 2, "4.5"), ("C1", 1, "4.5")))
    assert ada.last is not None
    [order] = ada.last.effects
    assert isinstance(order, OrderPlaced)
    assert [(line["sku"], line["quantity"]) for line in order.lines] == [("C1", 3)]


DIFFERENT: dict[str, tuple[MetaOrder, str, dict[str, int], str]] = {
    "another price": (meta_order(("C1", 2, "4.00")), "costs USD 4.50 now", {"C1": 2}, "changed"),
    "no price at all": (meta_order(("C1", 2, "cheap")), "costs USD 4.50 now", {"C1": 2}, "changed"),
    "one that is not sold": (meta_order(("C1", 2, "4.5"), ("X", 1, "1")), "do not sell “X”", {"C1": 2}, "changed"),
    "none that is sold": (meta_order(("X", 1, "1"), ("1", 1, "4.5")), "do not sell “1”", {}, "unknown"),
    "too many": (meta_order(("C1", 9999, "4.5"), ("C1", 1, "4.5")), "from 1 to 9,999", {}, "unknown"),
    "less than one": (meta_order(("C1", -1, "4.5")), "from 1 to 9,999", {}, "unknown"),
    "nothing": (meta_order(), "without products", {}, "empty"),
}


@pytest.mark.parametrize("case", DIFFERENT)
def test_order_that_differs_from_the_catalogue_is_not_placed(case: str) -> None:
    order, expected, cart, outcome = DIFFERENT[case]
    ada = Customer()
    said = ada.sends(order)
    assert expected in said
    assert ada.last is not None
    assert (ada.last.effects, ada.last.outcome) == ((), outcome)
    assert ada.cart == lines(**cart)
    if cart:
        assert "not placed yet" in said
        assert "is confirmed" in ada.says("place order")


def test_enormous_whatsapp_order_fits_into_a_message() -> None:
    ada = Customer()
    ada.sends(meta_order(*((f"S{number}" * 30, 10**30, "1") for number in range(2000))))
    assert ada.last is not None
    assert sum(len(getattr(body, "body", "")) for body in ada.last.bodies) < 4096


def stored(state: OrderState = OrderState.PLACED, **changes: Any) -> Order:
    values: dict[str, Any] = {"conversation_id": "c1", **changes}
    return Order(
        id="o1",
        number="K7M4-Q2XC",
        state=state,
        lines=(),
        total="4500",
        currency="NGN",
        placed_at=NOW,
        updated_at=NOW,
        **values,
    )


def changed(state: str, text: str = "") -> OrderChanged:
    return OrderChanged(
        id="m1",
        workspace="acme",
        correlation_id="0" * 32,
        created_at=NOW,
        conversation_id="c1",
        by="u9",
        number="K7M4-Q2XC",
        state=state,
        text=text,
    )


def test_each_order_state_has_its_own_notification() -> None:
    told = [notification(stored(), state) for state in OrderState]
    assert len(set(told)) == len(told)
    assert all("K7M4-Q2XC" in text for text in told)
    assert "NGN 4,500.00" in notification(stored(), OrderState.PAID)


def test_notifications_of_an_open_order_repeat_the_note() -> None:
    noted = {state for state in OrderState if "the gate" in notification(stored(note="Leave it at the gate"), state)}
    assert noted == {OrderState.CONFIRMED, OrderState.SHIPPED}


def test_order_change_is_checked_against_the_stored_order() -> None:
    assert decide_order_change(stored(), changed("confirmed")).state is OrderState.CONFIRMED
    assert decide_order_change(stored(), changed("paid", " Got it. ")).text == "Got it."
    for order, command, why in (
        (None, changed("confirmed"), "there is no order"),
        (stored(conversation_id="c2"), changed("confirmed"), "there is no order"),
        (stored(), changed("sold"), "not a state"),
        (stored(OrderState.SHIPPED), changed("cancelled"), "cannot become cancelled"),
        (stored(OrderState.PAID), changed("paid"), "cannot become paid"),
    ):
        verdict = decide_order_change(order, command)
        assert (verdict.state, verdict.text) == (None, "")
        assert why in verdict.why


ACTED: dict[str, tuple[str, dict[str, Any], dict[str, int], str, dict[str, int] | None]] = {
    "the menu": ("shop.menu", {}, {}, "", None),
    "a page": ("shop.catalog", {"page": 9}, {}, "", None),
    "a page that is no number": ("shop.catalog", {"page": "x"}, {}, "", None),
    "a product": ("shop.product", {"product": 2}, {}, "", None),
    "no such product": ("shop.product", {"product": "C9"}, {}, "unknown", None),
    "one more": ("shop.add", {"product": "C1"}, {"C1": 1}, "", {"C1": 2}),
    "some more": ("shop.add", {"product": 1, "quantity": 3}, {}, "", {"C1": 3}),
    "too many": ("shop.add", {"product": 1, "quantity": "10000"}, {}, "refused", {}),
    "no number of pieces": ("shop.add", {"product": 1, "quantity": "lots"}, {}, "refused", {}),
    "what was typed": ("shop.add", {"text": "1 x 2\n2 x 3"}, {}, "", {"C1": 2, "C2": 3}),
    "nothing to add": ("shop.add", {}, {}, "unknown", None),
    "some less": ("shop.remove", {"product": "C1", "quantity": 1}, {"C1": 3}, "", {"C1": 2}),
    "all of it": ("shop.remove", {"product": "C1"}, {"C1": 3}, "", {}),
    "not in there": ("shop.remove", {"product": "C1"}, {}, "empty", {}),
    "an empty cart cleared": ("shop.clear", {}, {}, "empty", None),
    "a cart cleared": ("shop.clear", {}, {"C1": 1}, "", {}),
    "an empty cart": ("shop.cart", {}, {}, "empty", {}),
    "a cart": ("shop.cart", {}, {"C1": 1}, "", {"C1": 1}),
    "an empty order": ("shop.place_order", {}, {}, "empty", None),
    "an order": ("shop.place_order", {}, {"C1": 1}, "", {}),
    "an order of what is gone": ("shop.place_order", {}, {"C9": 1, "C1": 1}, "changed", {"C1": 1}),
    "no orders": ("shop.orders", {}, {}, "empty", None),
    "help": ("shop.help", {}, {}, "", None),
}


@pytest.mark.parametrize("case", ACTED)
def test_shop_action_of_a_flow_has_its_outcome_and_cart(case: str) -> None:
    name, arguments, cart, outcome, after = ACTED[case]
    result = ACTIONS[name](call(name, cart=lines(**cart), **arguments))
    assert result.outcome == outcome
    assert result.cart == (None if after is None else lines(**after))
    assert text_of(result)


def test_every_shop_action_has_a_case_and_a_description() -> None:
    assert {case[0] for case in ACTED.values()} == set(ACTIONS)
    described = ACTIONS["shop.menu"].__globals__["__doc__"]
    assert all(f"    {name} " in described or f"    {name}\n" in described for name in ACTIONS)


def test_action_without_arguments_uses_the_customers_text() -> None:
    result = ACTIONS["shop.add"](call("shop.add", said="1 x 10"))
    assert result.cart == lines(C1=10)


def test_order_number_is_a_variable_of_the_flow() -> None:
    result = ACTIONS["shop.place_order"](call("shop.place_order", cart=lines(C1=2)))
    [order] = result.effects
    assert isinstance(order, OrderPlaced)
    assert result.variables == {"order": order.number, "total": "9.00", "currency": "USD"}
