"""Warnings that are logged when something begins to be so, not each time that it is found."""

from typing import Any


class SaidOnce:
    """Logs a warning once for each subject, until the subject is well again."""

    def __init__(self, log: Any) -> None:
        self._log = log
        self._said: dict[str, str] = {}

    def warn(self, subject: str, message: str, detail: str) -> None:
        """Log the message with its detail, unless the last warning on this subject was the same."""
        if self._said.get(subject) != (said := f"{message}: {detail}"):
            self._said[subject] = said
            self._log.warning(message, detail=detail)

    def well(self, subject: str) -> None:
        """Let the next warning on this subject be logged again."""
        self._said.pop(subject, None)
