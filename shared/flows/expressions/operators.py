"""The operators of expressions, over the values of `shared.flows.expressions.values`. Pure."""

import ast
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from shared.flows.expressions.functions import to_number
from shared.flows.expressions.values import EXACT, to_expression_value


def _equal(left: Any, right: Any) -> bool:
    if isinstance(left, Decimal) != isinstance(right, Decimal):  # `"5" == 5`: what customers write is text
        left, right = to_number(left), to_number(right)
        return left is not None and left == right
    if isinstance(left, list) or isinstance(right, list):
        return isinstance(left, list) and isinstance(right, list) and _equal_items(left, right)
    if isinstance(left, bool) != isinstance(right, bool):
        return False
    return not isinstance(left, Mapping) and bool(left == right)


def _equal_items(left: list[Any], right: list[Any]) -> bool:
    flat = (str, int, float, Decimal, type(None))
    return len(left) == len(right) and all(
        isinstance(one, flat)
        and isinstance(other, flat)
        and _equal(to_expression_value(one), to_expression_value(other))
        for one, other in zip(left, right, strict=True)
    )


def _ordered(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def compare(left: Any, right: Any) -> bool:
        if left is None or right is None:
            return False  # nothing is neither more nor less
        if isinstance(left, str) and isinstance(right, str):
            return test(left, right)
        one, other = to_number(left), to_number(right)
        return one is not None and other is not None and test(one, other)

    return compare


def _contains(part: Any, whole: Any) -> bool:
    if isinstance(whole, str):
        return isinstance(part, str) and part in whole
    if isinstance(whole, list):
        return any(not isinstance(item, list | tuple) and _equal(part, to_expression_value(item)) for item in whole)
    return isinstance(whole, Mapping) and isinstance(part, str) and part in whole


OPERATORS: dict[type[ast.operator], Callable[[Decimal, Decimal], Decimal]] = {
    ast.Add: EXACT.add,
    ast.Sub: EXACT.subtract,
    ast.Mult: EXACT.multiply,
    ast.Div: EXACT.divide,
}
COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: _equal,
    ast.NotEq: lambda left, right: not _equal(left, right),
    ast.Lt: _ordered(lambda left, right: left < right),
    ast.LtE: _ordered(lambda left, right: left <= right),
    ast.Gt: _ordered(lambda left, right: left > right),
    ast.GtE: _ordered(lambda left, right: left >= right),
    ast.In: _contains,
    ast.NotIn: lambda left, right: not _contains(left, right),
}
