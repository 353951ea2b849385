"""The differences of two workspaces, field by field, and never a secret."""

from typing import Any

import pytest

from devtools.cli.changes import lines
from shared.workspace.diff import changes, losses

CHANNEL = {
    "id": "main",
    "provider": "meta",
    "address": "+2348031234567",
    "key": "meta:1",
    "account": "meta:2",
    "settings": {"phone_number_id": "1", "waba_id": "2"},
    "secrets": {"access_token": "k1:sealed-before"},
}
BEFORE: dict[str, Any] = {
    "_id": "shop",
    "workspace": "shop",
    "revision": 3,
    "name": "Shop",
    "bot": {"history": 10, "handoff_words": ["agent"]},
    "hours": None,
    "holidays": ["2026-12-25"],
    "channels": [CHANNEL],
    "faqs": [{"question": "When?", "answer": "At 9."}, {"question": "Where?", "answer": "Here."}],
    "catalog": [{"sku": "C1", "price": "4.50"}],
    "flows": ["flows/of-old.yaml", {"name": "menu", "version": "1"}],
    "segments": [],
}


def to(**after: Any) -> dict[str, Any]:
    return {**BEFORE, "flows": BEFORE["flows"][1:], **after}


def told(**after: Any) -> list[str]:
    return [line.strip() for line in lines(changes(BEFORE, to(**after)))]


FAQS = BEFORE["faqs"]
CASES: list[tuple[str, dict[str, Any], list[str]]] = [
    ("nothing", {}, []),
    ("a plain field", {"name": "Store"}, ["~ name: Shop → Store"]),
    ("a field to nothing", {"name": ""}, ['~ name: Shop → ""']),
    ("a field within", {"bot": {**BEFORE["bot"], "history": 12}}, ["~ bot.history: 10 → 12"]),
    (
        "a list of words",
        {"bot": {"history": 10, "handoff_words": ["agent", "human"]}},
        ['~ bot.handoff_words: ["agent"] → ["agent", "human"]'],
    ),
    ("what was not there", {"hours": {"mon": ["09:00-17:00"]}}, ['+ hours.mon: ["09:00-17:00"]']),
    (
        "an item's field",
        {"faqs": [FAQS[0], {**FAQS[1], "answer": "There."}]},
        ["~ faqs[Where?].answer: Here. → There."],
    ),
    ("a new item", {"faqs": [*FAQS, {"question": "Why?", "answer": "So."}]}, ["+ faqs[Why?]"]),
    ("an item that goes", {"faqs": FAQS[:1]}, ["- faqs[Where?]"]),
    (
        "an item under another name",
        {"faqs": [FAQS[0], {"question": "Whence?", "answer": "Here."}]},
        ["+ faqs[Whence?]", "- faqs[Where?]"],
    ),
    ("another order", {"faqs": FAQS[::-1]}, ["~ faqs: another order"]),
    ("a price", {"catalog": [{"sku": "C1", "price": "5"}]}, ["~ catalog[C1].price: 4.50 → 5"]),
    ("a flow's version", {"flows": [{"name": "menu", "version": "2"}]}, ["~ flows[menu].version: 1 → 2"]),
    ("a flow that goes", {"flows": []}, ["- flows[menu]"]),
    (
        "a secret",
        {"channels": [{**CHANNEL, "secrets": {"access_token": "k1:sealed-after"}}]},
        ["~ channels[main].access_token: changed"],
    ),
    (
        "secrets that come and go",
        {"channels": [{**CHANNEL, "secrets": {"app_secret": "k1:sealed"}}]},
        ["+ channels[main].app_secret", "- channels[main].access_token"],
    ),
    (
        "a number's id at the provider",
        {"channels": [{**CHANNEL, "key": "meta:9", "settings": {"phone_number_id": "9", "waba_id": "2"}}]},
        ["~ channels[main].phone_number_id: 1 → 9"],
    ),
    ("lines and control characters", {"name": "a\nb\x1b[31m"}, ["~ name: Shop → a b\\u001b[31m"]),
    ("a long text", {"name": "x" * 200}, [f"~ name: Shop → {'x' * 59}…"]),
]


@pytest.mark.parametrize(("after", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_change_is_told(after: dict[str, Any], expected: list[str]) -> None:
    assert told(**after) == expected
    assert "sealed" not in "".join(told(**after))


LOST = [
    ("a channel", {"channels": []}, ["channels[main]"]),
    ("a question", {"faqs": FAQS[1:]}, ["faqs[When?]"]),
    ("a product", {"catalog": []}, ["catalog[C1]"]),
    ("a flow", {"flows": []}, ["flows[menu]"]),
    ("a word, a holiday or the hours", {"bot": {"history": 10, "handoff_words": []}, "holidays": []}, []),
]


@pytest.mark.parametrize(("after", "expected"), [case[1:] for case in LOST], ids=[case[0] for case in LOST])
def test_removals_are_listed(after: dict[str, Any], expected: list[str]) -> None:
    assert [change.path for change in losses(changes(BEFORE, to(**after)))] == expected
