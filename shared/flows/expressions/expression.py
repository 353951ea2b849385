"""Expressions of flows, such as `budget >= 1000 and "vip" in customer.tags`, in a sandbox.

They use Python's syntax but are never compiled: `syntax` refuses every node that is not listed when the flow is read,
`evaluation` evaluates the tree. Expressions see only the scope that they are given. Length, depth, numbers and results
are limited, so that no expression takes noticeable time or memory.
"""

import ast
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from shared.flows.expressions import work_limit
from shared.flows.expressions.error import ExpressionError
from shared.flows.expressions.evaluation import CONSTANTS, evaluate
from shared.flows.expressions.functions import FunctionMisused
from shared.flows.expressions.syntax import check_syntax

MAX_CHARACTERS = 500
_READ_PER_STEP = 4  # characters of an expression that cost one step of work
_SINGLE_EQUALS = re.compile(r"(?<![=!<>])=(?!=)")


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression. paths: the variables and attributes that it reads, such as `("customer", "tags")`."""

    text: str
    tree: ast.expr
    paths: frozenset[tuple[str, ...]]

    @property
    def names(self) -> frozenset[str]:
        """Return the variables that it reads."""
        return frozenset(path[0] for path in self.paths)

    def evaluate(self, scope: Mapping[str, Any]) -> Any:
        """Return the value: None, bool, Decimal, str, list or mapping. A name that is not in the scope is None.

        Raises ExpressionError, and nothing else.
        """
        try:
            with work_limit.limit_work():
                work_limit.spend(len(self.text) // _READ_PER_STEP)
                return evaluate(self.tree, scope)
        except (FunctionMisused, work_limit.TooMuchWork) as error:
            raise ExpressionError(str(error)) from None
        except ArithmeticError:
            raise ExpressionError("a number became too large, or was divided by zero") from None

    def holds(self, scope: Mapping[str, Any]) -> bool:
        """Return whether it is true as a condition. Raises ExpressionError."""
        return bool(self.evaluate(scope))


@lru_cache(maxsize=4096)
def parse_expression(text: str) -> Expression:
    """Return a checked expression. Raises ExpressionError."""
    if len(text) > MAX_CHARACTERS:
        raise ExpressionError(f"an expression has at most {MAX_CHARACTERS} characters")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd literals; `check_syntax` reports what is wrong
            tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        raise ExpressionError(_why_unreadable(text)) from None
    check_syntax(tree)
    return Expression(text, tree, frozenset(_paths(tree)))


def _why_unreadable(text: str) -> str:
    if not text.strip():
        return "the expression is empty"
    hint = " (write `==` to compare)" if _SINGLE_EQUALS.search(text) else ""
    return f"the expression cannot be read{hint}"


def _paths(node: ast.AST) -> Iterator[tuple[str, ...]]:
    path = _path(node)
    if path is not None:
        if path[0].lower() not in CONSTANTS:
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
