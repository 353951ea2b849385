"""What a dead child said last, short enough for one line."""

import re
from pathlib import Path

_TELLING = re.compile(r'\b(ERROR|FATAL|CRITICAL)\b|"s":"[EF]"|Error\b|Exception\b|^# ', re.MULTILINE)
_WINDOW = 64 * 1024  # bytes read from the end


def tail(log: Path, *, since: int = 0, lines: int = 2, width: int = 300) -> str:
    """The last telling lines after byte `since` (those that look like an error, else any), joined by ` | `."""
    try:
        with log.open("rb") as file:
            end = file.seek(0, 2)
            file.seek(max(since, end - _WINDOW))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    kept = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in kept if _TELLING.search(line)]
    return " | ".join(line[:width] for line in (telling or kept)[-lines:])
