"""The form of the cases of `test_isolation`."""

from collections.abc import Awaitable, Callable
from typing import Any

Try = tuple[Callable[[Any], Awaitable[object]], object]
"""A call of a method by another workspace that knows all ids of acme, and the expected result: a value, or an error."""
