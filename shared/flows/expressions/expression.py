"""Expressions of flows, such as `budget >= 1000 and "vip" in customer.tags`, in a sandbox.

They are Python's syntax, parsed and never compiled: each node is looked at here, and what is not on the list is refused
when the flow is read. They see only the values that they are given. Length, depth, numbers and results are bounded, so
that no expression takes noticeable time or memory.
"""

import ast
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from shared.flows.expressions import work_limit
from shared.flows.expressions.functions import FUNCTIONS, FunctionMisused, call_function, to_number
from shared.flows.expressions.values import EXACT, MAX_ITEMS, MAX_TEXT, to_expression_value

MAX_CHARACTERS = 500
_MOST_NODES = 150
_MOST_DEPTH = 20
_LARGEST = 1e15
_CONSTANTS = {"true": True, "false": False, "none": None, "null": None}
_READ_AT_ONCE, _COPIED_AT_ONCE = 4, 16  # characters of an expression, items of a list, for one step of work
_SINGLE_EQUALS = re.compile(r"(?<![=!<>])=(?!=)")


class ExpressionError(ValueError):
    """An expression that cannot be read or worked out; the text says why, for people, without any of the values."""


@dataclass(frozen=True, slots=True)
class Expression:
    """text: as it was written. paths: what it looks at, such as `("customer", "tags")`."""

    text: str
    tree: ast.expr
    paths: frozenset[tuple[str, ...]]

    @property
    def names(self) -> frozenset[str]:
        """The values that it needs."""
        return frozenset(path[0] for path in self.paths)

    def evaluate(self, scope: Mapping[str, Any]) -> Any:
        """Its value: None, bool, Decimal, str, list or mapping. A name that is not in the scope is nothing (None).

        Raises ExpressionError, and nothing else.
        """
        try:
            with work_limit.limit_work():
                work_limit.spend(len(self.text) // _READ_AT_ONCE)
                return _value(self.tree, scope)
        except (FunctionMisused, work_limit.TooMuchWork) as error:
            raise ExpressionError(str(error)) from None
        except ArithmeticError:
            raise ExpressionError("a number became too large, or was divided by zero") from None

    def holds(self, scope: Mapping[str, Any]) -> bool:
        """Whether it is true, as a condition. Raises ExpressionError."""
        return bool(self.evaluate(scope))


@lru_cache(maxsize=4096)
def parse_expression(text: str) -> Expression:
    """Raises ExpressionError."""
    if len(text) > MAX_CHARACTERS:
        raise ExpressionError(f"an expression has at most {MAX_CHARACTERS} characters")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about odd literals; what is wrong is said by us
            tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        raise ExpressionError(_why_unreadable(text)) from None
    _check_size(tree)
    _check(tree)
    return Expression(text, tree, frozenset(_paths(tree)))


def _why_unreadable(text: str) -> str:
    if not text.strip():
        return "the expression is empty"
    hint = " (write `==` to compare)" if _SINGLE_EQUALS.search(text) else ""
    return f"the expression cannot be read{hint}"


def _check_size(tree: ast.expr) -> None:
    layer: list[ast.AST] = [tree]
    nodes = depth = 0
    while layer:
        nodes, depth = nodes + len(layer), depth + 1
        if nodes > _MOST_NODES or depth > _MOST_DEPTH:
            raise ExpressionError("the expression is too long; set parts of it as variables first")
        layer = [child for node in layer for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]


def _check(node: ast.expr) -> None:
    kind = type(node)
    if kind not in _CHECKS:
        raise ExpressionError(_REFUSED.get(kind, "this is not part of the language of expressions"))
    _CHECKS[kind](node)
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr) and not (isinstance(node, ast.Call) and child is node.func):
            _check(child)


def _check_constant(node: Any) -> None:
    value = node.value
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return
    if not isinstance(value, int | float):
        raise ExpressionError("only texts, numbers, true, false and none can be written")
    if not abs(value) < _LARGEST:
        raise ExpressionError("the number is too large")


def _check_name(node: Any) -> None:
    if node.id.startswith("_") or not node.id.isascii():
        raise ExpressionError("names are letters, digits and _, and begin with a letter")


def _check_attribute(node: Any) -> None:
    if node.attr.startswith("_") or not node.attr.isascii():
        raise ExpressionError("a name behind a point begins with a letter")


