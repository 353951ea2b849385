import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.phone import PhoneInvalid, from_wa_id, mask, normalise, variants

GOOD = [
    ("written with a plus", "+2348031234567", "", "+2348031234567"),
    ("written for people", "+234 (803) 123-45.67", "", "+2348031234567"),
    ("with the international prefix", "002348031234567", "", "+2348031234567"),
    ("the prefix wins over the region", "002348031234567", "US", "+2348031234567"),
    ("as WhatsApp writes it", "2348031234567", "", "+2348031234567"),
    ("as WhatsApp writes it, within its own region", "2348031234567", "NG", "+2348031234567"),
    ("as WhatsApp writes it, within another region", "14155552671", "NG", "+14155552671"),
    ("national", "08031234567", "NG", "+2348031234567"),
    ("with a zero that belongs to it, in Italy", "06 1234567", "IT", "+39061234567"),
    ("with a zero that belongs to it, in Côte d'Ivoire", "07 07 12 34 56", "CI", "+2250707123456"),
    ("of a range that no table has yet", "0809 000 0000", "NG", "+2348090000000"),
    ("national, with a small region", "(415) 555-2671", "us", "+14155552671"),
    ("with a trunk zero in brackets", "+44 (0)20 7946 0958", "", "+442079460958"),
    ("in Arabic digits", "+٢٣٤٨٠٣١٢٣٤٥٦٧", "", "+2348031234567"),
    ("a Mexican mobile mark stays", "+5215512345678", "", "+5215512345678"),
    ("and stays as WhatsApp writes it", "5215512345678", "MX", "+5215512345678"),
    ("a Brazilian number without the 9 stays", "+551187654321", "", "+551187654321"),
    ("national, with Mexico's mark", "55 1234 5678", "MX", "+525512345678"),
    ("national, in Brazil", "(11) 98765-4321", "BR", "+5511987654321"),
    ("a Brazilian number that has no area code", "4004-1234", "BR", "+5540041234"),
    ("national with a trunk zero, in Argentina", "011 4567-8901", "AR", "+541145678901"),
    ("a national mobile number of Argentina gets the 9 that abroad it has", "011 15-2345-6789", "AR", "+5491123456789"),
    ("an Argentinian 9 stays", "+5491123456789", "", "+5491123456789"),
]


@pytest.mark.parametrize(("number", "region", "expected"), [g[1:] for g in GOOD], ids=[g[0] for g in GOOD])
def test_number_is_normalised(number: str, region: str, expected: str) -> None:
    assert normalise(number, region) == expected


BAD = [
    ("", "", "it is empty"),
    (" - ", "", "it is empty"),
    ("0803abc", "NG", "it has other characters than digits"),
    ("++2348031234567", "", "it has other characters than digits"),
    ("+999123456789", "", "the country code does not exist"),
    ("08031234567", "", "it is a national number, and no region is given"),
    ("08031234567", "XX", "the region does not exist"),
    ("12", "NG", "it is too short for its country"),
    ("4567-8901", "AR", "the area code is missing"),
    ("0803123456", "NG", "its length does not exist in its country"),
    ("0803 123 45678", "NG", "its length does not exist in its country"),
    ("+234 0803 123 456", "", "its length does not exist in its country"),
    ("061234567", "FR", "its length does not exist in its country"),
    ("98765-4321", "BR", "the area code is missing"),
    ("8765-4321", "BR", "the area code is missing"),
    ("+0803123456", "", "the country code does not exist"),
    ("+1415555267199999", "", "it is too long for its country"),
]


@pytest.mark.parametrize(("number", "region", "reason"), BAD)
def test_invalid_numbers_say_why_without_repeating_the_number(number: str, region: str, reason: str) -> None:
    with pytest.raises(PhoneInvalid, match=reason):
        normalise(number, region)


@given(st.text(max_size=20) | st.from_regex(r"\+?[0-9]{1,18}", fullmatch=True), st.sampled_from(["", "NG", "br", "?"]))
def test_normalise_raises_nothing_else_and_is_stable(number: str, region: str) -> None:
    try:
        written = normalise(number, region)
    except PhoneInvalid:
        return
    assert written.startswith("+") and written[1:].isdigit()
    assert normalise(written) == written


VARIANT_NUMBERS = st.one_of(
    st.from_regex(r"\+55[1-9][0-9]9?[0-9]{8}", fullmatch=True),
    st.from_regex(r"\+521?[0-9]{10}", fullmatch=True),
    st.from_regex(r"\+549?[0-9]{10}", fullmatch=True),
    st.from_regex(r"\+[0-9]{6,15}", fullmatch=True),
    st.text(max_size=20),
)


@given(VARIANT_NUMBERS)
def test_variants_are_symmetric_and_never_the_same_twice(number: str) -> None:
    """Whoever is found by one form is found by each other form; the number itself stays first, as it was."""
    found = variants(number)
    assert found[0] == number
    assert len(set(found)) == len(found)
    for other in found:
        assert number in variants(other)


@given(VARIANT_NUMBERS, st.sampled_from(["", "NG", "BR", "MX", "AR"]))
def test_normalising_again_changes_nothing_and_a_known_form_is_kept(number: str, region: str) -> None:
    """A number that exists and is written in E.164 stays as the customer uses it, mobile mark or not."""
    try:
        written = normalise(number, region)
    except PhoneInvalid:
        return
    assert normalise(written, region) == written
    assert written in variants(written)
    if number.startswith("+") and number[1:].isdigit() and number.isascii() and len(variants(number)) > 1:
        # Of what cannot exist, digits may be taken for a prefix: in Brazil 90 is how to call collect.
        assert written == number or not phonenumbers.is_valid_number(phonenumbers.parse(number))


@given(st.text(max_size=40) | VARIANT_NUMBERS)
def test_nothing_that_is_asked_of_a_number_raises(number: str) -> None:
    found = from_wa_id(number)
    assert found is None or found.removeprefix("+") == number.removeprefix("+")
    assert len(mask(number)) <= len(number) + 1
    assert variants(number)


PAIRS = [
    ("+5511987654321", "+551187654321"),
    ("+5215512345678", "+525512345678"),
    ("+5491123456789", "+541123456789"),
]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_variants_find_each_other(one: str, other: str) -> None:
    assert variants(one) == (one, other)
    assert variants(other) == (other, one)


@pytest.mark.parametrize("number", ["+2348031234567", "+551133334444", "bsuid:NG.1", ""])
def test_other_numbers_have_no_variants(number: str) -> None:
    assert variants(number) == (number,)


def test_wa_id_becomes_an_international_number() -> None:
    assert from_wa_id("2348031234567") == "+2348031234567"
    assert from_wa_id("+2348031234567") == "+2348031234567"
    for text in ("", "NG.123", "12", "1" * 21, "٢٣٤٨٠٣", "23480 31", "08031234567", "+08031234567", "2348\n"):
        assert from_wa_id(text) is None


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("+2348031234567", "+234…67"),
        ("bsuid:NG.13491208655", "bsuid:NG.1…55"),
        ("+123456", "…56"),
        ("12", "…"),
        ("", "…"),
    ],
)
def test_mask(number: str, masked: str) -> None:
    assert mask(number) == masked
