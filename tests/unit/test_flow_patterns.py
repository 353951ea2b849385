"""Patterns of flows: none takes for ever, all mean what Python's `re` documents, and a workspace has only so many."""

import os
import re
import time
import unicodedata
import warnings
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.flows import load
from shared.flows.engine.answers import InvalidAnswer
from shared.flows.engine.answers import parse_answer as read_answer
from shared.flows.engine.engine import FlowBook, trigger
from shared.flows.patterns import regex
from shared.flows.patterns.regex import PatternRefused
from shared.flows.validation import limits
from shared.flows.validation.problem import FlowInvalid
from shared.flows.validation.workspace_checks import check_flows
from shared.operations.errors import FileInvalid
from shared.operations.workspaces.flows import read_flows_of
from shared.workspace.config import WorkspaceFile
from tests.services.flow_builders import FACTS, said

_LIMIT = 10.0  # seconds of processor; the slowest takes some thousandths, and an evil one took hours

EVIL = [
    # Repetitions of nothing, counted within each other.
    *("(?:(?:(?:){1000}){1000}){1000}x", "(?:(?:(?:a?){1000}){1000}){1000}x", "((){999}){999}", "(?:){4294967294}x"),
    *("(|a)+$", "(a*)*", "(a|b|)*c", "(?:a{0,0}){1000}(?:(?:){1000}){1000}b", "((?:){1000}|(?:){1000}){1000}x"),
    # Many ways to share one text.
    *("(a+)+$", "([a-zA-Z]+)*$", "(a|aa)+$", "(a|a?)+$", "(.*a){25}", "(.*)*x", "(x+x+)+y", "(a*)*b", "(a|b|ab)*c"),
    *(".*.*.*.*.*.*x", "a?" * 60 + "a" * 60, "(?:.?){100}x", r"(\w+\s?)*$", r"^(([a-z])+.)+[A-Z]([a-z])+$"),
    # Counts that multiply.
    *(".{0,999}.{0,999}(?:[ab][ab]){125}c", "(?:a{0,900}){0,900}", "(?:.{1000}){1000}", ".*a.{999}", ".*[ab].{900}c"),
    *("(?:a{1,9}){1,9}", "a{999}b{999}c{999}", r"\w{999}\W{999}", "(?:(?:(?:[ab]{9}){9}){9}){9}x", "x{2147483647}"),
    # Alternatives, letters in any case, classes of all scripts.
    *("|".join("ab" for _ in range(66)), "(?:a|b|c|d|e|f|g|h|i|j)" * 8, "(?:ss|ß|ẞ|ſſ|ſs)" * 11, "[K-kſ-ß]" * 25),
    *(r"[\w\W]" * 33, r"[^\W\d_]{1,500}x", r"\w{0,999}\d{0,999}x", "[\u0100-\U0010ffff]" * 30, r"[\D\S\W]{999}"),
    "".join(chr(0x4E00 + 7 * place) for place in range(200)),
    "".join(f"[{chr(256 + 300 * place)}-{chr(456 + 300 * place)}]" for place in range(40)),
    # Going back, looking around, giving nothing back, and what is no pattern.
    *(r"(a)\1", r"(a*)\1\1\1b", "(?=(a+))a*b", "(?!a)b", "(?<=a)b", "(?<!a)b", "(?>a+)b", "a++b", "(a)(?(1)b)"),
    *("(", "[", "*", "a**", "(?P<n>a", "(?P<n>a)(?P<n>b)", "(?P=n)", "\\", "(?#", "(?x) a #", "x" * 201),
    "(" * 100 + ")" * 100,
]  # fmt: skip
TEXTS = [
    "a",
    "a" * 1000,
    "ab" * 500,
    "aaab" * 250,
    "é" * 1000,
    "ſK" * 500,
    "字" * 1000,
    "1" * 999 + "x",
    "\U0001f600" * 1000,
]


@pytest.mark.timeout(120)
@pytest.mark.parametrize("pattern", EVIL)
def test_no_pattern_takes_long_on_any_text(pattern: str) -> None:
    began = time.process_time()
    try:
        made = regex.parse_pattern(pattern)
    except PatternRefused:
        return
    finally:
        assert time.process_time() - began < _LIMIT
    for text in TEXTS:
        made.matches(text)
        made.named_groups(text)
    assert time.process_time() - began < _LIMIT


