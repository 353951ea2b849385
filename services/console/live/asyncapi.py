"""The AsyncAPI 3 document of the live connection, committed as `docs/asyncapi.json`.

python -m services.console.live.asyncapi   writes it; a test compares it
"""

import json
from pathlib import Path
from typing import Any, get_args

import msgspec

from services.console.live import frames
from services.console.live.socket import SUBPROTOCOL
from services.console.rights import RULES
from services.console.version import VERSION

FILE = Path(__file__).parents[3] / "docs" / "asyncapi.json"
_ADDRESS = "/api/v1/workspaces/{workspace}/events"
_CLOSE_CODES = (
    "Close codes: 1008 against the protocol, 1009 frame above 16 KiB, 1012 restart (connect anew, with the cursor), "
    "1013 not ready (try later), 4401 signed out, 4403 not admitted any more, 4408 no hello within 5 s, 4409 a newer "
    "connection with the same `?tab=` took its place, 4429 too many "
    "connections of this session or key."
)


def document() -> dict[str, Any]:
    """Return the document."""
    sent, taken = frames.TO_BROWSER, get_args(frames.FromBrowser)
    _, schemas = msgspec.json.schema_components([*sent, *taken], ref_template="#/components/schemas/{name}")
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Parley live events",
            "version": VERSION,
            "description": f"What happens in a workspace, as it happens. {_CLOSE_CODES}",
        },
        "defaultContentType": "application/json",
        "channels": {
            "events": {
                "address": _ADDRESS,
                "description": f"A WebSocket with the subprotocol {SUBPROTOCOL}. The first frame is `hello`.",
                "parameters": {"workspace": {"description": "The workspace's name."}},
                "messages": {_name(kind): {"$ref": f"#/components/messages/{_name(kind)}"} for kind in (*sent, *taken)},
                "bindings": {"ws": {"method": "GET"}},
            }
        },
        "operations": {
            "sendFrames": _operation("send", sent),
            "receiveFrames": _operation("receive", taken),
        },
        "components": {
            "messages": {_name(kind): _message(kind) for kind in (*sent, *taken)},
            "schemas": dict(sorted(schemas.items())),
        },
    }


def as_text() -> str:
    """Return the document as it is committed."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def _message(kind: type) -> dict[str, Any]:
    payload = {"payload": {"$ref": f"#/components/schemas/{kind.__name__}"}}
    if kind not in frames.RIGHTS:
        return payload
    scopes = " or ".join(f"`{scope}`" for scope in sorted(RULES[frames.RIGHTS[kind]].scopes))
    return {"description": f"Sent to keys with the scope {scopes}.", **payload}


def _operation(action: str, kinds: tuple[type, ...]) -> dict[str, Any]:
    messages = [{"$ref": f"#/channels/events/messages/{_name(kind)}"} for kind in kinds]
    return {"action": action, "channel": {"$ref": "#/channels/events"}, "messages": messages}


def _name(kind: type) -> str:
    return kind.__name__


if __name__ == "__main__":
    FILE.write_text(as_text())
