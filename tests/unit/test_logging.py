"""Logs: one redacted JSON object per line, with the ids of the message."""

import io
import json
import logging as stdlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.telemetry import logging
from shared.telemetry.logging import redact_text

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lines]:
    """Logging as a service sets it up; gives what was logged since the last time it was asked."""
    out, err = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    before = structlog.get_config()
    root = stdlib.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: stdlib.getLogger(name).level for name in logging._QUIET}
    logging.configure("router", "INFO", "router-0")

    def read() -> list[dict[str, Any]]:
        assert err.getvalue() == "", "logging itself has failed"
        found = [json.loads(line) for line in out.getvalue().split("\n") if line]
        out.seek(0)
        out.truncate()
        return found

    yield read
    root.handlers[:], root.level = handlers, level
    for name, value in levels.items():
        stdlib.getLogger(name).setLevel(value)
    structlog.reset_defaults()
    structlog.configure(**before)


def log() -> Any:
    return structlog.stdlib.get_logger("test")


def test_line_is_a_json_object_with_message_and_logger(lines: Lines) -> None:
    with logging.bound(workspace_id="acme", correlation_id="c" * 32, trace_id="c" * 32):
        log().info("Routed", decision="faq", turn=3, seconds=0.25, done=True, nothing=None)
    (line,) = lines()
    assert line.pop("time").endswith("Z")
    assert line == {
        "message": "Routed",
        "level": "info",
        "logger": "test",
        "service": "router",
        "instance": "router-0",
        "workspace_id": "acme",
        "correlation_id": "c" * 32,
        "trace_id": "c" * 32,
        "decision": "faq",
        "turn": 3,
        "seconds": 0.25,
        "done": True,
        "nothing": None,
    }


def test_bound_values_are_not_on_later_lines(lines: Lines) -> None:
    with logging.bound(workspace_id="acme"):
        log().info("one")
    log().info("two")
    assert ["workspace_id" in line for line in lines()] == [True, False]


PHONE = "2348031234567"
META_TOKEN = "EAAGm0PX4ZCpsBAKZCZBsecretsecretsecretZD"
SECRETS = {
    "a number with a plus": (f"sent to +{PHONE}", PHONE),
    "a number with spaces": ("call +234 803 123 4567 now", "803 123"),
    "a number with dashes": ("call +1 (415) 523-8886", "523-8886"),
    "a WhatsApp address": (f"to whatsapp:+{PHONE}", PHONE),
    "a WhatsApp address in a URL": (f"POST /Messages?To=whatsapp%3A%2B{PHONE}", PHONE),
    "a number named in JSON": (f'{{"wa_id":"{PHONE}"}}', PHONE),
    "a number named in a dict": (f"{{'to': '{PHONE}', 'x': 1}}", PHONE),
    "a number named in a query": (f"GET /contacts?phone={PHONE}&x=1", PHONE),
    "a bearer token": ("Authorization: Bearer abc.def-123456", "abc.def"),
    "a basic authorization": ("header Basic QUM6c2VjcmV0", "QUM6c2VjcmV0"),
    "a token of Meta's": (f"GET /v24.0/1?access_token={META_TOKEN}&x=1", META_TOKEN[5:]),
    "a bare token of Meta's": (f"the token {META_TOKEN} is expired", META_TOKEN[5:]),
    "a key of Anthropic's": ("invalid x-api-key: sk-ant-api03-abcDEF_123-xyz", "abcDEF"),
    "a key of OpenRouter's": ("key sk-or-v1-0123456789abcdef0123", "0123456789abcdef"),
    "a secret in a query": ("POST /hook?auth_token=0123456789abcdef&x=1", "0123456789abcdef"),
    "a secret in JSON": ('{"app_secret": "0123456789abcdef"}', "0123456789abcdef"),
    "a password in a URI": ("mongodb://parley:hunter2@db:27017 is away", "hunter2"),
    "a password alone in a URI": ("redis://:hunter2@cache:6379/0 is away", "hunter2"),
    "what a validation was given": (
        "1 validation error\n  Input should be a valid integer [type=int_parsing, input_value='my PIN is 4711', "
        "input_type=str]",
        "4711",
    ),
}


@pytest.mark.parametrize("case", SECRETS)
def test_private_values_are_redacted_anywhere(lines: Lines, case: str) -> None:
    """In our own messages and values, deep within, in exceptions, and in what libraries say."""
    text, private = SECRETS[case]
    log().info(f"Event {text}", detail=text, deep=[{"list": (text,)}], error=ValueError(text))
    stdlib.getLogger("some.library").warning("said %s", text)
    stdlib.getLogger("some.library").warning("said", exc_info=_raised(text))
    log().error("Failed", exc_info=_raised(text))
    try:
        raise KeyError(text)
    except KeyError:
        log().exception("Failed again")
    found = lines()
    assert len(found) == 5
    assert private not in json.dumps(found, ensure_ascii=False)