@pytest.mark.timeout(120)
@pytest.mark.parametrize("pattern", EVIL)
def test_flow_with_evil_pattern_is_refused_or_fast(pattern: str, tmp_path: Path) -> None:
    text = f"flow: f\ntriggers:\n  regex:\n    - {_quoted(pattern)}\nsteps: {{a: Hi}}\n"
    (tmp_path / "f.yaml").write_text(text)
    try:
        (source,) = read_flows_of(tmp_path / "w.yaml", WorkspaceFile(workspace="acme", flows=("f.yaml",)))
    except FileInvalid as error:
        assert str(error).startswith(f"{tmp_path / 'f.yaml'}:4: triggers: "), error
    else:
        began = time.process_time()
        for said_text in TEXTS:
            trigger(FlowBook([source.flow]), said(said_text))
        assert time.process_time() - began < _LIMIT


@pytest.mark.timeout(60)
def test_a_pipe_in_place_of_a_flow_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "w.yaml").write_text("workspace: acme\nflows: [f.yaml]\n")
    os.mkfifo(tmp_path / "f.yaml")
    with pytest.raises(FileInvalid, match="no ordinary file"):
        read_flows_of(tmp_path / "w.yaml", WorkspaceFile(workspace="acme", flows=("f.yaml",)))


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


ATOMS = (
    *("a", "B", "é", "ß", "ſ", "K", "k", "İ", "i", "ı", "σ", "ς", "ǆ", " ", "\\n", ".", "(?s:.)", "\\b", "^", "$"),
    *("\\d", "\\D", "\\w", "\\W", "\\s", "\\S", "[\\w-]", "[^\\W\\d_]", "[^\\s,]", "[^\\S\\n]", "[\\W\\d]"),
    *("[a-z]", "[^a-z]", "[A-Z0-9_]", "[а-я]", "[^а-яё]", "[À-ÿ]", "[一-龥]", "[^\\x00-\\x7f]", "[\\u00a1-\\uffff]"),
    *("(?-i:a)", "(?-i:[A-Z])", "(?-i:[а-я])", "(?a:\\w)", "(?a:k)", "(?m:^)", "(?m:$)", "[^K]", "(?P<n>[a-z]\\d?)"),
)
LETTERS = "aAbBzZ09_ -,\n\t\xa0éÉßẞſsSkKKiIıİσςΣйЙяЯёЁ一龥龦٣²½ǆǅǄ\u2028\x1cÀÿŸx\U0001f600"


def _pattern_texts() -> st.SearchStrategy[str]:
    items = st.tuples(st.sampled_from(ATOMS), st.sampled_from(("", "", "", "*", "+", "?", "{2}", "{1,3}", "*?", "??")))
    rows = st.lists(items, min_size=1, max_size=4).map(lambda row: "".join(map("".join, row)))
    return st.one_of(rows, st.tuples(rows, st.sampled_from(ATOMS)).map("|".join))


@settings(max_examples=400)
@given(_pattern_texts(), st.lists(st.text(LETTERS, max_size=4), min_size=1, max_size=6))
def test_pattern_matches_like_python_re(text: str, said_texts: list[str]) -> None:
    try:
        ours = regex.parse_pattern(text)
    except PatternRefused:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        python = re.compile(text, re.IGNORECASE)
    for one in map(str.strip, said_texts):
        found = python.fullmatch(one)
        assert ours.matches(one) is (found is not None), (text, one)
        if found is not None:
            assert ours.named_groups(one) == {name: it.strip() for name, it in found.groupdict().items() if it}, (
                text,
                one,
            )


@pytest.mark.parametrize("text", [r"\d", r"\s", "k", "[a-z]", "[^а-я]", "[À-ÿ]", "(?a:[a-z])", r"[^\x00-\x7f]", r"\w"])
def test_each_unicode_character_matches_like_python_re(text: str) -> None:
    """But for marks: the vowel signs of a word of Hindi or Thai are part of the word."""
    ours, python = regex.parse_pattern(text), re.compile(text, re.IGNORECASE)
    places = [*range(0x3000), *range(0xA600, 0xAC00), *range(0xF900, 0x10600), *range(0x1D400, 0x1D800)]
    wrong = [
        char
        for char in map(chr, places)
        if char.strip() and ours.matches(char) is not (python.fullmatch(char) is not None)
        if not (text == r"\w" and unicodedata.category(char)[0] == "M")
    ]
    assert wrong == []


