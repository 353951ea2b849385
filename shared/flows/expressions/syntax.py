"""Checks which parts of Python's syntax an expression uses; everything that is not listed is refused. Pure."""

import ast
from collections.abc import Callable
from typing import Any

from shared.flows.expressions.error import ExpressionError
from shared.flows.expressions.functions import FUNCTIONS
from shared.flows.expressions.operators import COMPARISONS, OPERATORS

_MAX_NODES = 150
_MAX_DEPTH = 20
_MAX_NUMBER = 1e15


def check_syntax(tree: ast.expr) -> None:
    """Raise ExpressionError unless the tree has only allowed nodes, and few enough."""
    _check_size(tree)
    _check_node(tree)


def _check_size(tree: ast.expr) -> None:
    layer: list[ast.AST] = [tree]
    nodes = depth = 0
    while layer:
        nodes, depth = nodes + len(layer), depth + 1
        if nodes > _MAX_NODES or depth > _MAX_DEPTH:
            raise ExpressionError("the expression is too long; set parts of it as variables first")
        layer = [child for node in layer for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]


def _check_node(node: ast.expr) -> None:
    kind = type(node)
    if kind not in CHECKS:
        raise ExpressionError(_HINTS.get(kind, "this is not part of the language of expressions"))
    CHECKS[kind](node)
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr) and not (isinstance(node, ast.Call) and child is node.func):
            _check_node(child)


def _check_constant(node: Any) -> None:
    value = node.value
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return
    if not isinstance(value, int | float):
        raise ExpressionError("only texts, numbers, true, false and none can be written")
    if not abs(value) < _MAX_NUMBER:
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
    if type(node.op) not in OPERATORS:
        raise ExpressionError("the operators are + - * / and the comparisons")


def _check_unary(node: Any) -> None:
    if isinstance(node.op, ast.Invert):
        raise ExpressionError("write `not` for the opposite")


def _check_comparison(node: Any) -> None:
    if not all(type(op) in COMPARISONS for op in node.ops):
        raise ExpressionError("write `==` and `!=` instead of `is`")


def _allow(node: Any) -> None:
    return


CHECKS: dict[type[ast.expr], Callable[[Any], None]] = {
    ast.Constant: _check_constant,
    ast.Name: _check_name,
    ast.Attribute: _check_attribute,
    ast.Subscript: _allow,
    ast.Call: _check_call,
    ast.BinOp: _check_operator,
    ast.UnaryOp: _check_unary,
    ast.BoolOp: _allow,
    ast.Compare: _check_comparison,
    ast.IfExp: _allow,
    ast.List: _allow,
    ast.Tuple: _allow,
}
_HINTS: dict[type[ast.expr], str] = {
    ast.Slice: "only one item can be taken of a list",
    ast.JoinedStr: 'write `{{ … }}` in the text instead of f"…"',
    ast.NamedExpr: "a value is set with a `set` step",
    ast.Lambda: "there are no functions of one's own",
}
