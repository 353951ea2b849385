"""What people see: colours and symbols on a terminal, the same words without colours elsewhere."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from rich.console import Console


def console(*, stderr: bool = False) -> "Console":
    """Prints with styles on a terminal and plainly elsewhere; lines are never broken or coloured by guesses."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, soft_wrap=True, markup=False, emoji=False)


def clock_time(at: "datetime") -> str:
    """The time of day, with milliseconds, in UTC."""
    return at.strftime("%H:%M:%S.") + f"{at.microsecond // 1000:03d}"


def seconds(value: float) -> str:
    """A duration for people."""
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.2f} s"


def shortened(text: str, most: int) -> str:
    """One line of at most `most` characters."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"
