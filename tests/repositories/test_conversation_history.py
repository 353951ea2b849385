"""The history read in one round trip equals that of the single repositories, with either driver."""

import msgspec

from shared.domain.conversation import Conversation, RecordedDecision
from shared.messages.ai import QuestionMessage
from shared.messages.dead_letters import DeadLetterReason
from shared.messages.inbound import Context, ProviderError
from shared.repositories.ai_calls import AiCalls
from shared.repositories.conversation_history import ConversationHistories, ConversationHistory, QuotedMessage
from shared.repositories.conversations import Conversations
from shared.repositories.customers import Customers
from shared.repositories.inbound import InboundMessages
from shared.repositories.outbound import OutboundMessages
from shared.repositories.outbound_history import OutboundHistory
from shared.repositories.summaries import Summaries, Summary
from shared.storage.mongo import Mongo
from tests.repositories.builders import NOW, PHONE, inbound, later, outbound
from tests.repositories.test_ai_calls import CALL

HERE, WHO = outbound().conversation_id, outbound().customer_id
STATE = Conversation(
    id=HERE, workspace="acme", channel="main", provider="meta", customer_id=WHO, address=PHONE, turn=6, version=1
)


async def _store(mongo: Mongo, workspace: str = "acme") -> None:
    """Six turns, of each a message, an answer of two pieces and a call; the answer of the fourth was not sent."""
    for turn in range(1, 7):
        heard = inbound(turn, workspace)
        await InboundMessages(mongo, workspace).add(heard, turn=turn, decision="ai", routed_at=NOW)
        for index in (1, 0):
            await OutboundMessages(mongo, workspace).claim(outbound(turn, workspace, index), "a", later(turn))
        call = msgspec.structs.replace(CALL, id=f"{workspace}-{turn}", workspace=workspace, turn=turn)
        await AiCalls(mongo, workspace).add(msgspec.structs.replace(call, conversation_id=heard.conversation_id))
        await Customers(mongo, workspace).record_contact(outbound(turn, workspace).customer_id, heard, later(turn))
    error, failed = ProviderError(code="131026", title="Message undeliverable"), outbound(4, workspace)
    await OutboundMessages(mongo, workspace).record_failure(failed.id, "a", error, DeadLetterReason.SEND_REJECTED, NOW)


async def test_each_part_of_the_history_equals_its_repositorys(mongo: Mongo) -> None:
    await _store(mongo)
    conversations = Conversations(mongo, "acme")
    await conversations.save(STATE, 0, RecordedDecision(cause="one", turn=1, decision="ai"))
    for number in range(1, 7):
        state = msgspec.structs.replace(STATE, version=number + 1)
        await conversations.save(state, number, RecordedDecision(cause=f"c{number}", turn=number, decision="ai"))
    notes = Summary(conversation_id=HERE, up_to=3, text="Ada wants oak.", at=NOW)
    await Summaries(mongo, "acme").put(notes)
    paid = msgspec.structs.replace(CALL, id="notes", conversation_id=HERE, turn=4, outputs=(), outcome="summary")
    await AiCalls(mongo, "acme").add(paid)
    past = await ConversationHistories(mongo, "acme").read(HERE, WHO, turn=5, limit=4, request_id="acme-5")
    assert past == ConversationHistory(
        conversation=await conversations.get(HERE),
        decisions=await conversations.recent_decisions(HERE, limit=4),
        inbound=await InboundMessages(mongo, "acme").last_messages(HERE, up_to_turn=5, limit=4),
        outbound=await OutboundHistory(mongo, "acme").last_messages(HERE, before_turn=5, limit=4),
        answers=await AiCalls(mongo, "acme").last(HERE, before_turn=5, limit=2),
        customer=await Customers(mongo, "acme").get(WHO),
        summary=notes,
        kept=await AiCalls(mongo, "acme").kept("acme-5"),
    )
    assert [one.turn for one in past.inbound] == [2, 3, 4, 5]
    assert [(one.turn, one.index) for one in past.outbound] == [(2, 1), (3, 0), (3, 1), (4, 1)]
    assert len(past.answers) == 2, "the cost of a summary takes no answer's place"
    assert past.kept is not None


async def test_unknown_customer_has_an_empty_history(mongo: Mongo) -> None:
    nothing = ConversationHistory(conversation=None, decisions=[], inbound=[], outbound=[], answers=[], customer=None)
    assert await ConversationHistories(mongo, "acme").read("nowhere", "nobody", turn=1, limit=5) == nothing


def _question(turn: int) -> QuestionMessage:
    message = inbound(turn)
    return QuestionMessage(
        id=message.id,
        provider_message_id=message.provider_message_id,
        received_at=message.created_at,
        content=message.content,
        context=message.context,
    )


async def test_message_of_the_request_is_part_of_the_history_before_it_is_stored(mongo: Mongo) -> None:
    await _store(mongo)
    messages, histories = InboundMessages(mongo, "acme"), ConversationHistories(mongo, "acme")
    early = await histories.read(HERE, WHO, turn=7, limit=4, message=_question(7))
    await messages.add(inbound(7), turn=7, decision="ai", routed_at=NOW)
    stored = await histories.read(HERE, WHO, turn=7, limit=4, message=_question(7))
    assert stored.inbound == early.inbound
    assert early.inbound == await messages.last_messages(HERE, up_to_turn=7, limit=4)
    assert early.quotable["wamid.acme.7"] == QuotedMessage(text="message 7", ours=False)


async def test_deleted_message_is_not_taken_from_the_request(mongo: Mongo) -> None:
    await _store(mongo)
    await InboundMessages(mongo, "acme").apply_edit(HERE, "wamid.acme.6", None, later(9))
    past = await ConversationHistories(mongo, "acme").read(HERE, WHO, turn=6, limit=4, message=_question(6))
    assert [one.turn for one in past.inbound] == [3, 4, 5, 6]
    assert past.inbound[-1].words == "(a message that was taken back)"


async def test_older_message_that_is_replied_to_is_looked_up(mongo: Mongo) -> None:
    await _store(mongo)
    ours, theirs = outbound(1, "acme", 0), inbound(1)
    await OutboundMessages(mongo, "acme").record_accepted(ours.id, "a", "wamid.ours1", NOW, text="Hello Ada")
    messages = InboundMessages(mongo, "acme")
    replies = [("wamid.ours1", 7), (theirs.provider_message_id, 8), ("wamid.unknown", 9), ("wamid.acme.8", 10)]
    for reply_to, turn in replies:
        reply = msgspec.structs.replace(inbound(turn), context=Context(reply_to=reply_to))
        await messages.add(reply, turn=turn, decision="ai", routed_at=NOW)
    past = await ConversationHistories(mongo, "acme").read(HERE, WHO, turn=10, limit=4)
    assert past.quoted == {
        "wamid.ours1": QuotedMessage(text="Hello Ada", ours=True),
        theirs.provider_message_id: QuotedMessage(text="message 1", ours=False),
    }
    assert past.quotable["wamid.acme.8"] == QuotedMessage(text="message 8", ours=False)
    elsewhere = await ConversationHistories(mongo, "other").read(HERE, WHO, turn=10, limit=4)
    assert (elsewhere.inbound, elsewhere.quoted) == ([], {})
