"""Lists of conversations: each folder has its own, pages neither skip nor repeat, and no page reads much more than it
returns.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from shared.domain.conversation import Conversation, Mode, RecordedDecision
from shared.repositories.conversations import COLLECTION, Conversations
from shared.repositories.inbox import (
    COUNT_LIMIT,
    Folder,
    Inbox,
    InboxPosition,
    InboxView,
    Sort,
    index_of,
    page_queries,
)
from shared.repositories.visibility import EVERYTHING, Visibility
from shared.storage.documents import to_document
from shared.storage.mongo import Document, Mongo
from tests.profiler import profiled
from tests.repositories.builders import NOW, later

ANN = "ann"
DECISION = RecordedDecision(cause="acme:meta:1", turn=1, decision="faq")


def conversation(number: int, **changes: Any) -> Conversation:
    made = Conversation(
        id=f"c{number:03}",
        workspace="acme",
        channel="main",
        provider="meta",
        customer_id=f"u{number}",
        address="234803",
        version=1,
        last_inbound_at=later(number),
    )
    return msgspec.structs.replace(made, **changes)


WAITING = {"mode": Mode.HUMAN, "waiting_since": NOW}
ANNS = {"mode": Mode.HUMAN, "assigned_to": ANN}
BOBS = {"mode": Mode.HUMAN, "assigned_to": "bob"}


async def store(mongo: Mongo, *conversations: Conversation) -> Inbox:
    for one in conversations:
        await Conversations(mongo, one.workspace).save(one, 0, DECISION)
    return Inbox(mongo, "acme")


async def ids(inbox: Inbox, view: InboxView, sees: Visibility = EVERYTHING, limit: int = 50) -> list[str]:
    """The ids of a whole list, read page by page."""
    found: list[str] = []
    after: InboxPosition | None = None
    while True:
        page = await inbox.page(view, after=after, limit=limit, sees=sees)
        found += [one.id for one in page.conversations]
        after = page.next
        if after is None:
            return found


@pytest.fixture
async def inbox(mongo: Mongo) -> Inbox:
    """One conversation of each kind, the later numbers the newer; and one of another workspace."""
    return await store(
        mongo,
        conversation(1),
        conversation(2, **WAITING),
        conversation(3, **ANNS),
        conversation(4, **BOBS, channel="second"),
        conversation(5, mode=Mode.CLOSED, labels=("vip",)),
        conversation(6, last_inbound_at=None),
        conversation(7, workspace="zeta"),
    )


FOLDERS = {
    Folder.ALL: ["c005", "c004", "c003", "c002", "c001", "c006"],
    Folder.BOT: ["c001", "c006"],
    Folder.PEOPLE: ["c004", "c003", "c002"],
    Folder.MINE: ["c003"],
    Folder.UNASSIGNED: ["c002"],
    Folder.WAITING: ["c002"],
    Folder.CLOSED: ["c005"],
}


@pytest.mark.parametrize("limit", [1, 2, 50])
@pytest.mark.parametrize("folder", Folder)
async def test_folder_has_its_conversations_newest_first(inbox: Inbox, folder: Folder, limit: int) -> None:
    view = InboxView(folder=folder, member=ANN)
    assert await ids(inbox, view, limit=limit) == FOLDERS[folder]
    assert await inbox.count(view) == len(FOLDERS[folder])


async def test_label_and_channel_narrow_a_list(inbox: Inbox) -> None:
    assert await ids(inbox, InboxView(label="vip")) == ["c005"]
    assert await ids(inbox, InboxView(folder=Folder.CLOSED, label="vip")) == ["c005"]
    assert await ids(inbox, InboxView(folder=Folder.BOT, label="vip")) == []
    assert await ids(inbox, InboxView(channel="second")) == ["c004"]


async def test_labels_in_use_are_listed_once_each(mongo: Mongo) -> None:
    labels: list[tuple[str, ...]] = [("b", "d"), ("a", "c"), (), ("a", "b", "c"), ("é",)]
    inbox = await store(mongo, *(conversation(number, labels=one) for number, one in enumerate(labels)))
    assert await inbox.labels() == ["a", "b", "c", "d", "é"]


async def test_longest_waiting_comes_first_and_snoozed_ones_are_left_out(mongo: Mongo) -> None:
    inbox = await store(
        mongo,
        conversation(1, **WAITING | {"waiting_since": later(9)}),
        conversation(2, **WAITING),
        conversation(3, **WAITING, snoozed_until=later(100)),
    )
    view = InboxView(sort=Sort.WAITS, now=later(50))
    assert await ids(inbox, view, limit=1) == ["c002", "c001"]
    assert await ids(inbox, replace(view, now=later(101))) == ["c002", "c003", "c001"]
    assert await ids(inbox, InboxView(folder=Folder.WAITING, now=later(50))) == ["c002", "c001"]


async def test_pages_neither_skip_nor_repeat_conversations_of_one_moment(mongo: Mongo) -> None:
    inbox = await store(
        mongo,
        *(conversation(number, last_inbound_at=NOW) for number in range(7)),
        *(conversation(number, last_inbound_at=None) for number in range(7, 12)),
    )
    assert await ids(inbox, InboxView(), limit=3) == [
        *(f"c{number:03}" for number in range(6, -1, -1)),
        *(f"c{number:03}" for number in range(11, 6, -1)),
    ]


async def test_merged_conversation_is_in_no_list(mongo: Mongo) -> None:
    inbox = await store(mongo, conversation(1), conversation(2))
    await mongo.collection(COLLECTION).update(
        {"_id": "c001"}, {"$set": {"state.moved_to": {"conversation_id": "c002", "key": "k", "former_key": "f"}}}
    )
    assert await ids(inbox, InboxView()) == ["c002"]
    assert await inbox.count(InboxView()) == 1


async def test_count_stops_at_its_limit(mongo: Mongo) -> None:
    inbox = await store(mongo, *(conversation(number) for number in range(COUNT_LIMIT + 5)))
    assert await inbox.count(InboxView()) == COUNT_LIMIT


OWN = Visibility(member=ANN, only_own_and_unassigned=True)
MAIN = Visibility(member=ANN, channels=frozenset({"main"}))
SEEN = {
    "own and unassigned": (OWN, ["c005", "c003", "c002", "c001", "c006"], ["c003", "c002"]),
    "a channel": (MAIN, ["c005", "c003", "c002", "c001", "c006"], ["c003", "c002"]),
    "another channel": (replace(MAIN, channels=frozenset({"second"})), ["c004"], ["c004"]),
    "both": (replace(OWN, channels=frozenset({"second"})), [], []),
}


@pytest.mark.parametrize(("sees", "every", "people"), SEEN.values(), ids=SEEN)
async def test_member_sees_only_what_the_rule_allows(
    inbox: Inbox, sees: Visibility, every: list[str], people: list[str]
) -> None:
    """In lists, counts and single reads alike."""
    assert await ids(inbox, InboxView(), sees, limit=2) == every
    assert await ids(inbox, InboxView(folder=Folder.PEOPLE), sees, limit=1) == people
    assert await inbox.count(InboxView(), sees=sees) == len(every)
    single = {id_: await inbox.get(id_, sees=sees) for id_ in FOLDERS[Folder.ALL]}
    assert [id_ for id_, found in single.items() if found] == every
    assert [one.id for one in await inbox.get_many(FOLDERS[Folder.ALL], sees=sees)] == every


ROWS = 20
RANGES = 9  # of an index, merged: one for each mode and channel
VIEWS = {
    **{folder.value: InboxView(folder=folder, member=ANN) for folder in Folder},
    "waits longest": InboxView(sort=Sort.WAITS),
    "a label": InboxView(label="vip"),
    "a label in a folder": InboxView(folder=Folder.BOT, label="vip"),
}
QUIET = Visibility(member=ANN, channels=frozenset({"quiet"}))
OF_A_CHANNEL = [Folder.ALL, Folder.BOT, Folder.PEOPLE, Folder.CLOSED]


@pytest.fixture
async def crowded(mongo: Mongo) -> Mongo:
    """Hundreds of conversations: most of the bot, some of each other kind, and none of them of this member alone."""
    kinds: list[dict[str, Any]] = [*[{}] * 8, WAITING, ANNS, BOBS, {"mode": Mode.CLOSED}]
    documents: list[Document] = []
    for number in range(960):
        labels = ("vip",) if number % 13 == 0 else ()
        state = conversation(number, **{**kinds[number % 12], "labels": labels})
        at = state.last_inbound_at
        documents.append(
            {"_id": state.id, "workspace": "acme", "state": to_document(state), "last_inbound_at": at, "recorded": []}
        )
    await mongo.collection(COLLECTION).insert_all(documents)
    return mongo


@pytest.mark.parametrize("depth", [0, 1])
@pytest.mark.parametrize("sees", [EVERYTHING, OWN], ids=["everything", "own"])
@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
async def test_page_examines_at_most_twice_its_rows(
    crowded: Mongo, view: InboxView, sees: Visibility, depth: int
) -> None:
    await _check_page(crowded, view, sees, depth)


@pytest.mark.parametrize("depth", [0, 1])
@pytest.mark.parametrize("folder", OF_A_CHANNEL)
@pytest.mark.parametrize(
    ("channel", "sees"),
    [
        ("quiet", EVERYTHING),
        ("", QUIET),
        ("", replace(QUIET, channels=frozenset({"quiet", "silent", "still"}))),
        ("quiet", replace(OWN, channels=frozenset({"quiet", "still"}))),
    ],
    ids=["asked for", "of the member", "of the member, three", "asked for, of one's own"],
)
async def test_page_of_quiet_channels_passes_over_no_other(
    crowded: Mongo, folder: Folder, channel: str, sees: Visibility, depth: int
) -> None:
    """Their last message is older than all others."""
    documents: list[Document] = []
    for number in range(300):
        mode, name = list(Mode)[number % 3], ("quiet", "quiet", "silent", "still")[number // 3 % 4]
        state = conversation(number, id=f"q{number:03}", channel=name, mode=mode, last_inbound_at=later(-number))
        documents.append(
            {"_id": state.id, "workspace": "acme", "state": to_document(state), "last_inbound_at": later(-number)}
        )
    await crowded.collection(COLLECTION).insert_all(documents)
    view = InboxView(folder=folder, channel=channel)
    await _check_page(crowded, view, sees, depth)
    async with profiled(crowded, COLLECTION) as work:
        count = await Inbox(crowded, "acme").count(view, sees=sees)
    assert count >= 50
    assert work.total("keysExamined") <= count + 20
    assert work.total("docsExamined") <= count


async def test_channels_that_are_too_many_to_merge_are_filtered(mongo: Mongo) -> None:
    inbox = await store(mongo, conversation(1), conversation(2, channel="c7"), conversation(3, channel="other"))
    many = replace(QUIET, channels=frozenset(f"c{number}" for number in range(300)))
    assert await ids(inbox, InboxView(), many) == ["c002"]
    assert await inbox.count(InboxView(), sees=many) == 1


async def _check_page(crowded: Mongo, view: InboxView, sees: Visibility, depth: int) -> None:
    after: InboxPosition | None = None
    for _ in range(depth):
        after = (await Inbox(crowded, "acme").page(view, after=after, limit=ROWS, sees=sees)).next
    query = page_queries(view, after, sees)[0]
    field, direction = ("state.waiting_since", 1) if view.sort is Sort.WAITS else ("last_inbound_at", -1)
    command = {
        "find": COLLECTION,
        "filter": {**query, "workspace": "acme"},
        "sort": {field: direction, "_id": direction},
        "limit": ROWS,
        "hint": index_of(view, sees),
    }
    plan = await crowded._database.command("explain", command, verbosity="executionStats")
    stats = plan["executionStats"]
    assert stats["nReturned"] > 0
    assert stats["totalKeysExamined"] <= 2 * stats["nReturned"] + 2 + RANGES  # their ends
    assert stats["totalDocsExamined"] <= 2 * stats["nReturned"] + 2
    assert "SORT'" not in str(plan["queryPlanner"]["winningPlan"]), "sorted in memory"


def test_position_of_a_waiting_list_is_its_waiting_time() -> None:
    at: datetime = NOW - timedelta(seconds=1)
    (query,) = page_queries(InboxView(sort=Sort.WAITS), InboxPosition(at, "c1"), EVERYTHING)
    assert {"state.waiting_since": {"$gte": at}} in query["$and"]
