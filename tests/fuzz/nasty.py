"""Values that parsers, encoders and databases have tripped over."""

from typing import Any

from hypothesis import strategies as st

NASTY_TEXTS = [
    "",
    " ",
    "\x00",
    "a\x00b",
    "\ufeff",
    "\u2028\u2029",
    "مرحبا بالعالم",
    "\u202egnp.exe\u202c",
    "👩‍👩‍👧‍👦🏳️‍🌈",
    "e" + "\u0301" * 500,
    "$where",
    "$set",
    "a.b.$[]",
    "null",
    "NaN",
    "-0",
    "1e999",
    "9" * 400,
    "../../etc/passwd",
    "%00%ff%zz",
    "'\"\\;--",
    "line\n" * 10_000,
    "x" * 65_536,
]
TEXTS = st.sampled_from(NASTY_TEXTS) | st.text(max_size=30)
NUMBERS = st.sampled_from([0, -1, 2**31, 2**63, -(2**63) - 1, 2**64, 10**30, 1e308, -1e-320, 253402300800])
JSON_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)


def deep(levels: int) -> bytes:
    """Arrays within arrays."""
    return b"[" * levels + b"]" * levels
