"""The messages of replays with both answers, and the members' votes. Written by ai; votes by the console."""

from collections.abc import Collection
from decimal import Decimal

import msgspec
from pymongo import IndexModel

from shared.domain.replays import CastVote, Difference, Origin, ReplayResult, Vote
from shared.storage.documents import from_document, to_document
from shared.storage.mongo import Document, Duplicate, Mongo
from shared.storage.scoped import Scoped

COLLECTION = "replay_results"
INDEXES = [
    IndexModel([("workspace", 1), ("replay", 1), ("place", 1)], name="list"),
    IndexModel([("workspace", 1), ("conversation_id", 1)], name="erasure"),
    IndexModel([("ends", 1)], name="retention", expireAfterSeconds=0),
]
_MOST = 5000  # results of a replay
_COUNTED = (
    *("then.origin", "then.seconds", "then.usd", "now.origin", "now.seconds", "now.usd", "now.refusals", "now.asked"),
    *("difference", "votes"),
)


class ResultFilter(msgspec.Struct, frozen=True, kw_only=True):
    """All that is given must hold. voted: `none`, `mine` (of `member`), or a vote that was given. id: of a result."""

    differences: Collection[Difference] = ()
    then: Origin | None = None
    now: Origin | None = None
    voted: str = ""
    member: str = ""
    id: str = ""

    def query(self) -> Document:
        """Return the condition."""
        found: Document = {"_id": self.id} if self.id else {}
        if self.differences:
            found["difference"] = {"$in": sorted(one.value for one in self.differences)}
        if self.then is not None:
            found["then.origin"] = self.then.value
        if self.now is not None:
            found["now.origin"] = self.now.value
        if self.voted == "none":
            found["voted"] = []
        elif self.voted == "mine":
            found[f"votes.{self.member}"] = {"$exists": True}
        elif self.voted:
            found["voted"] = self.voted
        return found


class ReplayResults:
    """Of one workspace. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._results = Scoped(mongo.collection(COLLECTION), workspace)

    async def add(self, result: ReplayResult) -> bool:
        """Store a result; return False if it is stored already, which changes nothing."""
        document = to_document(result)
        document["_id"] = document.pop("id")
        try:
            await self._results.insert({**document, "place": result.place, "voted": []})
        except Duplicate:
            return False
        return True

    async def done(self, replay: str) -> frozenset[str]:
        """Return the ids of the results of a replay so far."""
        return frozenset(one["_id"] for one in await self._results.find(_of(replay), fields={"_id": 1}, limit=_MOST))

    async def spent(self, replay: str) -> Decimal:
        """Return the US dollars that a replay has spent so far."""
        return await self._results.total({**_of(replay), "now.asked": True}, "now.usd")

    async def get(self, replay: str, result_id: str) -> ReplayResult | None:
        """Return a result, or None."""
        found = await self._results.find_one({**_of(replay), "_id": result_id})
        return _result(found) if found else None

    async def page(self, replay: str, wanted: ResultFilter, after: int | None, limit: int) -> list[ReplayResult]:
        """Return results, the most interesting differences first. after: the place of the last one before."""
        query = {**_of(replay), **wanted.query(), **({"place": {"$gt": after}} if after is not None else {})}
        return [_result(one) for one in await self._results.find(query, sort=[("place", 1)], limit=limit)]

    async def counted(self, replay: str) -> list[Document]:
        """Return what a summary counts, of all results of a replay, without texts."""
        return await self._results.find(_of(replay), fields=dict.fromkeys(_COUNTED, 1), limit=_MOST)

    async def vote(self, replay: str, result_id: str, member: str, cast: CastVote | None) -> ReplayResult | None:
        """Replace a member's vote, or take it back with None; return the result, or None if there is none."""
        field = f"votes.{member}"
        change: Document = {"$set": {field: {"$literal": to_document(cast)}}} if cast else {"$unset": field}
        votes = {"$map": {"input": {"$objectToArray": "$votes"}, "in": "$$this.v.vote"}}
        voted: Document = {"$set": {"voted": {"$setUnion": [votes, []]}}}
        found = await self._results.find_and_update({**_of(replay), "_id": result_id}, [change, voted], after=True)
        return _result(found) if found else None

    async def remove(self, replay: str) -> int:
        """Remove the results of a replay; return their number."""
        return await self._results.delete(_of(replay))


def votes_of(document: Document) -> list[Vote]:
    """Return the votes of a counted result."""
    return [Vote(cast["vote"]) for cast in document.get("votes", {}).values()]


def _of(replay: str) -> Document:
    return {"replay": replay}


def _result(document: Document) -> ReplayResult:
    return from_document({**document, "id": document["_id"]}, ReplayResult)
