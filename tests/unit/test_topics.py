"""Keys and shards: a conversation is always in one partition, and each key has a workspace."""

from hypothesis import given
from hypothesis import strategies as st

from shared.topics import DAY, HOUR, TOPICS, OnFailure, key_for, workspace_of

names = st.from_regex(r"\A[a-z0-9][a-z0-9_-]{0,62}\Z")
SERVICES = {"ingress", "router", "ai", "delivery", "console"}


@given(names, st.text(), st.integers(1, 64))
def test_workspace_is_read_from_a_key(workspace: str, conversation: str, shards: int) -> None:
    assert workspace_of(key_for(workspace, conversation, shards)) == workspace


@given(names, st.text())
def test_without_shards_the_key_is_the_workspace(workspace: str, conversation: str) -> None:
    assert key_for(workspace, conversation, 1) == key_for(workspace) == workspace.encode()


@given(names, st.text(min_size=1), st.integers(2, 64))
def test_conversation_has_one_shard(workspace: str, conversation: str, shards: int) -> None:
    key = key_for(workspace, conversation, shards)
    assert key == key_for(workspace, conversation, shards)
    assert 0 <= int(key.decode().partition("#")[2]) < shards


def test_shards_do_not_change_between_releases() -> None:
    """Another hash would split conversations over two partitions while both are read."""
    assert key_for("acme", "0b6f7f0e-6c5d-5c7e-9d8a-3f1f8f7b1c2d", 8) == b"acme#2"
    assert key_for("acme", "c1", 64) == b"acme#33"


def test_conversations_are_spread_over_all_shards() -> None:
    keys = [key_for("acme", f"conversation-{number}", 8) for number in range(4000)]
    counts = [keys.count(key) for key in set(keys)]
    assert len(counts) == 8
    assert min(counts) > 300


def test_any_key_has_a_workspace() -> None:
    assert workspace_of(b"\xff#1") == "�"
    assert workspace_of(b"") == ""


def test_topic_table_is_consistent() -> None:
    """Every topic is found by its name, has who writes it, and is read again before it ends."""
    for name, topic in TOPICS.items():
        assert topic.name == name
        assert topic.partitions >= 1
        assert topic.retention >= DAY > HOUR
        assert set(topic.producers) | set(topic.consumers) <= SERVICES
        assert topic.producers
        assert topic.consumers
        assert topic.retries >= 0
    assert {name for name, topic in TOPICS.items() if topic.on_failure is OnFailure.SKIP} == {"conversation.events"}
