"""A note about the last verified backup, in the database itself, so that a service can tell how old it is.

There is one document. Backups leave it out, and a restore takes away what it finds: the backups of a restored database
are those that are made of it. A restored database therefore has no backup until the next one.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from msgspec import ValidationError

from shared.storage.documents import from_document
from shared.storage.mongo import Document, Mongo

COLLECTION = "backups"
_LAST = {"_id": "last"}

Verified = Literal["restored", "read_back"]


@dataclass(frozen=True, slots=True)
class BackupNote:
    """The last backup. at: the moment whose documents it has. size: of the file, in bytes. documents: their number.
    verified: it was restored into another database and compared, or read back and compared.
    """

    at: datetime
    size: int
    documents: int
    verified: Verified


async def write_note(mongo: Mongo, note: BackupNote) -> None:
    """Replace the note. Raises DependencyAway; AccessRefused if the user may not write."""
    values: Document = {"at": note.at, "size": note.size, "documents": note.documents, "verified": note.verified}
    await mongo.collection(COLLECTION).update(_LAST, {"$set": values}, upsert=True)


async def read_note(mongo: Mongo) -> BackupNote | None:
    """Return the note; None if no backup of this database is known, as from a note of another version that cannot be
    read. Raises DependencyAway.
    """
    found = await mongo.collection(COLLECTION).find_one(_LAST)
    if found is None:
        return None
    with suppress(ValidationError):
        return from_document(found, BackupNote)
    return None


async def remove_note(mongo: Mongo) -> None:
    """Remove the note. Raises DependencyAway."""
    await mongo.collection(COLLECTION).delete({})
