"""Evaluates the syntax tree of an expression. Pure."""

import ast
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from shared.flows.expressions import work_limit
from shared.flows.expressions.error import ExpressionError
from shared.flows.expressions.functions import call_function, to_number
from shared.flows.expressions.operators import COMPARISONS, OPERATORS
from shared.flows.expressions.values import EXACT, MAX_ITEMS, MAX_TEXT, to_expression_value

CONSTANTS = {"true": True, "false": False, "none": None, "null": None}
_COPIED_PER_STEP = 16  # items of a list that cost one step of work


def evaluate(node: ast.expr, scope: Mapping[str, Any]) -> Any:
    work_limit.spend()
    return _check_length(EVALUATORS[type(node)](node, scope))


def _check_length(value: Any) -> Any:
    if isinstance(value, str) and len(value) > MAX_TEXT:
        raise ExpressionError(f"the text is longer than {MAX_TEXT} characters")
    return value


def _constant(node: Any, scope: Mapping[str, Any]) -> Any:
    return to_expression_value(node.value)


def _name(node: Any, scope: Mapping[str, Any]) -> Any:
    if node.id in scope:
        value = _cut(to_expression_value(scope[node.id]))
        work_limit.spend(len(value) // _COPIED_PER_STEP if isinstance(value, list) else 0)
        return value
    return CONSTANTS.get(node.id)


def _cut(value: Any) -> Any:
    """Truncate long text from outside instead of refusing it, because a customer could break a flow otherwise."""
    return value[:MAX_TEXT] if isinstance(value, str) else value


def _item(whole: Any, key: Any) -> Any:
    if isinstance(whole, Mapping):
        return _cut(to_expression_value(whole.get(key))) if isinstance(key, str) else None
    if whole is None:
        return None
    if isinstance(whole, list) and isinstance(key, Decimal):
        place = int(key) if key == key.to_integral_value() and abs(key) <= MAX_ITEMS else MAX_ITEMS
        return _cut(to_expression_value(whole[place])) if -len(whole) <= place < len(whole) else None
    raise ExpressionError("a text or a number has no parts")


def _attribute(node: Any, scope: Mapping[str, Any]) -> Any:
    return _item(evaluate(node.value, scope), node.attr)


def _subscript(node: Any, scope: Mapping[str, Any]) -> Any:
    return _item(evaluate(node.value, scope), evaluate(node.slice, scope))


def _call(node: Any, scope: Mapping[str, Any]) -> Any:
    workspace = scope.get("workspace")
    currency = workspace.get("currency") if isinstance(workspace, Mapping) else ""
    arguments = [evaluate(item, scope) for item in node.args]
    work_limit.spend_on(*arguments)
    return call_function(node.func.id, arguments, currency if isinstance(currency, str) else "")


def _operation(node: Any, scope: Mapping[str, Any]) -> Any:
    left, right = evaluate(node.left, scope), evaluate(node.right, scope)
    work_limit.spend_on(left, right)
    if isinstance(node.op, ast.Add) and isinstance(left, str) and isinstance(right, str):
        return left + right
    return OPERATORS[type(node.op)](_require_number(left), _require_number(right))


def _require_number(value: Any) -> Decimal:
    number = to_number(value)
    if number is None:
        what = "nothing" if value is None else "something else"
        raise ExpressionError(
            f"a sum needs numbers, and there is {what}; `default(x, 0)` helps where one may be missing"
        )
    return number


def _unary(node: Any, scope: Mapping[str, Any]) -> Any:
    value = evaluate(node.operand, scope)
    if isinstance(node.op, ast.Not):
        return not value
    number = _require_number(value)
    return EXACT.minus(number) if isinstance(node.op, ast.USub) else number


def _logic(node: Any, scope: Mapping[str, Any]) -> Any:
    stops_at = isinstance(node.op, ast.Or)
    value: Any = None
    for item in node.values:
        value = evaluate(item, scope)
        if bool(value) is stops_at:
            break
    return value


def _comparison(node: Any, scope: Mapping[str, Any]) -> bool:
    left = evaluate(node.left, scope)
    for op, item in zip(node.ops, node.comparators, strict=True):
        right = evaluate(item, scope)
        work_limit.spend_on(left, right)
        if not COMPARISONS[type(op)](left, right):
            return False
        left = right
    return True


def _conditional(node: Any, scope: Mapping[str, Any]) -> Any:
    return evaluate(node.body if evaluate(node.test, scope) else node.orelse, scope)


def _list(node: Any, scope: Mapping[str, Any]) -> list[Any]:
    return [evaluate(item, scope) for item in node.elts]


EVALUATORS: dict[type[ast.expr], Callable[[Any, Mapping[str, Any]], Any]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.Call: _call,
    ast.BinOp: _operation,
    ast.UnaryOp: _unary,
    ast.BoolOp: _logic,
    ast.Compare: _comparison,
    ast.IfExp: _conditional,
    ast.List: _list,
    ast.Tuple: _list,
}
