"""Errors of benchmarks."""

from devtools.stack.errors import StackError


class BenchFailed(StackError):
    """Raised when a check fails, so that there is no figure; the message says what was refused, lost or duplicated."""
