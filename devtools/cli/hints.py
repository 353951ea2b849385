"""Completes errors of operations with the command or option that helps: operations do not know the command line."""

from shared.operations.channels import ChannelNotStopped
from shared.operations.customers.queries import CustomerNotFound
from shared.operations.customers.tags import TagsInvalid
from shared.operations.errors import OperationRefused

_HINTS: dict[type[OperationRefused], str] = {
    ChannelNotStopped: "; `parley channels list` shows which are",
    CustomerNotFound: "; `parley customers find` shows whom there is",
    TagsInvalid: ": --add vip --remove new",
}


def with_hint(error: OperationRefused) -> str:
    """Return the text of an error, with what to do about it on the command line."""
    return f"{error}{_HINTS.get(type(error), '')}"
