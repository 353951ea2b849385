"""The documents that the console's measurements store are those that the services would have stored."""

import bson
from bson.codec_options import CodecOptions

from devtools.bench.console.seeding import Seeder, SeedPlan, conversation_of
from shared.domain.conversation import Conversation, RecordedDecision
from shared.domain.customer import customer_view
from shared.repositories.inbound import StoredInbound
from shared.repositories.outbound_documents import message_of, stored_outbound
from shared.storage.documents import from_document
from shared.storage.mongo import Document

PLAN = SeedPlan(conversations=1000, large=10, with_messages=20, long_turns=5)


def stored(document: Document) -> Document:
    """The document as MongoDB returns it."""
    options: CodecOptions[Document] = CodecOptions(tz_aware=True)
    return bson.decode(bson.encode(document), options)


def test_conversations_have_the_sizes_and_modes_of_the_gate() -> None:
    documents = [stored(one) for one in Seeder(PLAN).conversations()]
    assert len({one["_id"] for one in documents}) == 1000
    states = [from_document(one["state"], Conversation) for one in documents]
    assert {one.mode.value for one in states} == {"bot", "human", "closed"}
    assert all(from_document(one, RecordedDecision) for one in documents[0]["recorded"])
    sizes = sorted(len(bson.encode(one)) for one in documents)
    assert 1500 < sizes[500] < 3000
    assert 30_000 < sizes[-10] < 50_000


def test_messages_and_customers_are_read_as_stored() -> None:
    seeder = Seeder(PLAN)
    inbound = [stored(one) for one in seeder.messages()]
    outbound = [stored(one) for one in seeder.answers()]
    assert len(inbound) == len(outbound) == 25
    assert [from_document({**one, "id": one["_id"]}, StoredInbound).turn for one in inbound[-5:]] == [1, 2, 3, 4, 5]
    assert {one["conversation_id"] for one in outbound[-5:]} == {conversation_of(1000)}
    assert message_of(outbound[0]).id == stored_outbound(outbound[0]).id
    assert customer_view(stored(next(seeder.customers())))["name"]
