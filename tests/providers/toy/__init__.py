"""The smallest provider there can be. It shows what a provider needs, and tests add it through the registry."""

from collections.abc import Iterator
from contextlib import contextmanager

from shared.providers.registry import PROVIDERS
from tests.providers.toy.adapter import TOY


@contextmanager
def registered() -> Iterator[None]:
    """Add the toy provider to the registry."""
    PROVIDERS[TOY.name] = TOY
    try:
        yield
    finally:
        del PROVIDERS[TOY.name]
