"""Phone numbers: the stored form (E.164 with `+`), the variants of some countries, and a masked form for logs."""

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberType, ValidationResult

_WA_ID = re.compile(r"[1-9][0-9]{2,19}")  # no country code begins with a zero
_PUNCTUATION = re.compile(r"[\s().\-‐-―/⁠\u200e\u200f\u202a-\u202e\xa0]+")

_PARSE_REASONS = {
    NumberParseException.INVALID_COUNTRY_CODE: "the country code does not exist",
    NumberParseException.NOT_A_NUMBER: "it is not a number",
    NumberParseException.TOO_SHORT_AFTER_IDD: "it ends after the international prefix",
    NumberParseException.TOO_SHORT_NSN: "it is too short",
    NumberParseException.TOO_LONG: "it is too long",
}
_LENGTH_REASONS = {
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "the area code is missing",
    ValidationResult.INVALID_COUNTRY_CODE: "the country code does not exist",
    ValidationResult.TOO_SHORT: "it is too short for its country",
    ValidationResult.TOO_LONG: "it is too long for its country",
    ValidationResult.INVALID_LENGTH: "its length does not exist in its country",
}
# Digits of a national number with its area code, where a number without one is as long as some that never have one.
_WITH_AREA_CODE = {"BR": 10}
_PEOPLES_KINDS = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE, PhoneNumberType.VOIP)
# The same customer under two numbers: pattern of one form and how to write the other.
_VARIANTS = (
    # Brazil: mobile numbers, which began with 6 to 9, gained a 9 after the area code. One that has another digit behind
    # that is younger and was never without.
    (re.compile(r"\+55(\d{2})9([6-9]\d{7})"), r"+55\1\2"),
    (re.compile(r"\+55(\d{2})([6-9]\d{7})"), r"+55\g<1>9\2"),
    (re.compile(r"\+521(\d{10})"), r"+52\1"),  # Mexico: a 1 marked mobile numbers until 2019
    (re.compile(r"\+52(\d{10})"), r"+521\1"),
    (re.compile(r"\+549(\d{10})"), r"+54\1"),  # Argentina: a 9 marks mobile numbers from abroad
    (re.compile(r"\+54(\d{10})"), r"+549\1"),
)


class PhoneInvalid(ValueError):
    """Raised for an invalid phone number; the text gives the reason for people, without the number."""


def from_wa_id(wa_id: str) -> str | None:
    """Return the number in E.164 of a WhatsApp id (its digits), or None if it is not a WhatsApp id.

    Fast, for the hot path: WhatsApp's ids are complete international numbers, so nothing is looked up. A national
    number with a leading zero is not one.
    """
    digits = wa_id[1:] if wa_id.startswith("+") else wa_id
    return f"+{digits}" if _WA_ID.fullmatch(digits) else None


def normalise(number: str, region: str = "") -> str:
    """Return a number in any usual form as E.164: `+234…`, `00234…`, WhatsApp's digits, or national within a region.

    region: two letters (ISO 3166), for numbers without a country code. Lengths are checked, but not whether the range
    is assigned: new ranges appear before any table has them. Raises PhoneInvalid.
    """
    text = _PUNCTUATION.sub("", number)
    if not text:
        raise PhoneInvalid("it is empty")
    digits = text.removeprefix("+")
    if not digits.isdecimal():
        raise PhoneInvalid("it has other characters than digits")
    digits = "".join(str(int(digit)) for digit in digits)
    if text.startswith("+"):
        return _international(digits)
    if digits.startswith("00"):
        return _international(digits[2:])
    return _local(digits, region.upper())


def variants(e164: str) -> tuple[str, ...]:
    """Return the number, then its other forms. For look-ups only: what is stored is the number that was used."""
    others = (pattern.sub(form, e164) for pattern, form in _VARIANTS if pattern.fullmatch(e164))
    return (e164, *others)


@lru_cache(maxsize=20_000)  # frequent writers are looked up several times for each message
def canonical(identity: str) -> str:
    """Return the form of an identity that ids are derived from; the identity itself if it has only one form."""
    return min(variants(identity), key=len)


def mask(number: str) -> str:
    """Return a number or `bsuid:…` for logs: enough to tell two apart, too little to call one."""
    prefix, colon, rest = number.rpartition(":")
    shown = rest[:4] if len(rest) > 8 else ""
    return f"{prefix}{colon}{shown}…{rest[-2:]}" if len(rest) > 4 else f"{prefix}{colon}…"


def _international(digits: str) -> str:
    parsed = _parse(f"+{digits}", None)
    if (reason := phonenumbers.is_possible_number_with_reason(parsed)) != ValidationResult.IS_POSSIBLE:
        # The older forms with a mobile mark are longer than today's tables allow.
        if len(variants(f"+{digits}")) > 1:
            return f"+{digits}"
        raise PhoneInvalid(_LENGTH_REASONS.get(reason, "it is not a possible number"))
    _refuse_kept_zero(parsed)
    written = _write(parsed)
    return f"+{digits}" if f"+{digits}" in variants(written) else written


def _local(digits: str, region: str) -> str:
    """Parse a number without a plus as a national one, else as WhatsApp's form; the first one in use wins."""
    if region and region not in phonenumbers.SUPPORTED_REGIONS:
        raise PhoneInvalid("the region does not exist")
    if not region:
        if digits.startswith("0"):
            raise PhoneInvalid("it is a national number, and no region is given")
        return _international(digits)
    national = _parse(digits, region)
    if phonenumbers.is_valid_number(national):
        return _write(national)
    if not digits.startswith("0"):
        try:
            written = _international(digits)
        except PhoneInvalid:
            written = ""
        if written and any(phonenumbers.is_valid_number(_parse(form, None)) for form in variants(written)):
            return written
    return _not_in_a_table(national, region)


def _not_in_a_table(national: PhoneNumber, region: str) -> str:
    """Return a number of a range that may be newer than our tables, if its length is one of people's numbers."""
    if (reason := phonenumbers.is_possible_number_with_reason(national)) != ValidationResult.IS_POSSIBLE:
        raise PhoneInvalid(_LENGTH_REASONS.get(reason, "it is not a possible number"))
    if len(phonenumbers.national_significant_number(national)) < _WITH_AREA_CODE.get(region, 0):
        raise PhoneInvalid("the area code is missing")
    _refuse_kept_zero(national)
    if not any(phonenumbers.is_possible_number_for_type(national, kind) for kind in _PEOPLES_KINDS):
        raise PhoneInvalid("its length does not exist in its country")
    return _write(national)


def _refuse_kept_zero(number: PhoneNumber) -> None:
    """Raise PhoneInvalid for a number that keeps a zero which its country does not dial from abroad: a digit is missing
    or too many. In Italy, for example, the zero belongs to the number.
    """
    if not number.italian_leading_zero or phonenumbers.is_valid_number(number):
        return
    region = phonenumbers.region_code_for_country_code(number.country_code or 0)
    known = phonenumbers.PhoneMetadata.metadata_for_region(region, None)
    if known is not None and known.national_prefix == "0":
        raise PhoneInvalid("its length does not exist in its country")


def _parse(text: str, region: str | None) -> PhoneNumber:
    try:
        return phonenumbers.parse(text, region)
    except NumberParseException as error:
        raise PhoneInvalid(_PARSE_REASONS.get(error.error_type, "it is not a number")) from error


def _write(number: PhoneNumber) -> str:
    """Return E.164. Raises PhoneInvalid for a number that does not survive formatting, such as one of zeros only."""
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if _parse(written, None) != number:
        raise PhoneInvalid("it is not a possible number")
    return written
