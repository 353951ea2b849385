"""Opens a file that a command reads, and names it in errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from devtools.stack.errors import StackError
from shared.operations.customers.rows import HeaderInvalid


@contextmanager
def input_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file while an operation reads it. Raises StackError, which names the file."""
    try:
        with path.open("rb") as stream:
            yield stream
    except OSError as error:
        raise StackError(f"{path}: {error.strerror or error}") from None
    except HeaderInvalid as error:
        raise StackError(f"{path}: {error}") from None
