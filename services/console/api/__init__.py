"""The resources of the API, one module each: all routers that the modules of this package define are served."""

import importlib
import pkgutil
from collections.abc import Iterator, Sequence

from fastapi import APIRouter

_FREQUENT = ("conversation", "customer", "message")  # begin the names of modules whose routes are tried first


def _place(name: str) -> tuple[bool, str]:
    """Return the place of a module among the others: a request tries the routes one after the other."""
    return not name.rpartition(".")[2].startswith(_FREQUENT), name


def _routers() -> Iterator[APIRouter]:
    for info in sorted(pkgutil.iter_modules(__path__, f"{__name__}."), key=lambda one: _place(one.name)):
        yield from (one for one in vars(importlib.import_module(info.name)).values() if isinstance(one, APIRouter))


ROUTERS: Sequence[APIRouter] = tuple(_routers())
