"""Checks of log lines: each is JSON with the required fields and contains no private data."""

import json
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote, quote_plus

from devtools.stack.environment import DEMO_META_APP_SECRET, DEMO_META_VERIFY_TOKEN
from tests.e2e.shop import PrivateData
from tests.e2e.world import service_logs

Lines = Sequence[tuple[str, str]]  # the log's name, and the line

# Lines about one message; each names its workspace and correlation id.
MESSAGE_LOGS = (
    "Decided",
    "Answered",
    "Answered by the FAQ",
    "Apologised",
    "Handed off: the customer's share is spent",
    "A model gave no answer",
    "Sending failed",
    "In doubt, sending again",
)
_UNEXPECTED = ("A handler failed", "Ended by an unexpected error", "Task exception was never retrieved")


def read_logs(folder: Path) -> Lines:
    """Return all lines that the services of a stack have logged."""
    return service_logs(folder)


def check_all(lines: Lines, private: PrivateData) -> None:
    """Raise AssertionError with the first lines that fail a check."""
    check_no_private_data(lines, private)
    check_form(lines)
    check_message_entries(lines)
    check_failures(lines)


def check_no_private_data(lines: Lines, private: PrivateData) -> None:
    """Check that no line contains a phone number, a token or a text of a customer."""
    texts = {text for text in private.texts if len(text) > 5}  # shorter ones occur in timestamps
    secrets = private.phones | private.tokens | texts | {DEMO_META_APP_SECRET, DEMO_META_VERIFY_TOKEN, "demo-key"}
    everything = "\n".join(line for _, line in lines)
    found = {form for secret in secrets for form in _forms(secret) if form in everything}
    assert not found, [line for _, line in lines if any(secret in line for secret in found)][:5]


def _forms(secret: str) -> set[str]:
    """Return a secret in plain form and escaped for URLs, forms and JSON.

    Base64 is not searched for: Meta's message ids contain phone numbers in it.
    """
    return {secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1], repr(secret)[1:-1]}


def check_form(lines: Lines) -> None:
    """Check that every line is JSON and names its service."""
    for log, line in lines:
        try:
            entry = json.loads(line)
        except ValueError:
            raise AssertionError(f"{log}: {line!r} is not JSON") from None
        assert entry["service"] == log.split("-")[0], line
        assert {"level", "time", "message"} <= entry.keys(), line


def check_message_entries(lines: Lines) -> None:
    """Check that every line about a message has the workspace, and a correlation id that equals the trace id."""
    for entry in message_entries(lines):
        assert entry.get("workspace_id"), entry
        assert len(entry.get("correlation_id", "")) == 32, entry
        assert entry.get("trace_id") == entry["correlation_id"], entry


def message_entries(lines: Lines) -> list[dict[str, str]]:
    """Return the entries about one message."""
    entries = [json.loads(line) for _, line in lines if any(f'"{words}' in line for words in MESSAGE_LOGS)]
    return [entry for entry in entries if entry["message"] in MESSAGE_LOGS]


def check_failures(lines: Lines) -> None:
    """Check that no handler failed and no process ended by an unexpected error."""
    assert [line for _, line in lines if any(words in line for words in _UNEXPECTED)][:5] == []
