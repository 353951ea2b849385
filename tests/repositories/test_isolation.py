"""No workspace reads or changes what is another's, with any repository."""

from collections.abc import Awaitable, Callable

import msgspec
import pytest

from shared.conversation import Conversation, Recorded
from shared.errors import Conflict
from shared.messages.inbound import ProviderError, Status
from shared.repositories.ai_calls import AiCall, AiCalls
from shared.repositories.conversations import Conversations
from shared.repositories.customers import Customers
from shared.repositories.inbound import InboundMessages
from shared.repositories.mongo import Document, Mongo
from shared.repositories.outbound import OutboundMessages, State
from shared.repositories.scoped import Scoped
from tests.repositories.made import NOW, inbound, outbound, status

COLLECTIONS = ("conversations", "messages", "customers", "outbound", "ai_calls")
CONVERSATION = Conversation(
    id="c1", workspace="acme", channel="main", provider="meta", customer_id="u1", address="234803", version=1
)
DECISION = Recorded(cause="meta:1", turn=1, decision="faq")
CALL = AiCall(
    id="r1",
    workspace="acme",
    conversation_id="c1",
    correlation_id="0" * 32,
    turn=1,
    outputs=(),
    requested_at=NOW,
    started_at=NOW,
    finished_at=NOW,
    model="m",
    outcome="answered",
    attempts=1,
)
ERROR = ProviderError(code="1")


@pytest.fixture
async def filled(mongo: Mongo) -> Mongo:
    """A database in which `acme` has one of each."""
    await Conversations(mongo, "acme").save(CONVERSATION, 0, DECISION)
    await InboundMessages(mongo, "acme").add(inbound(), turn=1, decision="faq", routed_at=NOW)
    await Customers(mongo, "acme").seen("u1", inbound(), NOW)
    await OutboundMessages(mongo, "acme").claim(outbound(), "a", NOW)
    await AiCalls(mongo, "acme").add(CALL)
    return mongo


async def everything(mongo: Mongo) -> dict[str, list[Document]]:
    return {name: await mongo.collection(name).find({}) for name in COLLECTIONS}


async def test_a_rival_reads_nothing(filled: Mongo) -> None:
    conversations, messages = Conversations(filled, "rival"), InboundMessages(filled, "rival")
    assert await conversations.load("c1", "meta:1") == (None, None)
    assert await conversations.get("c1") is None
    assert await conversations.recent_decisions("c1") == []
    assert not await messages.known(inbound().id)
    assert await messages.last(inbound().conversation_id, up_to_turn=9, limit=9) == []
    assert await Customers(filled, "rival").get("u1") is None
    assert await OutboundMessages(filled, "rival").get(outbound().id) is None
    assert await OutboundMessages(filled, "rival").last(outbound().conversation_id, before_turn=9, limit=9) == []
    assert await AiCalls(filled, "rival").kept("r1") is None
    assert await AiCalls(filled, "rival").last("c1", before_turn=9, limit=9) == []


async def test_a_rival_changes_nothing(filled: Mongo) -> None:
    """Not even with the right ids in its hands."""
    before = await everything(filled)
    mine = await OutboundMessages(filled, "acme").get(outbound().id)
    assert mine is not None
    conversations, sent = Conversations(filled, "rival"), OutboundMessages(filled, "rival")
    for version in (0, 1):
        with pytest.raises(Conflict):
            await conversations.save(CONVERSATION, version, DECISION)
    assert not await sent.reclaim(mine, "a", NOW, possible_duplicate=False)
    await sent.accepted(outbound().id, "a", "wamid.stolen", NOW)
    await sent.wait(outbound().id, "a", ERROR, NOW, NOW)
    await sent.failed(outbound().id, "a", ERROR, NOW)
    assert not await sent.reopen(outbound().id)
    assert await sent.status(status(Status.READ, outbound(), workspace="rival")) is None
    assert await everything(filled) == before


async def test_an_id_of_another_workspace_cannot_be_claimed(filled: Mongo) -> None:
    """It must not look as if the claim had been taken: nothing of that send would be recorded."""
    with pytest.raises(ValueError, match="own workspace"):
        await OutboundMessages(filled, "rival").claim(outbound(), "b", NOW)
    with pytest.raises(Conflict):
        same_id = msgspec.structs.replace(outbound(), workspace="rival")
        await OutboundMessages(filled, "rival").claim(same_id, "b", NOW)
    mine = await OutboundMessages(filled, "acme").get(outbound().id)
    assert mine is not None
    assert (mine.state, mine.claim) == (State.SENDING, "a")


async def test_a_status_by_the_providers_id_stays_within_its_workspace(filled: Mongo) -> None:
    await OutboundMessages(filled, "acme").accepted(outbound().id, "a", "wamid.out", NOW)
    by_id = status(Status.READ, outbound(), workspace="rival", ours=False)
    assert await OutboundMessages(filled, "rival").status(by_id) is None
    assert await OutboundMessages(filled, "acme").status(by_id) is not None


ASKING: dict[str, Callable[[Scoped, Document], Awaitable[object]]] = {
    "find_one": lambda scoped, query: scoped.find_one(query),
    "find": lambda scoped, query: scoped.find(query),
    "insert": lambda scoped, query: scoped.insert(query),
    "update": lambda scoped, query: scoped.update(query, {"$set": {"x": 1}}),
    "upsert": lambda scoped, query: scoped.update(query, {"$set": {"x": 1}}, upsert=True),
    "find_and_update": lambda scoped, query: scoped.find_and_update(query, {"$set": {"x": 1}}),
}


@pytest.mark.parametrize("asked", ["acme", {"$ne": "rival"}, {"$exists": True}, None], ids=repr)
@pytest.mark.parametrize("name", ASKING)
async def test_a_query_that_names_another_workspace_is_refused(mongo: Mongo, name: str, asked: object) -> None:
    scoped = Scoped(mongo.collection("customers"), "rival")
    with pytest.raises(ValueError, match="own workspace"):
        await ASKING[name](scoped, {"_id": "x", "workspace": asked})
    assert await mongo.collection("customers").find({}) == []


async def test_a_query_without_a_workspace_gets_its_own(mongo: Mongo) -> None:
    one, other = (Scoped(mongo.collection("customers"), name) for name in ("one", "other"))
    await one.insert({"_id": "1", "n": 1})
    await other.insert({"_id": "2", "n": 1})
    assert await one.find({}) == [{"_id": "1", "n": 1, "workspace": "one"}]
    assert len(await other.find({"n": 1})) == 1
    assert await other.update({"n": 1}, {"$inc": {"n": 1}}) == 1
    assert await one.find_one({"n": 2}) is None
