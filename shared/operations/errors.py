"""Errors of operations that a person can correct: an API returns their text, the command line prints it with a hint.

The text names no command and no option; `devtools/cli/hints.py` adds them by the class of the error.

OperationRefused     base; the text has one or several lines and says what to correct
  NotFound           nothing has the given id or name, or several things have it
  FileInvalid        a file cannot be used; each line names the file and, where there is one, the line
"""

from typing import ClassVar


class OperationRefused(Exception):
    """Raised when an operation cannot be carried out as requested. The text says why, and what to do.

    code: the same for programs: a name of the API's problems (`services.console.problems`). reason: narrows it, for the
    words of the console in other languages; empty: the text alone says it.
    """

    code: ClassVar[str] = "conflict"
    reason: ClassVar[str] = ""


class NotFound(OperationRefused):
    """Raised when nothing has the given id or name, or when it fits several things."""

    code = "not-found"


class FileInvalid(OperationRefused):
    """Raised for a file that cannot be used: each line of the text names the file and what is wrong."""

    code = "invalid"
