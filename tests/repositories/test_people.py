"""Documents of one person: seen marks, drafts, canned replies, saved views; and the files that are kept."""

import msgspec
import pytest

from shared.messages.outbound import Button, ButtonsBody
from shared.repositories.canned_replies import CannedReplies, ShortcutTaken
from shared.repositories.drafts import Drafts
from shared.repositories.media_store import CHUNK, MediaStore
from shared.repositories.saved_views import SavedView, SavedViews
from shared.repositories.seen_marks import SeenMarks
from shared.storage.mongo import Mongo
from tests.repositories.builders import NOW, later
from tests.repositories.samples import CANNED, DRAFT, MEDIA, VIEW


async def test_seen_mark_never_goes_back_and_belongs_to_one_person(mongo: Mongo) -> None:
    marks = SeenMarks(mongo, "acme")
    await marks.mark("ann", "c1", 5, later(1))
    await marks.mark("ann", "c1", 3, later(2))
    assert await marks.turns("ann", ["c1", "c2"]) == {"c1": 5, "c2": 0}
    assert await marks.turns("bob", ["c1"]) == {"c1": 0}
    assert await SeenMarks(mongo, "zeta").turns("ann", ["c1"]) == {"c1": 0}


async def test_draft_is_of_one_person_in_one_conversation(mongo: Mongo) -> None:
    drafts = Drafts(mongo, "acme")
    await drafts.put("ann", "c1", DRAFT)
    await drafts.put("ann", "c1", msgspec.structs.replace(DRAFT, text="Dear Bola"))
    found = await drafts.get("ann", "c1")
    assert found is not None
    assert found.text == "Dear Bola"
    assert await drafts.get("bob", "c1") is None
    assert await drafts.get("ann", "c2") is None
    assert await drafts.remove("ann", "c1")
    assert not await drafts.remove("ann", "c1")


async def test_canned_reply_keeps_any_body_and_one_shortcut_each(mongo: Mongo) -> None:
    replies = CannedReplies(mongo, "acme")
    buttons = ButtonsBody(body="Which one?", buttons=(Button(id="a", title="A"),))
    assert await replies.add(msgspec.structs.replace(CANNED, body=buttons))
    assert not await replies.add(CANNED), "the same once more"
    with pytest.raises(ShortcutTaken):
        await replies.add(msgspec.structs.replace(CANNED, id="k2"))
    (found,) = await replies.all()
    assert found.body == buttons
    changed = msgspec.structs.replace(found, shortcut="open")
    assert await replies.change(changed, 1)
    assert not await replies.change(changed, 1), "another change came between"
    assert (await replies.get("k1")) == msgspec.structs.replace(changed, revision=2)
    assert await replies.remove("k1")
    assert await replies.all() == []


async def test_view_is_shared_or_of_one_person(mongo: Mongo) -> None:
    views = SavedViews(mongo, "acme")
    own = SavedView(id="v2", name="Anns", filter={"folder": "mine"}, owner="ann", by="ann")
    assert await views.add(VIEW)
    assert await views.add(own)
    assert await views.visible_to("ann") == [own, VIEW]
    assert await views.visible_to("bob") == [VIEW]
    assert await views.get("v2", "bob") is None
    assert not await views.remove("v2", "bob")
    assert await views.change(msgspec.structs.replace(own, name="Mine"), 1)
    assert not await views.change(own, 1)
    assert await views.remove("v2", "ann")


async def test_file_is_read_as_it_was_kept(mongo: Mongo) -> None:
    store = MediaStore(mongo, "acme")
    parts = [b"a" * CHUNK, b"b" * 10]
    media = msgspec.structs.replace(MEDIA, size=CHUNK + 10, ends=NOW)
    assert await store.get(media.message_id) is None
    for number, data in enumerate(parts):
        await store.put_chunk(media, number, data)
    assert await store.get(media.message_id) is None, "its end is missing"
    await store.finish(media)
    assert await store.get(media.message_id) == media
    assert [part async for part in store.read(media)] == parts
    assert await store.used() == CHUNK + 10
    assert await store.remove(media.message_id)
    assert [part async for part in store.read(media)] == []
