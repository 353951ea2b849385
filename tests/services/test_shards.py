"""A conversation moves to its workspace's new shards when nothing of it can be under way."""

from datetime import timedelta

import msgspec
import pytest

from shared.decisions.pipeline import decide_message, new_conversation
from shared.decisions.shards import with_shards
from shared.messages.ai import AiRequest
from tests.services.builders import NOW, decision_context, inbound, workspace

MINUTE = timedelta(minutes=1)


def test_new_conversation_has_the_workspaces_shards() -> None:
    assert with_shards(new_conversation(inbound("hello")), 4, NOW).shards == 4


@pytest.mark.parametrize(("quiet", "shards"), [(0 * MINUTE, 1), (5 * MINUTE, 1), (6 * MINUTE, 4)])
def test_quiet_conversation_moves_to_the_new_shards(quiet: timedelta, shards: int) -> None:
    before = with_shards(new_conversation(inbound("hello")), 1, NOW)
    after = with_shards(before, 4, NOW + quiet)
    assert (after.shards, after.decided_at) == (shards, NOW + quiet)


def test_active_conversation_keeps_its_shards() -> None:
    conversation = with_shards(new_conversation(inbound("hello")), 1, NOW)
    for minute in range(1, 60):
        conversation = with_shards(conversation, 4, NOW + minute * MINUTE)
        assert conversation.shards == 1


def test_conversation_of_an_older_release_moves_at_once() -> None:
    old = msgspec.structs.replace(new_conversation(inbound("hello")), turn=3, version=3)
    assert with_shards(old, 4, NOW).shards == 4


def test_answer_uses_the_shard_of_its_request() -> None:
    before = with_shards(new_conversation(inbound("hello")), 1, NOW)
    shop = workspace(shards=4, bot={"mode": "ai"})
    decision = decide_message(decision_context(shop), before, inbound("and a lamp?", number=2), NOW + MINUTE)
    (request,) = [message for _, message in decision.outputs if isinstance(message, AiRequest)]
    assert request.shards == decision.conversation.shards == 1
