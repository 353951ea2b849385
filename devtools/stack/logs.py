"""Excerpts of logs, short enough for a one-line error message."""

import re
from pathlib import Path

_ERROR_LINE = re.compile(r'\b(ERROR|FATAL|CRITICAL)\b|"s":"[EF]"|Error\b|Exception\b|^# ', re.MULTILINE)
_CALM_LINE = re.compile(r'"level":"(info|debug)"|"s":"[ID]"')  # of our services, of MongoDB
_WINDOW = 64 * 1024  # bytes read from the end


def log_excerpt(log: Path, *, since: int = 0, lines: int = 2, width: int = 300) -> str:
    """Return the last lines after byte `since` that look like an error, otherwise the last lines, joined by ` | `.

    Lines that report ordinary work are left out: they say nothing about an exit.
    """
    try:
        with log.open("rb") as file:
            end = file.seek(0, 2)
            file.seek(max(since, end - _WINDOW))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    non_empty = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in non_empty if _ERROR_LINE.search(line)]
    others = [line for line in non_empty if not _CALM_LINE.search(line)]
    return " | ".join(line[:width] for line in (errors or others)[-lines:])
