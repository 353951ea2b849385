"""Replays as they are stored: what a list of them reads, and what one of them has."""

import msgspec

from shared.domain.replays import FaqChange
from shared.repositories.replays import Replays
from shared.storage.mongo import Mongo
from tests.repositories.samples import REPLAY


async def test_list_of_replays_does_not_read_what_they_change_of_the_faq(mongo: Mongo) -> None:
    change = FaqChange(question="When are you open?", before="9 to 5", after=None)
    replays = Replays(mongo, REPLAY.workspace)
    await replays.add(msgspec.structs.replace(REPLAY, faq_changes=(change,)))
    (listed,) = await replays.page(None, 10)
    found = await replays.get(REPLAY.id)
    assert found is not None
    assert (listed.id, listed.faq_changes, found.faq_changes) == (REPLAY.id, (), (change,))
