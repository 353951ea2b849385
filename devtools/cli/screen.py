"""Prints with styles on a terminal, and without styles elsewhere."""

from datetime import datetime
from typing import Any

from rich.console import Console
from rich.segment import Segment

from shared.text.printable import one_line, printable


class _PrintableConsole(Console):
    def _render_buffer(self, buffer: Any) -> str:
        return super()._render_buffer(
            [part if part.control else Segment(printable(part.text), part.style) for part in buffer]
        )


def console(*, stderr: bool = False) -> Console:
    """Return a console that styles on a terminal only, never breaks lines, and guesses no markup or colours.

    Texts are made printable before styles are put around them.
    """
    return _PrintableConsole(stderr=stderr, highlight=False, soft_wrap=True, markup=False, emoji=False)


def clock_time(at: datetime) -> str:
    """Return the time of day in UTC, with milliseconds."""
    return at.strftime("%H:%M:%S.") + f"{at.microsecond // 1000:03d}"


def seconds(value: float) -> str:
    """Return a duration as `120 ms` or `1.25 s`."""
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.2f} s"


def shortened(text: str, most: int) -> str:
    """Return one printable line of at most `most` characters."""
    return one_line(text, most)