WORDS = ["नमस्ते", "สวัสดี", "Ünïcödé", "日本語", "שָׁלוֹם", "e\u0301te\u0301"]


@pytest.mark.parametrize("word", WORDS)
def test_words_of_any_script_match(word: str) -> None:
    assert regex.parse_pattern(r"\w+").matches(word)
    assert regex.parse_pattern(r"order (?P<what>\w+)").named_groups(f"ORDER {word}") == {"what": word}
    assert regex.parse_pattern(rf".*\b{word}\b.*").matches(f"x {word}, y")
    assert not regex.parse_pattern(rf".*\b{word}\b.*").matches(f"x {word}x, y")


def _flow(*regex: str, name: str = "f") -> str:
    listed = "".join(f"    - '{text}'\n" for text in regex)
    return f"flow: {name}\ntriggers:\n  regex:\n{listed}steps: {{a: Hi}}\n"


def test_number_of_patterns_is_limited() -> None:
    fine = load.read_flow(_flow(*(f"a{number}" for number in range(limits.MAX_PATTERNS))), "one.yaml")
    more = load.read_flow("flow: g\nsteps:\n  q: {ask: Who, save: it, type: regex, pattern: b+}\n", "two.yaml")
    assert check_flows([fine]) == []
    assert list(map(str, check_flows([fine, more]))) == [
        f"two.yaml:3: q: a workspace has at most {limits.MAX_PATTERNS} patterns"
    ]


def test_total_size_of_patterns_is_limited() -> None:
    large = [f".{{{number},900}}x" for number in range(50)]
    (problem,) = check_flows([load.read_flow(_flow(*large), "one.yaml")])
    assert problem.line > 4
    assert "one.yaml" in str(problem)
    assert "too large together" in problem.message


def test_number_of_flows_and_triggers_is_limited() -> None:
    flows = [
        load.read_flow(f"flow: f{number}\nsteps: {{a: Hi}}\n", f"{number}") for number in range(limits.MAX_FLOWS + 1)
    ]
    assert list(map(str, check_flows(flows))) == [
        f"{limits.MAX_FLOWS}:1: flow: a workspace has at most {limits.MAX_FLOWS} flows"
    ]
    words = ", ".join(f"w{number}" for number in range(limits.MAX_TRIGGERS + 1))
    (problem,) = check_flows([load.read_flow(f"flow: f\ntriggers:\n  contains: [{words}]\nsteps: {{a: Hi}}\n", "f")])
    assert str(problem).startswith("f:3: triggers: the flows of a workspace begin with at most 5,000 words")


REFUSED_NOW = "(?:[ab]{100}){100}"  # was taken while Python's `re` tried the patterns


def test_stored_flow_runs_without_its_refused_pattern() -> None:
    text = _flow(REFUSED_NOW, "hello")
    with pytest.raises(FlowInvalid, match="f:4: triggers: the pattern is refused: it repeats too much"):
        load.read_flow(text, "f")
    book = FlowBook([load.read_stored_flow(text, "f")])
    assert trigger(book, said("ab" * 500)) is None
    assert trigger(book, said("hello")) == "f"
    assert [line.split(":")[:3] for line in book.triggers.left_out] == [["f", "4", " triggers"]]


def test_stored_question_with_refused_pattern_asks_again() -> None:
    text = f"flow: f\nsteps:\n  q: {{ask: Which, save: it, type: regex, pattern: '{REFUSED_NOW}'}}\n"
    flow = load.read_stored_flow(text, "f")
    answer = read_answer(flow.step("q"), said("ab"), (), FACTS.now.date(), "NG")
    assert isinstance(answer, InvalidAnswer)
    assert len(FlowBook([flow]).triggers.left_out) == 1


def test_stored_patterns_over_the_limit_match_nothing() -> None:
    flow = load.read_stored_flow(_flow(*(f"a{number}" for number in range(limits.MAX_PATTERNS + 2))), "f")
    book = FlowBook([flow])
    assert trigger(book, said("a0")) == "f"
    assert trigger(book, said(f"a{limits.MAX_PATTERNS}")) is None
    assert len(book.triggers.left_out) == 2
