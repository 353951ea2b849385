"""The resources of the API, one module each: all routers that the modules of this package define are served."""

import importlib
import pkgutil
from collections.abc import Iterator, Sequence

from fastapi import APIRouter


def _routers() -> Iterator[APIRouter]:
    for info in sorted(pkgutil.iter_modules(__path__, f"{__name__}."), key=lambda one: one.name):
        yield from (one for one in vars(importlib.import_module(info.name)).values() if isinstance(one, APIRouter))


ROUTERS: Sequence[APIRouter] = tuple(_routers())
