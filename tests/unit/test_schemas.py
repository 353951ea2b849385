"""The contracts between services: generated, committed, and kept by everything that was ever written to a topic.

The examples in `examples/<topic>/` are what producers have sent. None is changed or removed: a new form is a new file.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import jsonschema  # type: ignore[import-untyped]  # it publishes no types
import msgspec
import pytest

from shared.kafka import codec
from shared.kafka.records import Record
from shared.messages import schemas
from shared.messages.base import Message
from shared.messages.content import Content
from shared.messages.inbound import InboundMessage
from shared.messages.operations import CreateBroadcast, StartBroadcast
from shared.messages.outbound import Body, OutboundMessage
from shared.topics import TOPICS

EXAMPLES = Path(__file__).with_name("examples")
FILES = sorted(EXAMPLES.glob("*/*.json"))


def decoded(topic: str, value: bytes) -> Any:
    return codec.decode(Record(topic, 0, 0, b"acme", value))


def examples() -> list[Any]:
    return [decoded(path.parent.name, path.read_bytes()) for path in FILES]


def test_committed_schemas_are_current() -> None:
    """If not: python -m shared.messages.schemas"""
    committed = {path.name: path.read_text() for path in schemas.FOLDER.glob("*.json")}
    assert committed == schemas.files()


@pytest.mark.parametrize("topic", TOPICS)
def test_each_schema_is_valid(topic: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schemas.schema(TOPICS[topic]))


def test_asyncapi_document_names_producers_and_consumers() -> None:
    """And every reference in it leads somewhere."""
    document = schemas.asyncapi()
    assert document["channels"].keys() == TOPICS.keys()
    for topic in TOPICS.values():
        for service in topic.producers:
            assert document["operations"][f"{service}.send.{topic.name}"]["action"] == "send"
        for service in topic.consumers:
            assert document["operations"][f"{service}.receive.{topic.name}"]["action"] == "receive"
    references = list(_references(document))
    assert references
    for reference in references:
        found: Any = document
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for item in value.values():
            yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_examples_stay_decodable(path: Path) -> None:
    """It is valid by its schema, and nothing of it is lost between decoding and encoding."""
    topic, given = path.parent.name, json.loads(path.read_text())
    jsonschema.validate(given, schemas.schema(TOPICS[topic]))
    message = decoded(topic, path.read_bytes())
    again = json.loads(codec.encode(message))
    assert _contains(again, given)
    assert decoded(topic, codec.encode(message)) == message


def _contains(whole: Any, part: Any) -> bool:
    if isinstance(whole, dict) and isinstance(part, dict):
        return all(key in whole and _contains(whole[key], value) for key, value in part.items())
    if isinstance(whole, list) and isinstance(part, list):
        return len(whole) == len(part) and all(map(_contains, whole, part))
    return bool(whole == part)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_old_consumer_ignores_new_fields(path: Path) -> None:
    """Fields that it does not know are passed over, wherever they stand."""
    topic, given = path.parent.name, json.loads(path.read_text())
    assert decoded(topic, json.dumps(_with_more(given)).encode()) == decoded(topic, json.dumps(given).encode())


_RAW = ("raw", "cards", "variables", "fields")  # a provider's values are kept as they came; fields have any names


def _with_more(value: Any) -> Any:
    if isinstance(value, dict):
        known = {key: item if key in _RAW else _with_more(item) for key, item in value.items()}
        return {"of_tomorrow": {"x": [1]}, **known}
    return [_with_more(item) for item in value] if isinstance(value, list) else value


def test_consumer_without_comparisons_refuses_one_and_sends_no_template_to_all() -> None:
    older = CreateBroadcast | StartBroadcast
    folder = EXAMPLES / "operations.commands"
    plain, compared = (folder / f"{name}.json" for name in ("create_broadcast", "create_comparison_of_its_own_kind"))
    assert isinstance(msgspec.json.decode(plain.read_bytes(), type=older), CreateBroadcast)
    with pytest.raises(msgspec.ValidationError, match="create_comparison"):
        msgspec.json.decode(compared.read_bytes(), type=older)


def test_every_type_of_every_topic_has_an_example() -> None:
    found = {(path.parent.name, type(example)) for path, example in zip(FILES, examples(), strict=True)}
    assert found == {(topic.name, kind) for topic in TOPICS.values() for kind in schemas.types_of(topic)}
    contents = {type(example.content) for example in examples() if isinstance(example, InboundMessage)}
    assert contents == set(get_args(Content))
    bodies = {type(example.body) for example in examples() if isinstance(example, OutboundMessage)}
    assert bodies == set(get_args(Body))


def test_message_cannot_be_built_with_an_undeclared_field() -> None:
    for message in examples():
        assert isinstance(message, Message)
        fields = {name: getattr(message, name) for name in message.__struct_fields__}
        assert type(message)(**fields) == message
        with pytest.raises(TypeError, match="of_tomorrow"):
            type(message)(**{**fields, "of_tomorrow": 1})


def test_messages_are_immutable() -> None:
    for message in examples():
        with pytest.raises(AttributeError):
            message.workspace = "another"


@pytest.mark.parametrize("topic", TOPICS)
def test_base_fields_are_required(topic: str) -> None:
    """The base's fields are in every type; what is added later has a default, or old records could not be read."""
    for kind in schemas.types_of(TOPICS[topic]):
        required = {field.name for field in msgspec.structs.fields(kind) if field.required}
        assert {"id", "workspace", "correlation_id", "created_at"} <= required
