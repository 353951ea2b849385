"""Four ways to read the last words of a page of conversations, to compare them."""

import asyncio
from typing import Any

from devtools.bench.console.readers import Request
from devtools.bench.console.seeding import WORKSPACE
from shared.repositories import conversations, inbound, outbound
from shared.repositories.inbox import Inbox, InboxView
from shared.repositories.previews import Previews, RowNeed
from shared.storage.mongo import Find, Mongo

_PAGES = 40
_NEWEST = [("turn", -1)]
_FIELDS = {"turn": 1, "text": 1}
Document = dict[str, Any]


async def preview_requests(mongo: Mongo, database: str, rows: int) -> dict[str, Request]:
    """Return the requests by the way in which they read; each reads another page at each call."""
    pages, after = [], None
    for _ in range(_PAGES):
        found = await Inbox(mongo, WORKSPACE).page(InboxView(), after=after, limit=rows)
        pages.append([RowNeed(id=one.id, turn=one.turn) for one in found.conversations])
        after = found.next
        if after is None:
            break
    raw = mongo._client[database]
    numbers = iter(range(10**9))

    def page() -> list[RowNeed]:
        return pages[next(numbers) % len(pages)]

    def next_page() -> list[str]:
        return [one.id for one in page()]

    async def ranges() -> object:
        return await Previews(mongo, WORKSPACE).of(page())

    async def united() -> object:
        return await mongo.find_each(
            [
                Find(collection=name, query=_mine(id_), fields=_FIELDS, sort=_NEWEST)
                for id_ in next_page()
                for name in (inbound.COLLECTION, outbound.COLLECTION)
            ]
        )

    async def looked_up() -> object:
        return await raw[conversations.COLLECTION].aggregate(_lookups(next_page())).to_list(None)

    async def points() -> object:
        return await asyncio.gather(
            *(
                raw[name].find_one(_mine(id_), _FIELDS, sort=_NEWEST)
                for id_ in next_page()
                for name in (inbound.COLLECTION, outbound.COLLECTION)
            )
        )

    return {
        "ranges of the latest turns, with unread counts": ranges,
        "one command of unions": united,
        "$lookup with a limit": looked_up,
        f"{2 * rows} queries at once": points,
    }


def _lookups(conversation_ids: list[str]) -> list[Document]:
    return [
        {"$match": {"_id": {"$in": conversation_ids}, "workspace": WORKSPACE}},
        {"$project": {"_id": 1}},
        *(
            {
                "$lookup": {
                    "from": name,
                    "let": {"id": "$_id"},
                    "pipeline": [
                        {
                            "$match": {
                                "workspace": WORKSPACE,
                                "$expr": {"$eq": ["$conversation_id", "$$id"]},
                            }
                        },
                        {"$sort": dict(_NEWEST)},
                        {"$limit": 1},
                        {"$project": _FIELDS},
                    ],
                    "as": name,
                }
            }
            for name in (inbound.COLLECTION, outbound.COLLECTION)
        ),
    ]


def _mine(conversation_id: str) -> Document:
    return {"workspace": WORKSPACE, "conversation_id": conversation_id}
