"""Writes the contracts between the services from the topic table: a JSON Schema per topic, and an AsyncAPI 3 document.

`python -m shared.messages.schemas` writes the files; a test compares them.
"""

import json
from pathlib import Path
from typing import Any, get_args

import msgspec

from shared.topics import TOPICS, Topic

FOLDER = Path(__file__).with_name("schemas")
_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_JSON = "application/json"


def types_of(topic: Topic) -> tuple[type, ...]:
    """Return the message types of a topic; most have one."""
    return get_args(topic.message) or (topic.message,)


def schema(topic: Topic) -> dict[str, Any]:
    """Return the JSON Schema of a topic's messages."""
    made = msgspec.json.schema(topic.message)
    if "$defs" in made:
        made["$defs"] = _in_order(made["$defs"])
    return {"$schema": _DRAFT, "title": topic.name, **made}


def asyncapi() -> dict[str, Any]:
    """Return the AsyncAPI document of all topics."""
    types = list(dict.fromkeys(kind for topic in _topics() for kind in types_of(topic)))
    _, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Parley", "version": "1", "description": "The topics between the services."},
        "defaultContentType": _JSON,
        "channels": {topic.name: _channel(topic) for topic in _topics()},
        "operations": {name: value for topic in _topics() for name, value in _operations(topic).items()},
        "components": {
            "messages": {
                kind.__name__: {
                    "contentType": _JSON,
                    "payload": {"$ref": f"#/components/schemas/{kind.__name__}"},
                }
                for kind in types
            },
            "schemas": _in_order(components),
        },
    }


def _topics() -> list[Topic]:
    return sorted(TOPICS.values(), key=lambda topic: topic.name)


def _in_order(definitions: dict[str, Any]) -> dict[str, Any]:
    """Sort by name, because msgspec's order varies."""
    return dict(sorted(definitions.items()))


def files() -> dict[str, str]:
    """Return the contents of the files by name."""
    documents = {f"{topic.name}.json": schema(topic) for topic in _topics()} | {"asyncapi.json": asyncapi()}
    return {name: json.dumps(value, indent=2, ensure_ascii=False) + "\n" for name, value in documents.items()}


def _channel(topic: Topic) -> dict[str, Any]:
    return {
        "address": topic.name,
        "messages": {kind.__name__: {"$ref": f"#/components/messages/{kind.__name__}"} for kind in types_of(topic)},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": {"retention.ms": topic.retention * 1000},
            }
        },
    }


def _operations(topic: Topic) -> dict[str, Any]:
    channel = {"$ref": f"#/channels/{topic.name}"}
    sends = {f"{service}.send.{topic.name}": {"action": "send", "channel": channel} for service in topic.producers}
    receives = {
        f"{service}.receive.{topic.name}": {"action": "receive", "channel": channel} for service in topic.consumers
    }
    return sends | receives


def main() -> None:
    """Write the files, and remove those of former topics."""
    FOLDER.mkdir(exist_ok=True)
    wanted = files()
    for path in FOLDER.glob("*.json"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (FOLDER / name).write_text(text)


if __name__ == "__main__":
    main()
