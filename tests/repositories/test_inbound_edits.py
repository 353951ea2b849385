"""A customer changes a message, or takes it back: what later contexts have of it."""

import pytest

from shared.messages.content import Content, Edit, Location, Media, MediaKind, Revoke, Text
from shared.repositories.inbound import InboundMessages, StoredInbound
from shared.storage.mongo import Document, Mongo
from tests.repositories.builders import NOW, inbound, later

CONVERSATION = inbound().conversation_id
FIRST, SECOND = inbound(1).provider_message_id, inbound(2).provider_message_id


@pytest.fixture
def messages(mongo: Mongo) -> InboundMessages:
    return InboundMessages(mongo, "acme")


async def store(messages: InboundMessages, *contents: Content) -> None:
    for number, content in enumerate(contents, 1):
        await messages.add(inbound(number, content=content), turn=number, decision="ai", routed_at=NOW)


async def heard(messages: InboundMessages) -> list[StoredInbound]:
    return await messages.last_messages(CONVERSATION, up_to_turn=9, limit=9)


async def words(messages: InboundMessages) -> list[str]:
    return [one.words for one in await heard(messages)]


async def stored(mongo: Mongo, number: int = 1) -> Document:
    found = await mongo.collection("messages").find_one({"_id": inbound(number).id})
    assert found is not None
    return found


async def test_edited_text_is_returned_and_the_first_text_is_kept(mongo: Mongo, messages: InboundMessages) -> None:
    await store(messages, Text(body="Ten, please"), Text(body="Thanks"))
    for _ in range(3):
        await messages.apply_edit(CONVERSATION, FIRST, "Twelve, $please", later(5))
    assert await words(messages) == ["Twelve, $please", "Thanks"]
    assert (await heard(messages))[0].text == "Twelve, $please"
    assert (await stored(mongo))["edits"] == [{"text": "Ten, please", "until": later(5)}]


async def test_redelivered_older_edit_changes_nothing(mongo: Mongo, messages: InboundMessages) -> None:
    await store(messages, Text(body="a"))
    await messages.apply_edit(CONVERSATION, FIRST, "b", later(5))
    await messages.apply_edit(CONVERSATION, FIRST, "c", later(6))
    await messages.apply_edit(CONVERSATION, FIRST, "b", later(5))
    assert await words(messages) == ["c"]
    assert [edit["text"] for edit in (await stored(mongo))["edits"]] == ["a", "b"]


async def test_number_of_earlier_texts_is_bounded(mongo: Mongo, messages: InboundMessages) -> None:
    await store(messages, Text(body="0"))
    for number in range(1, 31):
        await messages.apply_edit(CONVERSATION, FIRST, str(number), later(number))
    assert [edit["text"] for edit in (await stored(mongo))["edits"]] == [str(number) for number in range(10, 30)]


async def test_caption_can_be_edited_and_removed(messages: InboundMessages) -> None:
    await store(messages, Media(kind=MediaKind.IMAGE, media_id="7", caption="This"))
    await messages.apply_edit(CONVERSATION, FIRST, "That", later(5))
    assert await words(messages) == ["(an image) That"]
    await messages.apply_edit(CONVERSATION, FIRST, "", later(6))
    assert await words(messages) == ["(an image)"]


async def test_edit_of_a_message_without_text_changes_nothing(messages: InboundMessages) -> None:
    """Nor does a change whose words were not understood empty a text."""
    await store(messages, Location(latitude=6.5, longitude=3.4), Text(body="Hello"))
    await messages.apply_edit(CONVERSATION, FIRST, "Elsewhere", later(5))
    await messages.apply_edit(CONVERSATION, SECOND, "", later(5))
    assert await words(messages) == ["(a location: 6.5, 3.4)", "Hello"]


async def test_deleted_message_leaves_no_content(mongo: Mongo, messages: InboundMessages) -> None:
    """Neither of the changes between, wherever they stand."""
    change = Edit(provider_message_id=FIRST, body="my other secret")
    await store(messages, Text(body="my secret"), change, Revoke(provider_message_id=FIRST), Text(body="Hello"))
    await messages.apply_edit(CONVERSATION, FIRST, "my other secret", later(5))
    for _ in range(2):
        await messages.apply_edit(CONVERSATION, FIRST, None, later(6))
    await messages.apply_edit(CONVERSATION, FIRST, "my other secret", later(5))
    await messages.apply_edit(CONVERSATION, FIRST, "my third secret", later(7))
    assert await words(messages) == ["(a message that was taken back)", "", "", "Hello"]
    assert "secret" not in str(await mongo.collection("messages").find({}))
    kept = await stored(mongo)
    assert (kept["turn"], kept["taken_back_at"], kept["received_at"]) == (1, later(6), later(1))


async def test_deleted_picture_cannot_be_downloaded(mongo: Mongo, messages: InboundMessages) -> None:
    await store(messages, Media(kind=MediaKind.IMAGE, media_id="7", caption="This"))
    await messages.apply_edit(CONVERSATION, FIRST, None, later(6))
    assert (await stored(mongo))["content"] == {"type": "revoke"}


async def test_edit_from_another_conversation_or_workspace_changes_nothing(
    mongo: Mongo, messages: InboundMessages
) -> None:
    await store(messages, Text(body="Mine"), Edit(provider_message_id=FIRST, body="Still mine"))
    before = await mongo.collection("messages").find({})
    for body in ("Theirs", None):
        await messages.apply_edit("another", FIRST, body, later(5))
        await InboundMessages(mongo, "rival").apply_edit(CONVERSATION, FIRST, body, later(5))
        await messages.apply_edit(CONVERSATION, "wamid.unknown", body, later(5))
    assert await mongo.collection("messages").find({}) == before
