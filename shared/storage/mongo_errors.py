"""Translates a MongoDB driver's errors: DependencyAway when the server cannot be reached, TookTooLong when it does not
finish an operation in time, AccessRefused when it refuses our user, Duplicate when an id exists already, Unstorable
when the value can never be stored.
"""

from bson.errors import BSONError, InvalidDocument
from pymongo.errors import (
    BulkWriteError,
    ConnectionFailure,
    DuplicateKeyError,
    ExecutionTimeout,
    NetworkTimeout,
    OperationFailure,
    ProtocolError,
    PyMongoError,
    WriteError,
)

from shared.errors import AccessRefused, DependencyAway, TookTooLong, Unstorable

_AWAY = (ConnectionFailure, ProtocolError)  # the first: also no primary, no server, no connection
_DUPLICATE = 11000
_REFUSED = {13: "the user lacks a right", 18: "the user or the password is wrong"}
# Errors about the document or the command itself. All others are about the server's state (no primary, shutting down,
# out of disk, wrong password, …), and a retry is right.
_OUR_FAULT = frozenset({2, 9, 14, 40, 52, 66, 72, 115, 121, 28, 16, 59})
# Higher codes are those of checks of a command or a document in the server's source, except these: not the primary,
# shutting down, another one elected, interrupted, another shard's.
_CHECKS_FROM = 10_000
_STATES = frozenset({10058, 10107, 11600, 11601, 11602, 13388, 13435, 13436})
# A document too large or nested too deeply, an index key too long, invalid BSON.
_TOO_MUCH = frozenset({15, 22, 10334, 13548, 16493, 17280, 17419, 17420})

FAILURES = (PyMongoError, BSONError, OverflowError, UnicodeError, RecursionError)
"""All errors of a driver, including those for values that BSON cannot hold (numbers of more than 64 bits, a lone
surrogate, a NUL in a field name, too deep nesting, a too large document)."""


class Duplicate(Exception):
    """Raised when a document with this id or unique key exists already."""


def translate(error: Exception) -> Exception:
    """Return our error for a driver's (`FAILURES`), without the value to be stored, as errors are logged."""
    if isinstance(error, InvalidDocument) and "cannot encode" in str(error):
        return error  # a Python type that MongoDB does not know: a bug, not bad data
    if not isinstance(error, PyMongoError):
        return Unstorable(f"MongoDB cannot store it: {type(error).__name__}")
    if isinstance(error, DuplicateKeyError):
        return Duplicate(str(error.details))
    if isinstance(error, BulkWriteError):
        return _of_all(error)
    if isinstance(error, ExecutionTimeout | NetworkTimeout):  # the server's limit is a round trip before the driver's
        return TookTooLong("mongodb", type(error).__name__)
    if isinstance(error, _AWAY) or error.timeout:
        return DependencyAway("mongodb", type(error).__name__)
    if isinstance(error, OperationFailure) and error.code in _TOO_MUCH:
        return Unstorable(f"MongoDB cannot store it: error {error.code}")
    if isinstance(error, OperationFailure) and not _is_our_fault(error.code):
        return _away(error.code, (error.details or {}).get("codeName"))
    return error


def _away(code: object, name: object = None) -> DependencyAway:
    """Return the error for a code that is no fault of ours. name: MongoDB's for it, such as `ShutdownInProgress`."""
    if code in _REFUSED:
        return AccessRefused("mongodb", f"{_REFUSED[int(str(code))]} (error {code})")
    return DependencyAway("mongodb", f"{name} (error {code})" if name else f"error {code}")


def _is_our_fault(code: object) -> bool:
    if isinstance(code, int) and code >= _CHECKS_FROM:
        return code not in _STATES
    return code in _OUR_FAULT


def of_bulk(error: BulkWriteError, operations: int) -> list[bool | Exception]:
    """Return for each operation of an unordered bulk write whether it inserted a document, or its error.

    If the server could not confirm the writes for the majority, all operations fail.
    """
    details = error.details or {}
    if unconfirmed := details.get("writeConcernErrors"):
        return [_away(unconfirmed[0].get("code"), unconfirmed[0].get("codeName"))] * operations
    made = {entry["index"] for entry in details.get("upserted", ())}
    failed = {failure["index"]: _of_one(failure) for failure in details.get("writeErrors", ())}
    return [failed.get(index, index in made) for index in range(operations)]


def _of_one(failure: dict[str, object]) -> Exception:
    code = failure.get("code")
    if code == _DUPLICATE:
        return Duplicate(str(failure.get("errmsg")))
    if code in _TOO_MUCH:
        return Unstorable(f"MongoDB cannot store it: error {code}")
    if _is_our_fault(code):
        # Without the written value (`op`): errors are logged, and it may be a customer's text.
        return WriteError(str(failure.get("errmsg")), int(str(code)), {"code": code})
    return _away(code, failure.get("codeName"))


def _of_all(error: BulkWriteError) -> Exception:
    """Return one error for a whole bulk write."""
    failures = [item for item in of_bulk(error, 1 + _last(error)) if isinstance(item, Exception)]
    others = [failure for failure in failures if not isinstance(failure, Duplicate)]
    return others[0] if others else Duplicate("bulk") if failures else error


def _last(error: BulkWriteError) -> int:
    return max((failure["index"] for failure in (error.details or {}).get("writeErrors", ())), default=0)
