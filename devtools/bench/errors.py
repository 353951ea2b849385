"""What ends a benchmark without a figure."""

from devtools.stack.errors import StackError


class BenchFailed(StackError):
    """A check failed: something was refused, lost, answered twice or never. The message says what."""
