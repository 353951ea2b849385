import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.text.splitting import split

LONG = "word " * 11


@pytest.mark.parametrize("text", ["", "   ", "\n\n"])
def test_blank_text_has_no_parts(text: str) -> None:
    assert split(text, 10) == []


def test_short_text_is_one_part() -> None:
    assert split("Hello there.", 12) == ["Hello there."]


CUTS = [
    ("a paragraph is better than a sentence", "One. Two two.\n\nThree. Four", 24, ["One. Two two.", "Three. Four"]),
    ("a line is better than a sentence", "One one one\nTwo. Three four", 20, ["One one one", "Two. Three four"]),
    ("a sentence is better than a word", "It is open. Come in please", 20, ["It is open.", "Come in please"]),
    ("a sentence of another script ends too", "你好吗。我很好谢谢你", 7, ["你好吗。", "我很好谢谢你"]),
    ("a word is better than a letter", "alpha beta gamma", 12, ["alpha beta", "gamma"]),
    ("a number's point ends nothing", "It costs 4.50 only", 14, ["It costs 4.50", "only"]),
    ("a very early end is not used", "A. Bbbbb bbbbb bbbbb", 15, ["A. Bbbbb bbbbb", "bbbbb"]),
    ("letters are cut where nothing else is", "abcdefgh", 3, ["abc", "def", "gh"]),
    ("an emoji keeps its colour", "👋🏾👋🏾👋🏾", 3, ["👋🏾", "👋🏾", "👋🏾"]),
    ("a family stays together", "👨‍👩‍👧👨‍👩‍👧", 7, ["👨‍👩‍👧", "👨‍👩‍👧"]),
    ("a letter keeps its accent", "e\u0301e\u0301", 3, ["e\u0301", "e\u0301"]),
    ("a flag is not torn", "🇳🇬🇬🇭🇰🇪", 3, ["🇳🇬", "🇬🇭", "🇰🇪"]),
]


@pytest.mark.parametrize(("text", "limit", "expected"), [cut[1:] for cut in CUTS], ids=[cut[0] for cut in CUTS])
def test_long_text_is_cut_at_the_best_place(text: str, limit: int, expected: list[str]) -> None:
    assert split(text, limit) == expected


FORMATS = [
    ("bold goes on", f"*{LONG.strip()}*", "*", "*"),
    ("italics too", f"_{LONG.strip()}_", "_", "_"),
    ("and code", f"```{LONG.strip()}```", "```", "```"),
]


@pytest.mark.parametrize(("text", "end", "start"), [f[1:] for f in FORMATS], ids=[f[0] for f in FORMATS])
def test_formatting_is_closed_and_opened_again(text: str, end: str, start: str) -> None:
    first, second = split(text, 50)
    assert first.endswith(f"word{end}")
    assert second.startswith(f"{start}word")


def test_a_star_that_is_no_formatting_is_left_alone() -> None:
    first, second = split(f"5 * 3 and *note {LONG}", 60)
    assert first.count("*") == 2
    assert "*" not in second


def test_limit_must_be_positive() -> None:
    with pytest.raises(ValueError, match="positive"):
        split("text", 0)


bits = st.sampled_from(["*", "_", "~", "```", " ", "\n", "\n\n", ". ", "word", "é", "e\u0301", "👨‍👩‍👧", "🇳🇬", "。"])
texts = st.text(max_size=300) | st.lists(bits, max_size=120).map("".join)


@given(texts, st.integers(1, 120))
def test_nothing_but_space_is_lost_and_no_part_is_too_long(text: str, limit: int) -> None:
    parts = split(text, limit)
    assert all(0 < len(part) <= limit and part.strip() for part in parts)
    kept = r"[\s*_~`]" if limit >= 40 else r"\s"
    assert "".join(re.sub(kept, "", part) for part in parts) == re.sub(kept, "", text)
    if limit >= 40:
        for mark in "*_~`":
            assert sum(part.count(mark) for part in parts) >= text.count(mark)