def _check_call(node: Any) -> None:
    if isinstance(node.func, ast.Attribute):
        raise ExpressionError(f"there is no `.{node.func.attr}()`; functions are written in front, as in `lower(name)`")
    if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS:
        what = f"`{node.func.id}`" if isinstance(node.func, ast.Name) else "this"
        raise ExpressionError(f"{what} is not a function; there are {', '.join(FUNCTIONS)}")
    _, least, most = FUNCTIONS[node.func.id]
    if node.keywords or any(isinstance(item, ast.Starred) for item in node.args):
        raise ExpressionError(f"`{node.func.id}` takes plain arguments")
    if not least <= len(node.args) <= most:
        count = f"{least}" if least == most else f"{least} to {most}"
        raise ExpressionError(f"`{node.func.id}` takes {count} argument{'s' if most > 1 else ''}")


def _check_operator(node: Any) -> None:
    if type(node.op) not in _OPERATORS:
        raise ExpressionError("the operators are + - * / and the comparisons")


def _check_unary(node: Any) -> None:
    if isinstance(node.op, ast.Invert):
        raise ExpressionError("write `not` for the opposite")


def _check_comparison(node: Any) -> None:
    if not all(type(op) in _COMPARISONS for op in node.ops):
        raise ExpressionError("write `==` and `!=` instead of `is`")


def _fine(node: Any) -> None:
    return


_CHECKS: dict[type[ast.expr], Callable[[Any], None]] = {
    ast.Constant: _check_constant,
    ast.Name: _check_name,
    ast.Attribute: _check_attribute,
    ast.Subscript: _fine,
    ast.Call: _check_call,
    ast.BinOp: _check_operator,
    ast.UnaryOp: _check_unary,
    ast.BoolOp: _fine,
    ast.Compare: _check_comparison,
    ast.IfExp: _fine,
    ast.List: _fine,
    ast.Tuple: _fine,
}
_REFUSED: dict[type[ast.expr], str] = {
    ast.Slice: "only one item can be taken of a list",
    ast.JoinedStr: 'write `{{ … }}` in the text instead of f"…"',
    ast.NamedExpr: "a value is set with a `set` step",
    ast.Lambda: "there are no functions of one's own",
}


def _paths(node: ast.AST) -> Iterator[tuple[str, ...]]:
    path = _path(node)
    if path is not None:
        if path[0].lower() not in _CONSTANTS:
            yield path
        return
    children = node.args if isinstance(node, ast.Call) else ast.iter_child_nodes(node)
    for child in children:
        yield from _paths(child)


def _path(node: ast.AST) -> tuple[str, ...] | None:
    if isinstance(node, ast.Name):
        return (node.id,)
    if isinstance(node, ast.Attribute):
        inner = _path(node.value)
        return (*inner, node.attr) if inner is not None else None
    return None


def _value(node: ast.expr, scope: Mapping[str, Any]) -> Any:
    work_limit.spend()
    return _bounded(_EVALUATE[type(node)](node, scope))


def _bounded(value: Any) -> Any:
    if isinstance(value, str) and len(value) > MAX_TEXT:
        raise ExpressionError(f"the text is longer than {MAX_TEXT} characters")
    return value


def _constant(node: Any, scope: Mapping[str, Any]) -> Any:
    return to_expression_value(node.value)


