"""What customers type in a shop is read as they mean it, and nothing else is taken for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.commerce.keywords import WORDS, Word
from shared.commerce.typed_orders import MOST_OF_A_LINE, Add, Pick, Refused, Remove, Typed, Unread, Wrong, read
from tests.fuzz.nasty import NASTY_TEXTS

READ: dict[str, tuple[Typed, ...]] = {
    "1 x 10": (Add("1", 10),),
    "1x10": (Add("1", 10),),
    "2x5": (Add("2", 5),),
    "2 × 5": (Add("2", 5),),
    "2 X 5": (Add("2", 5),),
    "2*5": (Add("2", 5),),
    " 1\u00a0x\u200310 ": (Add("1", 10),),
    "1 x\u200b 10": (Add("1", 10),),
    "１ ｘ １０": (Add("1", 10),),
    "١ x ١٠": (Add("1", 10),),
    "२×५": (Add("2", 5),),
    "1 x 1,000": (Add("1", 1000),),
    "1 x 10.00": (Add("1", 10),),
    "1 x 0010": (Add("1", 10),),
    "10 of 1": (Add("1", 10),),
    "10 x C1": (Add("C1", 10, sure=False),),
    "C1 x 10": (Add("C1", 10, sure=False),),
    "c1x10": (Add("c1", 10, sure=False),),
    "10 of oak coaster": (Add("oak coaster", 10, sure=False),),
    "add 2 C1": (Add("C1", 2),),
    "Add 2 x C1": (Add("C1", 2),),
    "add 1 x 10": (Add("1", 10),),
    "add 1": (Add("1", 1),),
    "add C1": (Add("C1", 1),),
    "add me": (Add("me", 1, sure=False),),
    "remove 1": (Remove("1"),),
    "REMOVE c1": (Remove("c1"),),
    "remove 2 of 1": (Remove("1", 2),),
    "remove my number": (Remove("my number", sure=False),),
    "1 x 10\n2x5": (Add("1", 10), Add("2", 5)),
    "1 x 10, 2x5; remove 3": (Add("1", 10), Add("2", 5), Remove("3")),
    "Hello!\r\n\r\n1 x 10\r\nthanks": (Add("1", 10),),
    "1 x 10\n2 x 5\nand something nice": (Add("1", 10), Add("2", 5), Unread("and something nice")),
    "1 x 0": (Refused("1", "0", Wrong.TOO_FEW),),
    "1 x -5": (Refused("1", "-5", Wrong.TOO_FEW),),
    "1 x 1000000000": (Refused("1", "1000000000", Wrong.TOO_MANY),),
    "1 x 10000": (Refused("1", "10000", Wrong.TOO_MANY),),
    "1 x " + "9" * 200: (Refused("1", "9" * 200, Wrong.TOO_MANY),),
    "1 x 2.5": (Refused("1", "2.5", Wrong.NOT_WHOLE),),
    "1": (Pick(1),),
    " #3. ": (Pick(3),),
    "٣": (Pick(3),),
    "hi": (Word.MENU,),
    "Hello!!": (Word.MENU,),
    "Hola": (Word.MENU,),
    "Olá": (Word.MENU,),
    "bonjour": (Word.MENU,),
    "start": (Word.MENU,),
    "Catalog": (Word.CATALOG,),
    "CATALOGUE": (Word.CATALOG,),
    "cart": (Word.CART,),
    "clear cart": (Word.CLEAR,),
    "place order": (Word.PLACE_ORDER,),
    "Place order.": (Word.PLACE_ORDER,),
    "checkout": (Word.PLACE_ORDER,),
    "orders": (Word.ORDERS,),
    "help": (Word.HELP,),
    "more": (Word.MORE,),
    "next": (Word.MORE,),
    "back": (Word.BACK,),
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
def test_it_is_read(said: str) -> None:
    assert read(said) == READ[said]


@pytest.mark.parametrize("said", NOT_FOR_A_SHOP, ids=lambda said: ascii(said[:30]))
def test_it_is_left_to_others(said: str) -> None:
    assert read(said) == ()


@pytest.mark.parametrize("said", NASTY_TEXTS, ids=lambda said: ascii(said[:20]))
def test_nasty_texts_are_left_to_others(said: str) -> None:
    assert read(said) == ()


ALPHABET = st.sampled_from("0123456789 x×X*,.;-+\nCc#add remove\u200b\u0661\uff11\u00a0\u202e")


@given(st.text(max_size=200) | st.text(ALPHABET, max_size=60))
def test_whatever_is_said_is_read_without_an_error_and_no_quantity_is_absurd(said: str) -> None:
    for one in read(said):
        if isinstance(one, Add) or (isinstance(one, Remove) and one.quantity is not None):
            assert 1 <= (one.quantity or 0) <= MOST_OF_A_LINE


@given(st.integers(1, 999), st.integers(1, MOST_OF_A_LINE), st.sampled_from(("x", " x ", "×", " X ", "*", "  ×  ")))
def test_every_number_and_quantity_is_read_as_written(number: int, quantity: int, sign: str) -> None:
    assert read(f"{number}{sign}{quantity}") == (Add(str(number), quantity),)


def test_no_word_means_two_things() -> None:
    said = [one for many in WORDS.values() for one in many]
    assert len(said) == len(set(said))
