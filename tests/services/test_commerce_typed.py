"""Parsing of shop texts: orders, removals and keywords; any other text is left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.commerce.keywords import KEYWORDS, ShopKeyword
from shared.commerce.typed_orders import (
    MAX_QUANTITY,
    AddToCart,
    InvalidQuantity,
    NumberChoice,
    QuantityError,
    RemoveFromCart,
    TypedInput,
    UnreadableLine,
    parse_typed,
)
from tests.fuzz.nasty import NASTY_TEXTS

READ: dict[str, tuple[TypedInput, ...]] = {
    "1 x 10 and 2 x 5": (AddToCart("1", 10), AddToCart("2", 5)),
    "1 x 10 y 2 x 5, 3x1 & 4x1": (AddToCart("1", 10), AddToCart("2", 5), AddToCart("3", 1), AddToCart("4", 1)),
    "add 2 C1 et 3 C2": (AddToCart("C1", 2), AddToCart("C2", 3)),
    "add 1 and 2": (AddToCart("1"), AddToCart("2")),
    "remove 1 and C2": (RemoveFromCart("1"), RemoveFromCart("C2")),
    "oak coaster x 2 and 1 x 5": (AddToCart("oak coaster", 2, sure=False), AddToCart("1", 5)),
    "cancel 1 x 10 and 2 x 5": (AddToCart("cancel 1 x 10 and 2", 5, sure=False),),
    "do you have rugs of 2 x 3 and 3 x 4": (AddToCart("do you have rugs of 2 x 3 and 3", 4, sure=False),),
    "2 x salt and pepper": (AddToCart("salt and pepper", 2, sure=False),),
    "add 2 salt and pepper": (AddToCart("salt and pepper", 2),),
    "Order summary": (ShopKeyword.CART,),
    "resumen del pedido": (ShopKeyword.CART,),
    "pedido": (ShopKeyword.CATALOG,),
    "1 x 10": (AddToCart("1", 10),),
    "1x10": (AddToCart("1", 10),),
    "2x5": (AddToCart("2", 5),),
    "2 × 5": (AddToCart("2", 5),),
    "2 X 5": (AddToCart("2", 5),),
    "2*5": (AddToCart("2", 5),),
    " 1\u00a0x\u200310 ": (AddToCart("1", 10),),
    "1 x\u200b 10": (AddToCart("1", 10),),
    "１ ｘ １０": (AddToCart("1", 10),),
    "١ x ١٠": (AddToCart("1", 10),),
    "२×५": (AddToCart("2", 5),),
    "1 x 1,000": (AddToCart("1", 1000),),
    "1 x 10.00": (AddToCart("1", 10),),
    "1 x 1.000": (AddToCart("1", 1000),),
    "1 x 0.500": (InvalidQuantity("1", "0.500", QuantityError.NOT_WHOLE),),
    "*1 x 10*": (AddToCart("1", 10),),
    "_1 x 10_\n~2 x 5~": (AddToCart("1", 10), AddToCart("2", 5)),
    "quitar 2 de 1": (RemoveFromCart("1", 2),),
    "agregar 2 de C1": (AddToCart("C1", 2),),
    "ajouter 2 d’huile": (AddToCart("huile", 2),),
    "agregar 2 detergente": (AddToCart("detergente", 2),),
    "1 x 0010": (AddToCart("1", 10),),
    "10 of 1": (AddToCart("1", 10),),
    "10 x C1": (AddToCart("C1", 10, sure=False),),
    "C1 x 10": (AddToCart("C1", 10, sure=False),),
    "c1x10": (AddToCart("c1", 10, sure=False),),
    "10 of oak coaster": (AddToCart("oak coaster", 10, sure=False),),
    "add 2 C1": (AddToCart("C1", 2),),
    "Add 2 x C1": (AddToCart("C1", 2),),
    "add 1 x 10": (AddToCart("1", 10),),
    "add 1": (AddToCart("1", 1),),
    "add C1": (AddToCart("C1", 1),),
    "add me": (AddToCart("me", 1, sure=False),),
    "remove 1": (RemoveFromCart("1"),),
    "REMOVE c1": (RemoveFromCart("c1"),),
    "remove 2 of 1": (RemoveFromCart("1", 2),),
    "remove my number": (RemoveFromCart("my number", sure=False),),
    "1 x 10\n2x5": (AddToCart("1", 10), AddToCart("2", 5)),
    "1 x 10, 2x5; remove 3": (AddToCart("1", 10), AddToCart("2", 5), RemoveFromCart("3")),
    "Hello!\r\n\r\n1 x 10\r\nthanks": (AddToCart("1", 10),),
    "1 x 10\n2 x 5\nand something nice": (AddToCart("1", 10), AddToCart("2", 5), UnreadableLine("and something nice")),
    "1 x 0": (InvalidQuantity("1", "0", QuantityError.TOO_FEW),),
    "1 x -5": (InvalidQuantity("1", "-5", QuantityError.TOO_FEW),),
    "1 x 1000000000": (InvalidQuantity("1", "1000000000", QuantityError.TOO_MANY),),
    "1 x 10000": (InvalidQuantity("1", "10000", QuantityError.TOO_MANY),),
    "1 x " + "9" * 200: (InvalidQuantity("1", "9" * 200, QuantityError.TOO_MANY),),
    "1 x 2.5": (InvalidQuantity("1", "2.5", QuantityError.NOT_WHOLE),),
    "1": (NumberChoice(1),),
    " #3. ": (NumberChoice(3),),
    "٣": (NumberChoice(3),),
    "hi": (ShopKeyword.MENU,),
    "Hello!!": (ShopKeyword.MENU,),
    "Hola": (ShopKeyword.MENU,),
    "Olá": (ShopKeyword.MENU,),
    "bonjour": (ShopKeyword.MENU,),
    "start": (ShopKeyword.MENU,),
    "Catalog": (ShopKeyword.CATALOG,),
    "CATALOGUE": (ShopKeyword.CATALOG,),
    "cart": (ShopKeyword.CART,),
    "clear cart": (ShopKeyword.CLEAR,),
    "place order": (ShopKeyword.PLACE_ORDER,),
    "Place order.": (ShopKeyword.PLACE_ORDER,),
    "checkout": (ShopKeyword.PLACE_ORDER,),
    "orders": (ShopKeyword.ORDERS,),
    "help": (ShopKeyword.HELP,),
    "more": (ShopKeyword.MORE,),
    "next": (ShopKeyword.MORE,),
    "back": (ShopKeyword.BACK,),
}

NOT_FOR_A_SHOP = (
    "",
    "   ",
    "what is 2x5 then, in your opinion",
    "where is my order?",
    "I want to place an order for my mother's birthday",
    "do you have coasters that are 10 x 10 cm",
    "Hello\nis anybody there\n1 x 10 would be nice",
    "2348031234567",
    "10:30",
    "1/2",
    "\n".join(["1 x 1"] * 61),
    "1 x 1\n" * 2000,
)


@pytest.mark.parametrize("said", READ, ids=ascii)
def test_shop_text_is_parsed(said: str) -> None:
    assert parse_typed(said) == READ[said]


@pytest.mark.parametrize("said", NOT_FOR_A_SHOP, ids=lambda said: ascii(said[:30]))
def test_other_text_is_not_parsed_as_a_shop_text(said: str) -> None:
    assert parse_typed(said) == ()


@pytest.mark.parametrize("said", NASTY_TEXTS, ids=lambda said: ascii(said[:20]))
def test_hostile_text_is_not_parsed_as_a_shop_text(said: str) -> None:
    assert parse_typed(said) == ()


ALPHABET = st.sampled_from("0123456789 x×X*,.;-+\nCc#add remove\u200b\u0661\uff11\u00a0\u202e")


@given(st.text(max_size=200) | st.text(ALPHABET, max_size=60))
def test_any_text_is_parsed_without_an_error_or_absurd_quantity(said: str) -> None:
    for one in parse_typed(said):
        if isinstance(one, AddToCart) or (isinstance(one, RemoveFromCart) and one.quantity is not None):
            assert 1 <= (one.quantity or 0) <= MAX_QUANTITY


@given(st.integers(1, 999), st.integers(1, MAX_QUANTITY), st.sampled_from(("x", " x ", "×", " X ", "*", "  ×  ")))
def test_number_and_quantity_are_parsed_as_written(number: int, quantity: int, sign: str) -> None:
    assert parse_typed(f"{number}{sign}{quantity}") == (AddToCart(str(number), quantity),)


def test_no_keyword_has_two_meanings() -> None:
    said = [word for words in KEYWORDS.values() for word in words]
    assert len(said) == len(set(said))