def _name(node: Any, scope: Mapping[str, Any]) -> Any:
    if node.id in scope:
        value = _cut(to_expression_value(scope[node.id]))
        work_limit.spend(len(value) // _COPIED_AT_ONCE if isinstance(value, list) else 0)
        return value
    return _CONSTANTS.get(node.id)


def _cut(value: Any) -> Any:
    """What comes from outside may be long; it is cut rather than refused, or a customer could break a flow."""
    return value[:MAX_TEXT] if isinstance(value, str) else value


def _part(whole: Any, key: Any) -> Any:
    if isinstance(whole, Mapping):
        return _cut(to_expression_value(whole.get(key))) if isinstance(key, str) else None
    if whole is None:
        return None
    if isinstance(whole, list) and isinstance(key, Decimal):
        place = int(key) if key == key.to_integral_value() and abs(key) <= MAX_ITEMS else MAX_ITEMS
        return _cut(to_expression_value(whole[place])) if -len(whole) <= place < len(whole) else None
    raise ExpressionError("a text or a number has no parts")


def _attribute(node: Any, scope: Mapping[str, Any]) -> Any:
    return _part(_value(node.value, scope), node.attr)


def _subscript(node: Any, scope: Mapping[str, Any]) -> Any:
    return _part(_value(node.value, scope), _value(node.slice, scope))


def _call(node: Any, scope: Mapping[str, Any]) -> Any:
    workspace = scope.get("workspace")
    currency = workspace.get("currency") if isinstance(workspace, Mapping) else ""
    arguments = [_value(item, scope) for item in node.args]
    work_limit.spend_on(*arguments)
    return call_function(node.func.id, arguments, currency if isinstance(currency, str) else "")


def _operation(node: Any, scope: Mapping[str, Any]) -> Any:
    left, right = _value(node.left, scope), _value(node.right, scope)
    work_limit.spend_on(left, right)
    if isinstance(node.op, ast.Add) and isinstance(left, str) and isinstance(right, str):
        return left + right
    return _OPERATORS[type(node.op)](_a_number(left), _a_number(right))


def _a_number(value: Any) -> Decimal:
    number = to_number(value)
    if number is None:
        what = "nothing" if value is None else "something else"
        raise ExpressionError(
            f"a sum needs numbers, and there is {what}; `default(x, 0)` helps where one may be missing"
        )
    return number


def _unary(node: Any, scope: Mapping[str, Any]) -> Any:
    value = _value(node.operand, scope)
    if isinstance(node.op, ast.Not):
        return not value
    number = _a_number(value)
    return EXACT.minus(number) if isinstance(node.op, ast.USub) else number


def _logic(node: Any, scope: Mapping[str, Any]) -> Any:
    stops_at = isinstance(node.op, ast.Or)
    value: Any = None
    for item in node.values:
        value = _value(item, scope)
        if bool(value) is stops_at:
            break
    return value


def _comparison(node: Any, scope: Mapping[str, Any]) -> bool:
    left = _value(node.left, scope)
    for op, item in zip(node.ops, node.comparators, strict=True):
        right = _value(item, scope)
        work_limit.spend_on(left, right)
        if not _COMPARISONS[type(op)](left, right):
            return False
        left = right
    return True


def _choice(node: Any, scope: Mapping[str, Any]) -> Any:
    return _value(node.body if _value(node.test, scope) else node.orelse, scope)


def _list(node: Any, scope: Mapping[str, Any]) -> list[Any]:
    return [_value(item, scope) for item in node.elts]


_EVALUATE: dict[type[ast.expr], Callable[[Any, Mapping[str, Any]], Any]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.Call: _call,
    ast.BinOp: _operation,
    ast.UnaryOp: _unary,
    ast.BoolOp: _logic,
    ast.Compare: _comparison,
    ast.IfExp: _choice,
    ast.List: _list,
    ast.Tuple: _list,
}


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, Decimal) != isinstance(right, Decimal):  # `"5" == 5`: what customers write is text
        left, right = to_number(left), to_number(right)
        return left is not None and left == right
    if isinstance(left, list) or isinstance(right, list):
        return isinstance(left, list) and isinstance(right, list) and _same_items(left, right)
    if isinstance(left, bool) != isinstance(right, bool):
        return False
    return not isinstance(left, Mapping) and bool(left == right)


def _same_items(left: list[Any], right: list[Any]) -> bool:
    flat = (str, int, float, Decimal, type(None))
    return len(left) == len(right) and all(
        isinstance(one, flat)
        and isinstance(other, flat)
        and _same(to_expression_value(one), to_expression_value(other))
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


def _within(part: Any, whole: Any) -> bool:
    if isinstance(whole, str):
        return isinstance(part, str) and part in whole
    if isinstance(whole, list):
        return any(not isinstance(item, list | tuple) and _same(part, to_expression_value(item)) for item in whole)
    return isinstance(whole, Mapping) and isinstance(part, str) and part in whole


_OPERATORS: dict[type[ast.operator], Callable[[Decimal, Decimal], Decimal]] = {
    ast.Add: EXACT.add,
    ast.Sub: EXACT.subtract,
    ast.Mult: EXACT.multiply,
    ast.Div: EXACT.divide,
}
_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: _same,
    ast.NotEq: lambda left, right: not _same(left, right),
    ast.Lt: _ordered(lambda left, right: left < right),
    ast.LtE: _ordered(lambda left, right: left <= right),
    ast.Gt: _ordered(lambda left, right: left > right),
    ast.GtE: _ordered(lambda left, right: left >= right),
    ast.In: _within,
    ast.NotIn: lambda left, right: not _within(left, right),
}
