"""Conversations: the state and the decision go in together, and nobody overwrites what he has not read."""

import asyncio

import msgspec
import pytest

from shared.domain.conversation import Conversation, Mode, RecordedDecision, RecordedOutput
from shared.errors import Conflict
from shared.repositories.conversations import Conversations
from shared.storage.mongo import Mongo
from tests.repositories.builders import NOW, later


@pytest.fixture
def conversations(mongo: Mongo) -> Conversations:
    return Conversations(mongo, "acme")


def state(version: int, **changes: object) -> Conversation:
    made = Conversation(
        id="c1",
        workspace="acme",
        channel="main",
        provider="meta",
        customer_id="u1",
        address="234803",
        turn=version,
        version=version,
        opened_at=NOW,
        last_inbound_at=later(version),
    )
    return msgspec.structs.replace(made, **changes)


def decision(number: int) -> RecordedDecision:
    outputs = (
        RecordedOutput("outbound.messages", b"acme", b'{"\xc3\xa9":1}\x00'),
        RecordedOutput("conversation.events", b"acme", b""),
    )
    return RecordedDecision(cause=f"meta:wamid.{number}", turn=number, decision="faq", outputs=outputs)


async def test_saved_conversation_is_loaded_with_its_decision(conversations: Conversations) -> None:
    """Times, bytes and enums come back as they were; the decision only for its own cause."""
    saved = state(1, mode=Mode.HUMAN, mode_by="ada")
    await conversations.save(saved, 0, decision(1))
    assert await conversations.load("c1", "meta:wamid.1") == (saved, decision(1))
    assert await conversations.load("c1", "meta:wamid.2") == (saved, None)
    assert await conversations.load("c2", "meta:wamid.1") == (None, None)
    assert await conversations.get("c1") == saved


async def test_change_of_another_version_raises_conflict(conversations: Conversations) -> None:
    await conversations.save(state(1), 0, decision(1))
    with pytest.raises(Conflict):
        await conversations.save(state(1), 0, decision(2))
    await conversations.save(state(2), 1, decision(2))
    with pytest.raises(Conflict):
        await conversations.save(state(2, mode=Mode.HUMAN), 1, decision(3))
    assert await conversations.get("c1") == state(2)
    assert [one.cause for one in await conversations.recent_decisions("c1")] == ["meta:wamid.1", "meta:wamid.2"]


@pytest.mark.parametrize("version", [0, 1])
async def test_one_of_many_concurrent_saves_succeeds(conversations: Conversations, version: int) -> None:
    """Also when the conversation is new and all of them make it. Who is told of a conflict looks whether it was him."""
    if version:
        await conversations.save(state(1), 0, decision(0))
    tries = [conversations.save(state(version + 1, mode_by=str(n)), version, decision(n + 1)) for n in range(8)]
    ended = await asyncio.gather(*tries, return_exceptions=True)
    loaded = [await conversations.load("c1", f"meta:wamid.{number + 1}") for number in range(8)]
    (winner,) = [number for number, (_, recorded) in enumerate(loaded) if recorded is not None]
    assert all(isinstance(one, Conflict) for number, one in enumerate(ended) if number != winner)
    assert version or ended[winner] is None
    stored, recorded = loaded[winner]
    assert stored is not None
    assert (stored.mode_by, recorded) == (str(winner), decision(winner + 1))


async def test_decision_stored_in_a_batch_with_a_conflict_is_found(conversations: Conversations) -> None:
    """Concurrent updates are batched, and MongoDB reports only how many matched."""
    for number in range(9):
        await conversations.save(state(1, id=f"c{number}"), 0, decision(0))
    tries = [
        conversations.save(state(9 if n == 5 else 2, id=f"c{n}"), 8 if n == 5 else 1, decision(n)) for n in range(9)
    ]
    ended = await asyncio.gather(*tries, return_exceptions=True)
    assert all(one is None or isinstance(one, Conflict) for one in ended)
    assert isinstance(ended[5], Conflict)
    for number in range(9):
        stored, recorded = await conversations.load(f"c{number}", f"meta:wamid.{number}")
        assert (stored, recorded) == (
            (state(1, id="c5"), None) if number == 5 else (state(2, id=f"c{number}"), decision(number))
        )


async def test_last_fifty_decisions_are_kept(conversations: Conversations) -> None:
    await conversations.save(state(1), 0, decision(1))
    for number in range(2, 56):
        await conversations.save(state(number), number - 1, decision(number))
    kept = await conversations.recent_decisions("c1")
    assert [one.turn for one in kept] == list(range(6, 56))
    assert (await conversations.load("c1", "meta:wamid.5"))[1] is None
    assert (await conversations.load("c1", "meta:wamid.6"))[1] == decision(6)
