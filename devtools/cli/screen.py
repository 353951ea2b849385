"""What people see: colours and symbols on a terminal, the same words without colours elsewhere."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO, cast

from shared.text.printable import one_line, printable

if TYPE_CHECKING:
    from datetime import datetime

    from rich.console import Console


class Printable:
    """A text stream that shows what others wrote without letting it act on the terminal (`shared.text.printable`).

    Rich's consoles write past it, for their colours are such characters: `console` sees to their texts.
    """

    def __init__(self, stream: TextIO) -> None:
        self.rich_proxied_file = stream  # where Rich looks for the stream behind another one

    def write(self, text: str) -> int:
        """Write the text; characters of control become visible."""
        return self.rich_proxied_file.write(printable(text))

    def writelines(self, lines: Any) -> None:
        """Write each of the lines."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.rich_proxied_file, name)


@contextmanager
def printable_output() -> Iterator[None]:
    """Have all that is printed within pass through `Printable`."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (cast("TextIO", Printable(stream)) for stream in before)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def terminal() -> TextIO:
    """Return the standard output as it is, for what moves the cursor on purpose."""
    return getattr(sys.stdout, "rich_proxied_file", sys.stdout)


def console(*, stderr: bool = False) -> "Console":
    """Prints with styles on a terminal and plainly elsewhere; lines are never broken or coloured by guesses.

    Texts are made printable before colours are put around them.
    """
    from rich.console import Console
    from rich.segment import Segment

    class PrintableConsole(Console):
        def _render_buffer(self, buffer: Any) -> str:
            return super()._render_buffer(
                [part if part.control else Segment(printable(part.text), part.style) for part in buffer]
            )

    return PrintableConsole(stderr=stderr, highlight=False, soft_wrap=True, markup=False, emoji=False)


def clock_time(at: "datetime") -> str:
    """The time of day, with milliseconds, in UTC."""
    return at.strftime("%H:%M:%S.") + f"{at.microsecond // 1000:03d}"


def seconds(value: float) -> str:
    """A duration for people."""
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.2f} s"


def shortened(text: str, most: int) -> str:
    """One printable line of at most `most` characters."""
    return one_line(text, most)
