"""Expressions and templates: their values, and that nothing else can be done with them."""

import ast
import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.flows.expressions import evaluation, expression, syntax, text_template
from shared.flows.expressions.error import ExpressionError
from shared.flows.expressions.functions import FUNCTIONS
from shared.flows.expressions.values import MAX_TEXT, ValueTooLarge, parse_number, to_json_value, to_text

SCOPE: dict[str, Any] = {
    "count": 3,
    "price": "4.50",
    "rate": 0.1,
    "city": "Lagos",
    "empty": "",
    "flag": True,
    "customer": {"name": "Ada", "tags": ["vip", "new"], "fields": {"budget": "1,500"}, "recent_orders": [{"n": "A1"}]},
    "workspace": {"currency": "NGN"},
}

VALUES = [
    ("numbers are decimals", "rate + 0.2 == 0.3", True),
    ("a text that is a number counts as one", "price * 2", Decimal("9.00")),
    ("texts are joined", "city + '!'", "Lagos!"),
    ("a tag", "'vip' in customer.tags", True),
    ("a tag that is not there", "'old' not in customer.tags", True),
    ("a part of a text", "'ago' in city", True),
    ("a custom field", "customer.fields.budget >= 1500", True),
    ("a field in brackets", "customer.fields['budget'] == 1500", True),
    ("what is missing is nothing", "customer.fields.none_such.deeper", None),
    ("nothing is neither more nor less", "missing > 1 or missing < 1", False),
    ("an order of a list", "customer.recent_orders[0].n", "A1"),
    ("behind the end of a list is nothing", "customer.recent_orders[7].n", None),
    ("and stops at the first false", "flag and count > 5", False),
    ("or gives the first that is something", "empty or city", "Lagos"),
    ("not", "not empty", True),
    ("one or the other", "'many' if count > 2 else 'few'", "many"),
    ("a range", "1 < count <= 3", True),
    ("a number and a text", "count == '3'", True),
    ("a number is no yes", "count == true", False),
    ("a list", "city in ['Lagos', 'Abuja']", True),
    ("default", "default(empty, 'none')", "none"),
    ("money of the workspace", "money(price * count)", "NGN 13.50"),
    ("money of another currency", "money(1234567.5, 'JPY')", "JPY 1,234,568"),
    ("money is rounded as in the shop", "money(2.665)", "NGN 2.67"),
    ("money of a currency without decimals is rounded up", "money(2.5, 'JPY')", "JPY 3"),
    ("rounding is commercial", "round(2.345, 2)", Decimal("2.35")),
    ("len of nothing", "len(missing)", Decimal(0)),
    ("number of what is none", "number('abc')", None),
    ("join", "join(customer.tags, ' + ')", "vip + new"),
    ("contains in any case", "contains(city, 'LAG')", True),
    ("the most", "max(count, 10, price)", Decimal(10)),
    ("the sign", "-count", Decimal(-3)),
]


@pytest.mark.parametrize(("text", "value"), [it[1:] for it in VALUES], ids=[it[0] for it in VALUES])
def test_expression_has_its_value(text: str, value: object) -> None:
    found = expression.parse_expression(text).evaluate(SCOPE)
    assert found == value
    assert type(found) is type(value)


REFUSED = [
    ("the way to everything", "().__class__.__bases__[0].__subclasses__()", ""),
    ("a name with underscores", "__import__('os')", "is not a function"),
    ("an attribute with underscores", "customer.__class__", "begins with a letter"),
    ("a private attribute", "customer._x", "begins with a letter"),
    ("a method", "city.lower()", "written in front, as in `lower(name)`"),
    ("a method that formats", "'{0.__class__}'.format(city)", "there is no `.format()`"),
    ("formatting with %", "'%s' % city", "the operators are"),
    ("an f-string", "f'{city}'", "write `{{"),
    ("a power", "9**9**9", "the operators are"),
    ("a shift", "1 << 99", "the operators are"),
    ("a remainder", "5 % 2", "the operators are"),
    ("a lambda", "(lambda: 1)()", "not a function"),
    ("a comprehension", "[x for x in 'ab']", "not part"),
    ("a generator", "max(x for x in 'ab')", "not part"),
    ("an assignment", "(x := 1)", "`set` step"),
    ("a dictionary", "{'a': 1}", "not part"),
    ("a set", "{1, 2}", "not part"),
    ("a slice", "city[0:2]", "only one item"),
    ("a star", "max(*customer.tags)", "plain arguments"),
    ("a keyword", "round(x=1)", "plain arguments"),
    ("is", "city is none", "instead of `is`"),
    ("bytes", "b'abc'", "can be written"),
    ("an imaginary number", "1j", "can be written"),
    ("dots", "...", "can be written"),
    ("a large number", "9" * 400, "too large"),
    ("an endless number", "1e999", "too large"),
    ("two statements", "1; 2", "cannot be read"),
    ("a single =", "city = 'Lagos'", "write `==`"),
    ("nothing", "  ", "is empty"),
    ("a null byte", "1\x00", "cannot be read"),
    ("a name that looks like another", "сity", "letters"),
    ("an unknown function", "eval('1')", "there are abs"),
    ("a function without its arguments", "round()", "1 to 2 arguments"),
    ("too long", "1 + " * 200 + "1", "at most 500 characters"),
    ("too many parts", "+".join("1" * 120), "too long"),
    ("too deep", "not " * 60 + "1", "too long"),
    ("too many brackets", "(" * 240 + "1" + ")" * 240, ""),
    ("await", "await x", ""),
    ("yield", "(yield)", ""),
]


