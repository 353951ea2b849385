"""Makes control characters in output visible, so that untrusted text cannot control the terminal."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO, cast

from shared.text.printable import printable


class Printable:
    """A text stream that makes control characters of the text visible (`shared.text.printable`).

    Rich's consoles write past it, because their colours are control characters: `devtools.cli.screen.console` makes
    their texts printable.
    """

    def __init__(self, stream: TextIO) -> None:
        self.rich_proxied_file = stream  # the attribute in which Rich looks for the stream behind another one

    def write(self, text: str) -> int:
        """Write the text; control characters become visible."""
        return self.rich_proxied_file.write(printable(text))

    def writelines(self, lines: Any) -> None:
        """Write each of the lines."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.rich_proxied_file, name)


@contextmanager
def printable_output() -> Iterator[None]:
    """Pass all that is printed inside the block through `Printable`."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (cast("TextIO", Printable(stream)) for stream in before)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def terminal() -> TextIO:
    """Return the standard output itself, for output that moves the cursor on purpose."""
    return getattr(sys.stdout, "rich_proxied_file", sys.stdout)
