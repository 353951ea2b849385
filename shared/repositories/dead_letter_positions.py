"""Up to where the topic `dead.letters` is in the index of dead letters. Writer: the console."""

from collections.abc import Mapping, Sequence

from shared.storage.mongo import Document, Duplicate, Mongo
from shared.topics import DEAD_LETTERS

COLLECTION = "dead_letter_positions"


class DeadLetterPositions:
    """Of all workspaces: one document. All raise DependencyAway."""

    def __init__(self, mongo: Mongo) -> None:
        self._collection = mongo.collection(COLLECTION)

    async def read(self, log: str) -> Mapping[int, int]:
        """Return the offset of the next record of each partition. log: the topic's id; of another topic: nothing."""
        found = await self._collection.find_one({"_id": DEAD_LETTERS.name, "log": log})
        return {int(partition): offset for partition, offset in found["next"].items()} if found else {}

    async def note(self, log: str, positions: Sequence[int]) -> None:
        """Store positions, which never go back within a topic. Several replicas may write theirs."""
        new = {str(partition): offset for partition, offset in enumerate(positions)}
        greater = {name: {"$max": [f"$next.{name}", offset]} for name, offset in new.items()}
        same: Document = {"$eq": ["$log", {"$literal": log}]}
        change: list[Document] = [{"$set": {"next": {"$cond": [same, greater, {"$literal": new}]}, "log": log}}]
        try:
            await self._collection.update({"_id": DEAD_LETTERS.name}, change, upsert=True)
        except Duplicate:
            await self._collection.update({"_id": DEAD_LETTERS.name}, change)
