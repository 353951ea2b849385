"""MongoDB's errors are named in words that can be looked up."""

import pytest
from pymongo.errors import OperationFailure

from shared.errors import AccessRefused, DependencyAway
from shared.storage.mongo_errors import translate


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            OperationFailure("", 91, {"codeName": "ShutdownInProgress"}),
            "mongodb is away: ShutdownInProgress (error 91)",
        ),
        (OperationFailure("", 91), "mongodb is away: error 91"),
    ],
)
def test_state_of_the_server_is_named(error: OperationFailure, text: str) -> None:
    found = translate(error)
    assert isinstance(found, DependencyAway)
    assert str(found) == text


def test_refused_access_says_why() -> None:
    found = translate(OperationFailure("", 13, {"codeName": "Unauthorized"}))
    assert isinstance(found, AccessRefused)
    assert str(found) == "mongodb refuses access: the user lacks a right (error 13)"