@pytest.mark.parametrize(("text", "why"), [it[1:] for it in REFUSED], ids=[it[0] for it in REFUSED])
def test_other_syntax_is_refused(text: str, why: str) -> None:
    with pytest.raises(ExpressionError) as raised:
        expression.parse_expression(text)
    assert why in str(raised.value)


IMPOSSIBLE = [
    ("a division by zero", "1 / (count - 3)", "divided by zero"),
    ("a text times a number", "'a' * 999999999", "a sum needs numbers"),
    ("a list times a number", "[1] * 9999", "a sum needs numbers"),
    ("a sum with nothing", "missing + 1", "there is nothing"),
    ("a part of a text", "city.lower", "has no parts"),
    ("a letter of a text", "city[0]", "has no parts"),
    ("a number that grows", "*".join(["999999999999999"] * 10), "too large"),
    ("a text that grows", "+".join(["long"] * 5), "longer than"),
    ("join of a text", "join(city)", "for lists"),
    ("len of a number", "len(count)", "a length"),
    ("rounding to many digits", "round(1, 99)", "0 to 9"),
]


@pytest.mark.parametrize(("text", "why"), [it[1:] for it in IMPOSSIBLE], ids=[it[0] for it in IMPOSSIBLE])
def test_evaluation_errors_are_explained(text: str, why: str) -> None:
    with pytest.raises(ExpressionError, match=why):
        expression.parse_expression(text).evaluate({**SCOPE, "long": "x" * 1000})


class Trap(dict[str, Any]):
    """A mapping that must be asked for its items only."""

    secret = "not for flows"


def test_attribute_reads_an_item_never_a_python_attribute() -> None:
    scope = {"it": Trap(keys="mine")}
    assert expression.parse_expression("it.keys").evaluate(scope) == "mine"
    assert expression.parse_expression("it.secret").evaluate(scope) is None
    assert expression.parse_expression("it.get").evaluate(scope) is None


def test_unsupported_types_are_none() -> None:
    for value in (object(), open, b"bytes", {1, 2}, float("nan"), float("inf"), 10**100, time):
        assert expression.parse_expression("x").evaluate({"x": value}) is None


def test_errors_contain_no_customer_text() -> None:
    with pytest.raises(ExpressionError) as raised:
        expression.parse_expression("answer + 1").evaluate({"answer": "my secret"})
    assert "secret" not in str(raised.value)


_WORDS = (
    "count",
    "city",
    "customer",
    ".name",
    ".tags",
    "[0]",
    "1",
    "2.5",
    "'a'",
    "(",
    ")",
    "[",
    "]",
    ",",
    " ",
    "if",
    "else",
)
_SIGNS = (*"+-*/<>=!%@~^&|:;{}", "**", "==", "in", "not", "and", "or", "is", "lambda", "__class__", "\x00", "\n", "é")
PIECES = st.lists(st.sampled_from((*_WORDS, *_SIGNS, *FUNCTIONS)), max_size=40).map(" ".join)


@given(text=st.one_of(st.text(max_size=300), PIECES))
def test_any_expression_is_a_small_value_or_an_error(text: str) -> None:
    try:
        value = expression.parse_expression(text).evaluate(SCOPE)
    except ExpressionError as error:
        assert str(error)
        return
    assert len(to_text(value)) <= MAX_TEXT


VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=50) | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)
_USES = (
    "a + b",
    "a < b",
    "a == b",
    "a in b",
    "a and b",
    "-a",
    "not a",
    "a.x",
    "a[b]",
    "a if b else a",
    "[a, b]",
    "a / b",
    "a * b",
)
_CALLS = tuple(f"{name}({', '.join('ab'[:least] or 'a')})" for name, (_, least, _) in FUNCTIONS.items())


@given(text=st.sampled_from((*_USES, *_CALLS, "join([a, b], b)", "round(a, b)", "money(a, b)")), a=VALUE, b=VALUE)
def test_any_operands_give_a_value_or_an_error(text: str, a: Any, b: Any) -> None:
    try:
        value = expression.parse_expression(text).evaluate({"a": a, "b": b})
    except ExpressionError:
        return
    assert len(to_text(value)) <= MAX_TEXT
    try:
        plain = to_json_value(value)
    except ValueTooLarge:
        return
    assert isinstance(plain, str | int | float | bool | list | dict | None)


