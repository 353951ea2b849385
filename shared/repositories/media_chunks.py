"""Indexes of the parts of kept files (`shared.repositories.media_store`)."""

from pymongo import IndexModel

COLLECTION = "media_chunks"
INDEXES = [
    IndexModel([("workspace", 1), ("conversation_id", 1)], name="conversation"),
    IndexModel([("workspace", 1), ("message_id", 1)], name="message"),
    IndexModel([("ends", 1)], name="retention", expireAfterSeconds=0),
]
