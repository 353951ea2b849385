"""What a customer does to a message that he sent before, as changes of its document. Pure.

Changed: later contexts have the new words; the old ones stay in `edits`, each with the time until which it stood, and
in the raw payload. A change that is older than the last one is passed over, so that a record that comes again undoes
nothing.

Taken back: the words go, also from `edits`, from the raw payload and from the changes that came between; so does the
reference to media. That a message was there stays: its id, sender, times, turn and decision. The customer has withdrawn
what he said, so keeping it serves no purpose of his and is only a liability. (The topics hold it until their retention
ends.)
"""

from datetime import datetime

from shared.storage.mongo import Document

KEPT = 20  # earlier texts of one message
_GONE: Document = {"text": "", "raw": "{}"}


def may_change(body: str, at: datetime) -> Document:
    """The messages that such a change can be meant for: texts, and media, whose caption may go altogether."""
    kinds = ["text", "media"] if body else ["media"]
    return {
        "taken_back_at": None,
        "content.type": {"$in": kinds},
        "text": {"$ne": body},
        "$or": [{"edited_at": None}, {"edited_at": {"$lte": at}}],
    }


def changed(body: str, at: datetime) -> list[Document]:
    """The new words, and the old ones kept."""
    before = {"text": "$text", "until": at}
    edits = {"$concatArrays": [{"$ifNull": ["$edits", []]}, [before]]}
    new: Document = {"$literal": body}
    content = {
        "$mergeObjects": [
            "$content",
            {"$cond": [{"$eq": ["$content.type", "media"]}, {"caption": new}, {"body": new}]},
        ]
    }
    return [{"$set": {"edits": {"$slice": [edits, -KEPT]}, "text": new, "content": content, "edited_at": at}}]


def taken_back(at: datetime) -> Document:
    """Nothing is left of what it said."""
    return {"$set": {**_GONE, "content": {"type": "revoke"}, "taken_back_at": at}, "$unset": {"edits": ""}}


def changes_of(provider_message_id: str) -> Document:
    """The messages that only changed that one."""
    return {"content.type": "edit", "content.provider_message_id": provider_message_id}


def change_forgotten() -> Document:
    """A change without the words that it brought."""
    return {"$set": {**_GONE, "content.body": ""}}
