"""Patterns of flows: texts that they match, and that none of them can take long."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.flows.patterns import regex
from shared.flows.patterns.regex import PatternRefused

GOOD_PATTERNS = [(r"order \d+", "Order 12"), (r"[A-Z]{2}-\d{4}", "ng-1234"), (r"(https?://)?(www\.)?\w+\.com", "x.com"),
                 (r".*price.*", "the PRICE?"), (r"(?:\d{3} ){2}\d+", "080 312 45")]  # fmt: skip


@pytest.mark.parametrize(("pattern", "text"), GOOD_PATTERNS)
def test_patterns_match_all_of_a_text_in_any_case(pattern: str, text: str) -> None:
    assert regex.parse_pattern(pattern).matches(f" {text}\n")
    assert not regex.parse_pattern(pattern).matches("something else")


DANGEROUS = [
    *("(a+)+$", "(a*)*b", "(.*)*x", "(a|aa)+$", "(a?){50}a{50}", "a?" * 60 + "a" * 60, ".*.*.*.*x", r"(\w+\s?)*$"),
    *(r"(a)\1", "(?=a)a", "(?<!a)b", "(", "[", "*", "x" * 201, "(a|b|ab)*c", "((a{1,9}){1,9}){1,9}", "a{5,1}"),
    *("(?P<n>a", "(?:a{0,900}){0,900}"),
]


@pytest.mark.parametrize("pattern", DANGEROUS)
def test_pattern_with_exponential_backtracking_is_refused(pattern: str) -> None:
    with pytest.raises(PatternRefused):
        regex.parse_pattern(pattern)


SLOWEST = [
    ("a*a*b", "a"),
    ("a*a*a*b", "a"),
    ("a?" * 20 + "a" * 20 + "b", "a"),
    (".*a.*a", "ab"),
    ("(a|a)" * 20 + "b", "a"),
]


@pytest.mark.parametrize(("pattern", "text"), SLOWEST)
def test_slowest_accepted_patterns_are_fast(pattern: str, text: str) -> None:
    compiled = regex.parse_pattern(pattern)
    for length in (20, 40, compiled.max_length):
        began = time.process_time()
        compiled.matches((text * length)[:length])
        assert time.process_time() - began < 1


def test_too_long_text_does_not_match() -> None:
    assert not regex.parse_pattern(".*").matches("x" * 1001)


_SYNTAX = ("a", "b", ".", "*", "+", "?", "{2}", "{1,3}", "(", ")", "|", "[ab]", "\\d", "^", "$", "(?:", "\\1", "(?=")


@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(_SYNTAX), max_size=12).map("".join)))
def test_any_pattern_is_fast_or_refused(text: str) -> None:
    try:
        pattern = regex.parse_pattern(text)
    except PatternRefused:
        return
    began = time.process_time()
    pattern.matches(("ab" * 500)[: pattern.max_length])
    assert time.process_time() - began < 2
