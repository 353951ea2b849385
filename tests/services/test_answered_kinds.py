"""Content types that are answered: each row of the table, from a provider's payload to the decision."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from shared.decisions.decision import Decision, DecisionKind
from shared.decisions.pipeline import decide_message
from shared.messages.content import CONTENT_CLASSES, Content, ContentClass, Welcome, kind_of
from shared.messages.outbound import OutboundMessage, Presence
from shared.providers.meta import webhook as meta
from shared.providers.msg91 import webhook as msg91
from shared.providers.port import ParsedMessage
from shared.providers.twilio import webhook as twilio
from tests.providers.payloads import payload
from tests.services.builders import decision_context, inbound, workspace

NOW = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)
DOC = Path(__file__).parents[2] / "docs" / "conversations.md"


def from_meta(name: str, **message: Any) -> Content:
    """The content of a fixture, with some of its message replaced."""
    body = json.loads(payload("meta", name))
    body["entry"][0]["changes"][0]["value"]["messages"][0].update(message)
    [found] = meta.parse(json.dumps(body).encode())
    assert isinstance(found, ParsedMessage)
    return found.content


def interactive(kind: str) -> Content:
    return from_meta("interactive_unknown", interactive={"type": kind, kind: {"response": "accept"}})


def not_supported(kind: str) -> Content:
    return from_meta("unsupported", unsupported={"type": kind})


def from_twilio(**params: str) -> Content:
    form = dict(twilio.parse_form(payload("twilio", "text"))) | params
    [found] = twilio.parse_message(list(form.items()), NOW)
    assert isinstance(found, ParsedMessage)
    return found.content


def from_msg91(kind: str, **fields: str) -> Content:
    item = {"uuid": "u1", "customerNumber": "2348031234567", "contentType": kind, **fields}
    [found] = msg91.parse(json.dumps(item).encode(), "+919876543210", NOW)
    assert isinstance(found, ParsedMessage)
    return found.content


_BY_UNSUPPORTED = (
    *("call_permission_request", "call_log", "missed_call", "ephemeral_setting", "event_response", "keep_in_chat"),
    *("pin", "pin_in_chat", "poll_update", "poll_vote", "protocol", "unpin"),
)
SENT: dict[str, list[Callable[[], Content]]] = {
    "text": [lambda: from_meta("text"), from_twilio, lambda: from_msg91("text", text="Hi")],
    "choice": [
        lambda: from_meta("button_reply"),
        lambda: from_meta("list_reply"),
        lambda: from_meta("form_reply"),
        lambda: from_meta("quick_reply"),
        lambda: from_twilio(ButtonPayload="oak", ButtonText="Oak"),
    ],
    "order": [lambda: from_meta("order")],
    "location": [lambda: from_meta("location"), lambda: from_twilio(Latitude="6.5", Longitude="3.4")],
    "contacts": [lambda: from_meta("contacts")],
    "image": [lambda: from_meta("image"), lambda: from_msg91("image", url="https://files.example/a")],
    "video": [lambda: from_meta("video"), lambda: from_msg91("video", url="https://files.example/a")],
    "document": [lambda: from_meta("document"), lambda: from_msg91("document", url="https://files.example/a")],
    "audio": [lambda: from_meta("audio"), lambda: from_meta("voice")],
    "sticker": [lambda: from_meta("sticker"), lambda: from_twilio(MessageType="sticker", Body="")],
    "reaction": [
        lambda: from_meta("reaction"),
        lambda: from_meta("unreaction"),
        lambda: from_twilio(MessageType="reaction", Body="👍", OriginalRepliedMessageSid="SM0"),
        lambda: from_twilio(MessageType="reaction", Body="👍"),
        lambda: from_msg91("reaction", text="👍"),
    ],
    "system": [lambda: from_meta("number_changed"), lambda: from_twilio(MessageType="system", Body="changed")],
    "welcome": [lambda: from_meta("welcome")],
    "edit": [lambda: from_meta("edit"), lambda: from_twilio(MessageType="edit", Body="New")],
    "revoke": [lambda: from_meta("revoke"), lambda: from_twilio(MessageType="revoke", Body="")],
    "group": [lambda: from_meta("group")],
    "call_permission_reply": [
        lambda: interactive("call_permission_reply"),
        lambda: from_twilio(MessageType="call_permission_reply", Body="Allow"),
        lambda: from_msg91("call_permission_reply", text="accept"),
    ],
    **{
        kind: [partial(from_twilio, MessageType=kind, Body="New"), partial(from_msg91, kind, text="New")]
        for kind in ("edited", "deleted", "revoked", "request_welcome")
    },
    **{kind: [partial(not_supported, kind), partial(from_meta, "future_type", type=kind)] for kind in _BY_UNSUPPORTED},
}
ROWS = [(kind, number) for kind, many in SENT.items() for number in range(len(many))]


def decided(content: Content) -> Decision:
    return decide_message(decision_context(workspace()), None, inbound(content), NOW)


# Opted out: the pressed button of the sample is a template's "Stop promotions".
ANSWERED = (DecisionKind.AI, DecisionKind.FAQ, DecisionKind.FLOW, DecisionKind.SHOP, DecisionKind.OPTED_OUT)


def spoken(decision: Decision) -> list[OutboundMessage]:
    sent = [message for _, message in decision.outputs if isinstance(message, OutboundMessage)]
    return [message for message in sent if not isinstance(message.body, Presence)]


@pytest.mark.parametrize(("kind", "number"), ROWS)
def test_each_content_type_is_answered_as_documented(kind: str, number: int) -> None:
    content = SENT[kind][number]()
    assert kind_of(content) == kind
    decision = decided(content)
    wanted = CONTENT_CLASSES[kind]
    if wanted is ContentClass.NOT_A_QUESTION:
        assert spoken(decision) == []
        assert decision.kind is DecisionKind.NOTHING_SAID or isinstance(content, Welcome)
    elif wanted is ContentClass.VOICE:
        assert decision.kind is DecisionKind.UNREADABLE
    else:
        assert decision.kind in ANSWERED


def test_every_row_of_the_table_has_a_case() -> None:
    assert SENT.keys() == CONTENT_CLASSES.keys()


@pytest.mark.parametrize(
    "content",
    [
        lambda: not_supported("hologram"),
        lambda: from_meta("future_type"),
        lambda: interactive("hologram"),
        lambda: from_twilio(MessageType="hologram", Body=""),
        lambda: from_msg91("hologram"),
        lambda: from_meta("image", image=None),
    ],
)
def test_unknown_content_type_gets_a_polite_answer(content: Callable[[], Content]) -> None:
    decision = decided(content())
    assert decision.kind is DecisionKind.UNREADABLE
    assert len(spoken(decision)) == 1


def test_documentation_lists_the_same_content_types() -> None:
    table = DOC.read_text().partition("## Which kinds of messages are answered")[2].partition("\n## ")[0]
    rows = [line.split("|")[1:3] for line in table.splitlines() if line.startswith("| `")]
    told = {kind: answered.strip() for kinds, answered in rows for kind in re.findall(r"`(\w+)`", kinds)}
    words = {
        ContentClass.QUESTION: "yes",
        ContentClass.VOICE: "with a request to write",
        ContentClass.NOT_A_QUESTION: "no",
    }
    assert told == {kind: words[taken] for kind, taken in CONTENT_CLASSES.items()}
