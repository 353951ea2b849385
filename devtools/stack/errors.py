"""The error of the local stack, with a one-line message for the user."""


class StackError(Exception):
    """Raised when the stack or a part of it cannot start or continue. `str()` is one line; it names the log to read."""