def _raised(text: str) -> BaseException:
    try:
        try:
            raise ValueError(text)
        except ValueError as error:
            raise RuntimeError(f"because of {text}") from error
    except RuntimeError as error:
        return error


PRIVATE = ("access_token", "app_secret", "password", "Authorization", "api_key", "x-hub-signature-256", "cookie")
WORDS = ("body", "text", "caption", "payload", "raw", "content")


@pytest.mark.parametrize("key", [*PRIVATE, *WORDS])
def test_values_of_private_keys_are_removed(lines: Lines, key: str) -> None:
    log().info("Event", **{key: "hello there"}, deep={"x": [{key: "hello there"}]})
    (line,) = lines()
    assert "hello" not in json.dumps(line)
    assert line[key] == "…"


@pytest.mark.parametrize("key", ["address", "identity", "phone", "wa_id", "recipient", "to", "from_", "sender"])
def test_number_without_a_plus_is_masked_by_its_key(lines: Lines, key: str) -> None:
    log().info("Event", **{key: PHONE})
    (line,) = lines()
    assert line[key] == "23…67"


SURVIVE = [
    "2026-03-14T09:26:53.589793Z",
    "2026-03-14T09:26:53+00:00",
    "2026-03-14 09:26:53.589+01:00",
    "1741944413589",
    "from 1741944413589 to 1741944500000",
    "resetting offset to 123456789",
    "offset=123456789012",
    "inbound.messages/11/9876543210",
    "0b6f7f0e-6c5d-5c7e-9d8a-3f1f8f7b1c2d",
    "12345678-1234-5678-1234-567812345678",
    "04754999579753fc8434163f7d8741c2",
    "00-04754999579753fc8434163f7d8741c2-0475499957975388-01",
    "meta:wamid.HBgNMjM0ODAzMTIzNDU2NxUCABIYFjNFQjBDOEQ4+1234567890/12345678==",
    "twilio:SM0123456789abcdef0123456789abcdef",
    "meta:665397593326012",
    "127.0.0.1:29092",
    "acme-2",
    "#131056",
    "auto 12345678",
    "input_tokens=1234567",
]


@pytest.mark.parametrize("text", SURVIVE)
def test_ids_and_times_are_kept(lines: Lines, text: str) -> None:
    """Times, offsets, ids of ours and of the providers, addresses of machines."""
    assert redact_text(text) == text
    log().info(text, id=text, deep=[text], exc_info=_raised(text))
    (line,) = lines()
    assert (line["message"], line["id"], line["deep"]) == (text, text, [text])
    assert f"ValueError: {text}" in line["exception"]


def test_numbers_are_kept(lines: Lines) -> None:
    log().info("Event", offset=2348031234567, age=0.001, count=-1)
    (line,) = lines()
    assert (line["offset"], line["age"], line["count"]) == (2348031234567, 0.001, -1)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.integers(), inner, max_size=3),
    max_leaves=10,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(), anything)
def test_any_event_is_one_line_of_json(lines: Lines, event: str, value: object) -> None:
    """Also lone surrogates, numbers without end, and objects that nobody expected."""
    log().info(event, value=value)
    (line,) = lines()
    assert line["level"] == "info"


def test_too_deep_nesting_is_cut(lines: Lines) -> None:
    endless: list[object] = []
    endless.append(endless)
    log().info("Event", value=endless)
    assert len(lines()) == 1


def test_verbose_libraries_log_from_warnings_on(lines: Lines) -> None:
    stdlib.getLogger("aiokafka.consumer").info("Joined group")
    stdlib.getLogger("aiokafka.consumer").warning("Heartbeat failed")
    stdlib.getLogger("other").info("hello")
    assert [line["message"] for line in lines()] == ["Heartbeat failed", "hello"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Invalid 'To': whatsapp:NG.13491208655302741918", "Invalid 'To': whatsapp:NG.…"),
        ("to US.ENT.11815799212886844830, rejected", "to US.ENT.…, rejected"),
        ("version A.10, bytes 1.250000", "version A.10, bytes 1.250000"),
    ],
)
def test_user_ids_of_customers_are_masked(text: str, shown: str) -> None:
    assert redact_text(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('dup key: { _id: "acme:+2348031234567" }', 'dup key: { _id: "acme:+23…67" }'),
        ('dup key: { _id: "acme:main:+2348031234567" }', 'dup key: { _id: "acme:main:+23…67" }'),
        ("no customer 2348031234567", "no customer …67"),
        ('unknown recipient "2348031234567"', 'unknown recipient "…67"'),
    ],
)
def test_numbers_in_texts_of_libraries_are_masked(text: str, shown: str) -> None:
    """A database names the key of a document that is there twice."""
    assert redact_text(text) == shown
