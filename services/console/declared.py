"""Reads what a route declares by its dependencies."""

from collections.abc import Iterator
from typing import Any

from fastapi.dependencies.models import Dependant


def declared(dependant: Dependant) -> Iterator[Any]:
    """Yield all callables that a route depends on, directly or not."""
    for dependency in dependant.dependencies:
        yield dependency.call
        yield from declared(dependency)
