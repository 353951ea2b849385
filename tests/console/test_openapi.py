"""The OpenAPI document: committed, complete, and good enough for a generated client."""

import json
from typing import Any

import pytest

from services.console import openapi
from services.console.app import make_app
from services.console.rights import RULES, SCOPES

METHODS = {"get", "post", "put", "patch", "delete"}


def operations() -> list[tuple[str, dict[str, Any]]]:
    document = json.loads(openapi.as_text(make_app(None)))
    return [
        (f"{method.upper()} {path}", operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    ]


def test_committed_document_is_current() -> None:
    """`python -m services.console.openapi` writes it."""
    assert openapi.FILE.read_text() == openapi.as_text(make_app(None))


@pytest.mark.parametrize(("name", "operation"), operations(), ids=lambda value: value if isinstance(value, str) else "")
def test_operation_is_described(name: str, operation: dict[str, Any]) -> None:
    assert operation.get("description"), f"{name}: the route's function needs a docstring"
    assert operation["responses"]["default"]["content"]["application/problem+json"]
    answers = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
    assert answers
    assert set(operation.get("x-scopes", ())) <= SCOPES


def test_every_scope_opens_a_route() -> None:
    used = {scope for _, operation in operations() for scope in operation.get("x-scopes", ())}
    assert used <= {scope for rule in RULES.values() for scope in rule.scopes}
