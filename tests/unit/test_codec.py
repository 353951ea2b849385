"""Records are encoded and decoded; what cannot be decoded is refused."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kafka.codec import Undecodable, decode, encode, to_record
from shared.kafka.records import Record
from shared.messages.commands import TakeOver
from shared.messages.content import Text
from shared.topics import AI_REQUESTS, CONVERSATION_COMMANDS, INBOUND_MESSAGES, TOPICS
from tests.repositories.builders import NOW, inbound

COMMAND = TakeOver(id="1", workspace="acme", correlation_id="0" * 32, created_at=NOW, conversation_id="c1", by="ada")


def record(topic: str, value: bytes) -> Record:
    return Record(topic, 0, 0, b"acme", value)


@given(st.text())
def test_any_text_survives_encoding(body: str) -> None:
    message = msgspec.structs.replace(inbound(), content=Text(body=body.encode("utf-8", "ignore").decode()))
    assert decode(record("inbound.messages", encode(message))) == message


def test_raw_json_is_unchanged() -> None:
    """To the byte: signatures and disputes are about bytes."""
    raw = b'{"b":1,  "a":"\\u00e9", "n":1.10}'
    message = msgspec.structs.replace(inbound(), raw=msgspec.Raw(raw))
    assert bytes(decode(record("inbound.messages", encode(message))).raw) == raw


def test_tag_selects_the_type_of_a_union() -> None:
    assert decode(record("conversation.commands", encode(COMMAND))) == COMMAND
    with pytest.raises(Undecodable, match="explode"):
        decode(record("conversation.commands", encode(COMMAND).replace(b"take_over", b"explode")))


@given(st.sampled_from(sorted(TOPICS)), st.binary(max_size=200))
def test_invalid_value_raises_undecodable(topic: str, value: bytes) -> None:
    """Whatever they are: nothing else escapes."""
    with pytest.raises(Undecodable):
        decode(record(topic, value))


@pytest.mark.parametrize(
    ("why", "value"),
    [
        ("nothing", b""),
        ("no JSON", b"hello"),
        ("no UTF-8", b'{"id":"\xff"}'),
        ("not an object", b"[]"),
        ("fields are missing", b'{"id":"1"}'),
        ("deeply nested", b"[" * 100_000),
        ("raw JSON that is too deep", encode(inbound()).replace(b'"raw":{}', b'"raw":' + b"[" * 10**5 + b"]" * 10**5)),
        ("a field of another type", encode(inbound()).replace(b'"limited":false', b'"limited":3')),
    ],
)
def test_undecodable_names_the_reason(why: str, value: bytes) -> None:
    with pytest.raises(Undecodable, match=r"\w"):
        decode(record("inbound.messages", value))


def test_record_key_is_the_workspace() -> None:
    new = to_record(INBOUND_MESSAGES, inbound(), headers=(("traceparent", b"x"),))
    assert (new.topic, new.key, new.headers) == ("inbound.messages", b"acme", (("traceparent", b"x"),))
    assert decode(record(new.topic, new.value)) == inbound()
    assert to_record(AI_REQUESTS, COMMAND, lane="c1", shards=64).key == b"acme#33"
    assert to_record(CONVERSATION_COMMANDS, COMMAND, lane="c1").key == b"acme"


def test_last_header_of_a_name_counts() -> None:
    found = Record("t", 0, 0, b"", b"", headers=(("a", b"1"), ("b", b"2"), ("a", b"3")))
    assert (found.header("a"), found.header("b"), found.header("c")) == (b"3", b"2", None)
