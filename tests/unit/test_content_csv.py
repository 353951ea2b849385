"""FAQ and catalogue from CSV files of several programs."""

import pytest

from shared.operations.errors import FileInvalid
from shared.operations.workspaces.content_csv import from_csv

BUN = {"sku": "B1", "name": "Bun", "price": "4.50", "currency": "USD"}


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("commas", "sku,name,price,currency\nB1,Bun,4.50,USD\n"),
        ("semicolons and decimal commas of Excel", "sku;name;price;currency\r\nB1;Bun;4,50;USD\r\n"),
        ("semicolons and decimal points", "sku;name;price;currency\nB1;Bun;4.50;USD\n"),
        ("tabs", "sku\tname\tprice\tcurrency\nB1\tBun\t4,50\tUSD\n"),
        ("Excel names the separator", "sep=;\r\nsku;name;price;currency\r\nB1;Bun;4.50;USD\r\n"),
        ("Excel adds empty columns", "\ufeffsku;name;price;currency;;\nB1;Bun;4,50;USD;;\n;;;;;\n"),
        ("spaces around the names", "sku, name, price, currency\nB1,Bun,4.50,USD\n"),
    ],
)
def test_forms_of_one_file(label: str, text: str) -> None:
    assert from_csv("catalog", text) == [BUN], label


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sku,name,price,currency\nB1,Bun,4.50,USD\nB2,Roll,cheap,USD\n", "line 3: the price `cheap` is not a number"),
        ("sep=;\nsku;name;price;currency\nB1;Bun;-1;USD\n", "line 3: the price `-1` is not a number"),
        ("sku;name;price;currency\nB1;Bun;1.500;COP\n", "line 2: the price `1.500` may mean thousands"),
        ("sku,name,price,currency\nB1,Bun,4.50,USD,more\n", "line 2: has more cells than the first line"),
        ("sku;title;price;currency\n", "line 1: `title` is not a column"),
        ("", "line 1: the column `sku` is missing"),
    ],
)
def test_line_of_a_fault_is_named(text: str, message: str) -> None:
    with pytest.raises(FileInvalid, match=message):
        from_csv("catalog", text)


def test_three_decimals_are_read_where_no_point_is_before_thousands() -> None:
    (item,) = from_csv("catalog", "sku,name,price,currency\nB1,Bun,1.500,KWD\n")
    assert item["price"] == "1.500"


def test_variants_are_lines_of_a_cell() -> None:
    text = 'question;answer;variants\n"When, then?";9 to 5;"open?\nhours?"\n'
    assert from_csv("faqs", text) == [{"question": "When, then?", "answer": "9 to 5", "variants": ["open?", "hours?"]}]
