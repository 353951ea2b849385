"""The AsyncAPI document of live events is the committed one, and the names are those that clients use."""

import json

from services.console.live import asyncapi, frames

NAMES = {
    *("ready", "opened", "ping", "pong", "message:new", "message:status", "conversation:changed", "inbox:stale"),
    *("command:done", "command:refused", "order:changed", "customer:changed", "broadcast:changed", "channel:changed"),
    "template:changed",
    *(
        "typing:start",
        "typing:stop",
        "viewing",
        "seen",
        "flow:draft",
        "flow:viewing",
        "resync",
        "paused",
        "resumed",
        "signed-out",
    ),
}


def test_document_is_the_committed_one() -> None:
    assert asyncapi.FILE.read_text() == asyncapi.as_text(), "run python -m services.console.live.asyncapi"


def test_frames_have_the_names_that_clients_use() -> None:
    schemas = asyncapi.document()["components"]["schemas"]
    assert {schemas[kind.__name__]["properties"]["type"]["enum"][0] for kind in frames.TO_BROWSER} == NAMES


def test_every_reference_leads_to_something() -> None:
    document = asyncapi.document()
    for reference in _references(document):
        found = document
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
        assert json.dumps(found)


def _references(value: object) -> list[str]:
    if isinstance(value, dict):
        mine = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return mine + [found for item in value.values() for found in _references(item)]
    return [found for item in value for found in _references(item)] if isinstance(value, list) else []
