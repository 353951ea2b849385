"""The one error of the local stack: its text is a line that a person can act on."""


class StackError(Exception):
    """The stack, or a part of it, cannot start or go on. `str()` is one clear line; it names the log to read."""