def test_allowed_syntax_cannot_run_code() -> None:
    allowed = set(syntax.CHECKS)
    assert not allowed & {
        ast.Lambda,
        ast.ListComp,
        ast.GeneratorExp,
        ast.Await,
        ast.Yield,
        ast.NamedExpr,
        ast.JoinedStr,
    }
    assert set(evaluation.EVALUATORS) == allowed


def test_most_expensive_expressions_are_fast() -> None:
    scope = {"l": [{"a": ["x" * 4000] * 1000}] * 1000, "t": "y" * 4000}
    began = time.process_time()
    for text in ("'z' in l", "join(l[0].a)", "t + t", " or ".join(["'z' in l[0].a"] * 20), "upper(t) in lower(t)"):
        try:
            expression.parse_expression(text).evaluate(scope)
        except ExpressionError:
            continue
    assert time.process_time() - began < 1


def test_inserted_values_are_not_parsed_again() -> None:
    template = text_template.parse_template("Hi {{ name }}, {{ count }} x {{money(price)}}{{ nothing }}.")
    scope = {**SCOPE, "name": "{{ workspace.currency }}"}
    assert template.render(scope) == "Hi {{ workspace.currency }}, 3 x NGN 4.50."


@pytest.mark.parametrize(
    ("text", "value"), [("{{ count }}", Decimal(3)), ("{{ count }} pieces", "3 pieces"), ("{{ flag }}", True), ("", "")]
)
def test_single_expression_keeps_its_type(text: str, value: object) -> None:
    assert text_template.parse_template(text).value(SCOPE) == value


@pytest.mark.parametrize("text", ["{{ name", "{{ }}", "{{ a b }}", "x" * 9000, "{{ a }}" * 60])
def test_invalid_template_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        text_template.parse_template(text)


@pytest.mark.timeout(60)
def test_placeholders_without_an_end_are_looked_for_once() -> None:
    """A thousand texts of the greatest length, none of them cached: minutes if each `{{` were looked at by itself."""
    for number in range(1000):
        with pytest.raises(ExpressionError, match="no `}}` behind it"):
            text_template.parse_template(f"{number:04}" + "{{" * 3998)


@pytest.mark.parametrize(
    ("text", "value"),
    [("{{{{ a }}", None), ("{{a}}}}{{a}}", "1}}1"), ("}}{{a}}", "}}1"), ("{{\na\n}}{", "1{"), ("{a}} {{a}}", "{a}} 1")],
)
def test_braces_beside_a_placeholder_are_text(text: str, value: str | None) -> None:
    if value is None:
        with pytest.raises(ExpressionError):
            text_template.parse_template(text)
    else:
        assert text_template.parse_template(text).render({"a": 1}) == value


def test_rendered_text_is_truncated() -> None:
    assert len(text_template.parse_template("{{ a }}{{ a }}").render({"a": "x" * 3000})) == MAX_TEXT


SHOWN = [
    (None, ""),
    (True, "yes"),
    (4.50, "4.5"),
    ("4.50", "4.50"),
    (100, "100"),
    ([1, "a"], "1, a"),
    ({"a": 1}, ""),
    (-0.0, "0"),
]


@pytest.mark.parametrize(("value", "text"), SHOWN)
def test_value_is_shown_as_text(value: object, text: str) -> None:
    assert to_text(value) == text


NUMBERS = {
    "5": "5", "1,000": "1000", "1,000.50": "1000.50", "12,5": "12.5", "1 000": "1000", "€5": "5", "٥": "5", "-3": "-3",
    "−3": "-3", ".5": "0.5", "5.": "5", "abc": None, "": None, "1e9": None, "5 apples": None, "1,00,000": "100000",
    "₹1,50,000.50": "150000.50", "2.000,50": "2000.50", "10.000.000": "10000000", "5.000": "5000", "1.500": "1.500",
    "٢٬٥٠٠": "2500", "٢٫٥": "2.5", "0.500": "0.500",
    "NaN": None, "inf": None, "9" * 61: None, "1.2.3": None, "²": None,
}  # fmt: skip


@pytest.mark.parametrize("text", NUMBERS)
def test_written_numbers_are_parsed(text: str) -> None:
    expected = NUMBERS[text]
    assert parse_number(text) == (Decimal(expected) if expected is not None else None)


def test_point_groups_thousands_where_people_write_so() -> None:
    found = {region: parse_number("€ 1.200", region) for region in ("ES", "BR", "NG", "MX", "", "XX")}
    assert found == {
        "ES": 1200,
        "BR": 1200,
        "NG": Decimal("1.2"),
        "MX": Decimal("1.2"),
        "": Decimal("1.2"),
        "XX": Decimal("1.2"),
    }


@given(st.text(max_size=80))
def test_any_text_is_a_number_or_none(text: str) -> None:
    parse_number(text)


def test_stored_values_are_json_of_limited_size() -> None:
    assert to_json_value(Decimal("4.50")) == 4.5
    assert to_json_value([Decimal(3), {"a": (True, None)}]) == [3, {"a": [True, None]}]
    value: Any = ["x"]
    with pytest.raises(ValueTooLarge):
        for _ in range(60):
            value = to_json_value([value, value])
