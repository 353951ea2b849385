"""Run by the image's Python: prints its distributions, and its modules without compiled code, as JSON.

Imports nothing of Parley: `python -c` gets the text of this file.
"""

import json
import sys
from collections.abc import Iterator
from importlib.metadata import distributions
from importlib.util import cache_from_source
from pathlib import Path

_UNCHECKED = b"\x01\x00\x00\x00"  # flags of a .pyc: named by a hash of the source, which is not read (PEP 552)


def uncompiled(folder: Path) -> Iterator[str]:
    """Yield modules that each start would compile anew; files that are no Python are left out."""
    for source in sorted(folder.rglob("*.py")):
        try:
            compiled = Path(cache_from_source(str(source))).read_bytes()[4:8] == _UNCHECKED
        except OSError:
            compiled = False
        if not compiled and _is_python(source):
            yield str(source)


def _is_python(source: Path) -> bool:
    try:
        compile(source.read_bytes(), str(source), "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True


if __name__ == "__main__":
    sys.stdout.write(
        json.dumps(
            {
                "distributions": [[one.metadata["Name"], one.version] for one in distributions()],
                "uncompiled": [*uncompiled(Path("/app")), *uncompiled(Path("/opt/parley/lib"))],
            }
        )
    )
