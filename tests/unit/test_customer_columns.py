"""Titles of columns in files of customers."""

import pytest

from shared.operations.customers.rows import HeaderInvalid, column_title, parse_header, parse_row


@pytest.mark.parametrize(
    ("titles", "columns"),
    [
        (["Nombre", "Apellidos", "Teléfono", "Etiquetas"], ["name", "last", "phone", "tags"]),
        (["CLIENTE", "Número_de_teléfono", "Dado de baja"], ["name", "phone", "opted_out"]),
        (["Móvil", "Correo electrónico", "Ciudad"], ["phone", "field:email", "field:Ciudad"]),
        (["Name", "Phone", "Année"], ["name", "phone", "field:Année"]),
    ],
)
def test_titles_are_known_in_english_and_spanish(titles: list[str], columns: list[str]) -> None:
    assert parse_header(titles) == columns


def test_two_columns_of_one_meaning_are_refused_in_both_languages() -> None:
    with pytest.raises(HeaderInvalid, match="phone"):
        parse_header(["Phone", "Teléfono"])


def test_field_of_an_export_keeps_its_name_though_it_is_a_title_now() -> None:
    assert column_title("Teléfono") == "field:Teléfono"
    assert parse_header(["phone", column_title("Teléfono")]) == ["phone", "field:Teléfono"]


@pytest.mark.parametrize(
    ("titles", "cells", "name"),
    [
        (["Nombre", "Apellidos", "Teléfono"], ["Ada", "Núñez", "+4915112345678"], "Ada Núñez"),
        (["name", "last name", "phone"], ["Ada Núñez", "Núñez", "+4915112345678"], "Ada Núñez"),
        (["name", "first name", "last name", "phone"], ["Dr. Ada", "Ada", "Núñez", "+4915112345678"], "Dr. Ada"),
        (["first name", "last name", "phone"], ["Ada", "Núñez", "+4915112345678"], "Ada Núñez"),
    ],
)
def test_names_are_whole(titles: list[str], cells: list[str], name: str) -> None:
    assert parse_row(cells, parse_header(titles), "DE").name == name
