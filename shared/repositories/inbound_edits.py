"""Changes of a stored message for the customer's edits and deletions. Pure.

Edited: later contexts have the new text; earlier texts stay in `edits`, each with the time of its replacement, and in
the raw payload. An edit older than the last one is ignored, so that a redelivered record undoes nothing.

Deleted: the text is removed, also from `edits`, the raw payload and edits in between; so are references to media. Id,
sender, times, turn and decision stay. Keeping withdrawn words would only be a liability. (The topics have them until
their retention ends.)
"""

from datetime import datetime

from shared.storage.mongo import Document

KEPT = 20  # earlier texts of one message
_WITHOUT_TEXT: Document = {"text": "", "raw": "{}"}


def editable(body: str, at: datetime) -> Document:
    """Return the query for messages that an edit can apply to: texts, and media, whose caption may become empty."""
    kinds = ["text", "media"] if body else ["media"]
    return {
        "taken_back_at": None,
        "content.type": {"$in": kinds},
        "text": {"$ne": body},
        "$or": [{"edited_at": None}, {"edited_at": {"$lte": at}}],
    }


def replace_text(body: str, at: datetime) -> list[Document]:
    """Return the update that sets the new text and keeps the old one."""
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


def remove_content(at: datetime) -> Document:
    """Return the update that removes the content."""
    return {"$set": {**_WITHOUT_TEXT, "content": {"type": "revoke"}, "taken_back_at": at}, "$unset": {"edits": ""}}


def edits_of(provider_message_id: str) -> Document:
    """Return the query for edits of a message."""
    return {"content.type": "edit", "content.provider_message_id": provider_message_id}


def remove_edit_text() -> Document:
    """Return the update that removes the text of an edit."""
    return {"$set": {**_WITHOUT_TEXT, "content.body": ""}}
