"""A MongoDB driver's errors as ours: DependencyAway when the server cannot be reached or does not answer in time,
Duplicate when an id exists already.
"""

from pymongo.errors import (
    BulkWriteError,
    ConnectionFailure,
    DuplicateKeyError,
    ExecutionTimeout,
    OperationFailure,
    ProtocolError,
    PyMongoError,
    WriteError,
)

from shared.errors import DependencyAway

_AWAY = (ConnectionFailure, ExecutionTimeout, ProtocolError)  # the first: also no primary, no server, no connection
_DUPLICATE = 11000
# What a server says about the document or the command itself; anything else that it says is about its own state (no
# primary, shutting down, out of disk, wrong password, …), and trying again later is right.
_OUR_FAULT = frozenset({2, 9, 14, 15, 40, 52, 66, 72, 115, 121, 16755, 10334, 17280, 28, 16, 59})


class Duplicate(Exception):
    """A document with this id (or unique key) exists already."""


def translate(error: PyMongoError) -> Exception:
    """Our error for a driver's."""
    if isinstance(error, DuplicateKeyError):
        return Duplicate(str(error.details))
    if isinstance(error, BulkWriteError):
        return _of_all(error)
    if isinstance(error, _AWAY) or error.timeout:
        return DependencyAway("mongodb", type(error).__name__)
    if isinstance(error, OperationFailure) and error.code not in _OUR_FAULT:
        return DependencyAway("mongodb", str(error.code))
    return error


def of_bulk(error: BulkWriteError, operations: int) -> list[bool | Exception]:
    """What became of each of the operations of an unordered bulk write: whether it made a document, or its error.

    Where the server could not confirm that the majority has what was written, nobody is told that it has.
    """
    details = error.details or {}
    if unconfirmed := details.get("writeConcernErrors"):
        return [DependencyAway("mongodb", str(unconfirmed[0].get("code")))] * operations
    made = {entry["index"] for entry in details.get("upserted", ())}
    failed = {failure["index"]: _of_one(failure) for failure in details.get("writeErrors", ())}
    return [failed.get(index, index in made) for index in range(operations)]


def _of_one(failure: dict[str, object]) -> Exception:
    code = failure.get("code")
    if code == _DUPLICATE:
        return Duplicate(str(failure.get("errmsg")))
    if code in _OUR_FAULT:
        # Not what was to be written (`op`): a failure is logged, and it may be what a customer wrote.
        return WriteError(str(failure.get("errmsg")), int(str(code)), {"code": code})
    return DependencyAway("mongodb", str(code))


def _of_all(error: BulkWriteError) -> Exception:
    """Of a bulk write that is one thing to its caller."""
    failures = [item for item in of_bulk(error, 1 + _last(error)) if isinstance(item, Exception)]
    others = [failure for failure in failures if not isinstance(failure, Duplicate)]
    return others[0] if others else Duplicate("bulk") if failures else error


def _last(error: BulkWriteError) -> int:
    return max((failure["index"] for failure in (error.details or {}).get("writeErrors", ())), default=0)
