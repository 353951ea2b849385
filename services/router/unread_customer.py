"""Reads a customer only for a decision that depends on them, as few do."""

from collections.abc import Iterator, Mapping
from typing import Any, NoReturn


class CustomerUnread(BaseException):
    """Raised when a decision depends on the customer, who has not been read. No Exception, because failures of a flow's
    actions are handled, and this is none.
    """


class UnreadCustomer(Mapping[str, Any]):
    """Stands for a customer who has not been read. Every access raises CustomerUnread."""

    def __getitem__(self, name: str) -> NoReturn:
        raise CustomerUnread

    def __iter__(self) -> Iterator[str]:
        raise CustomerUnread

    def __len__(self) -> NoReturn:
        raise CustomerUnread


UNREAD = UnreadCustomer()
