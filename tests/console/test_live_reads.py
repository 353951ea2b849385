"""The copies of live events: with phone numbers in full, and without any. Pure."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.console.live import frames
from services.console.live.copies import Message
from services.console.live.mongo_reads import customer_message, our_message, row_of
from shared.domain.conversation import Conversation
from shared.operations.inbox.rows import InboxRows
from shared.repositories.previews import Preview, RowDetails

AT = datetime(2026, 3, 14, tzinfo=UTC)
PHONE = "+2348031234567"


def _theirs(content: dict[str, Any], **more: Any) -> Message:
    return customer_message({"_id": "m1", "turn": 1, "received_at": AT, "content": content, **more})


def _ours(**more: Any) -> Message:
    document = {
        **{"_id": "o1", "turn": 1, "index": 0, "created_at": AT, "author": "agent", "state": "failed", "status": ""},
        **{"rank": 0, "text": f"Call {PHONE}", "body": {"type": "text", "body": f"Call {PHONE}"}},
        "error": {"code": "131026", "title": f"{PHONE} is unknown", "detail": f"no account at {PHONE}"},
    }
    return our_message({**document, **more})


@pytest.mark.parametrize(
    "message",
    [
        _theirs({"type": "text", "body": f"I am at {PHONE}"}),
        _theirs({"type": "text", "body": "new"}, edits=[{"text": f"old {PHONE}", "until": AT}]),
        _theirs({"type": "contacts", "contacts": [{"name": "Bo", "phone": PHONE, "phones": [PHONE]}]}),
        _ours(),
        _ours(reply_to="m1"),
        _ours(body={"type": "reaction", "emoji": "x"}),
    ],
    ids=["text", "edit", "contacts", "ours", "reply", "reaction"],
)
def test_masked_copy_of_a_message_has_no_phone_number(message: Message) -> None:
    assert PHONE in str(message.shown(numbers=True))
    masked = message.shown(numbers=False)
    assert PHONE[1:] not in str(masked)
    assert masked.keys() == message.data.keys()


class _Stored:
    """Stands for the repositories of rows: one conversation, its customer and last words."""

    async def get_many(self, ids: list[str]) -> list[Conversation]:
        more: dict[str, Any] = {"provider": "meta", "address": PHONE[1:], "version": 1, "turn": 1}
        return [Conversation(id=id_, workspace="acme", channel="main", customer_id="u1", **more) for id_ in ids]

    async def cards(self, ids: list[str]) -> dict[str, Any]:
        return {id_: {"id": id_, "name": "Ada", "phone": PHONE} for id_ in ids}

    async def of(self, needs: list[Any]) -> dict[str, RowDetails]:
        text = "x" * 183 + f" call {PHONE}"  # longer than what is shown of it
        return {one.id: RowDetails(preview=Preview(author="customer", text=text, at=AT)) for one in needs}


async def test_masked_copy_of_a_row_has_no_phone_number_not_even_a_cut_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("Inbox", "Customers", "Previews", "SeenMarks"):
        monkeypatch.setattr(f"shared.operations.inbox.rows.{name}", lambda *_: _Stored())
    mongo: Any = None
    ((full, masked),) = await InboxRows(mongo, "acme").full_and_masked(["c1"])
    row = row_of(full, masked)
    assert (row.data["customer"]["number"], row.channel) == (PHONE, "main")
    assert row.data["preview"]["text"].endswith(f"{PHONE[:10]}…")
    assert PHONE[:5] not in str(row.masked["preview"])
    assert PHONE[1:] not in str(row.masked)
    assert "unread" not in row.data


def test_every_kind_of_frame_with_data_declares_its_right() -> None:
    with_data = {kind for kind in frames.TO_BROWSER if "data" in kind.__struct_fields__}
    assert set(frames.RIGHTS) == with_data
