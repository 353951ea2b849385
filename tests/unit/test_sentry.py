"""Events sent to Sentry, as a server receives them: the ids of the message, and nothing private."""

import gzip
import json
import logging as stdlib
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import structlog

from shared.telemetry import logging, sentry
from shared.workspace.channels import SECRET_FIELDS

PHONE, TEXT = "2348031234567", "my PIN is forty-seven eleven"
TOKEN = "EAAGm0PX4ZCpsBAKZCZBsecretsecretsecretZD"
TRACE = "04754999579753fc8434163f7d8741c2"
LOCAL = "of a local variable"
PRIVATE = (PHONE, "803 123", TEXT, TOKEN[5:], "hunter2", LOCAL)
Told = Callable[[], list[dict[str, Any]]]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.bodies: list[bytes] = []
        self.status = 200


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.bodies.append(gzip.decompress(body) if self.headers["content-encoding"] == "gzip" else body)
        self.send_response(self.server.status)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base class calls it
        """Says nothing."""


@pytest.fixture
def server() -> Iterator[_Server]:
    """A fake Sentry on this machine."""
    with _Server() as server:
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        serving.start()
        yield server
        server.shutdown()
        serving.join(5)


@pytest.fixture
def told(server: _Server) -> Iterator[Told]:
    """Logging and Sentry as a service sets them up; ends both and gives the events that the server has then."""
    before, root = structlog.get_config(), stdlib.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: stdlib.getLogger(name).level for name in logging._QUIET}
    logging.configure("router", "INFO", "router-0")
    sentry.configure("router", f"http://publickey@127.0.0.1:{server.server_port}/42", "router-0")

    def read() -> list[dict[str, Any]]:
        sentry.shutdown()
        everything = b"\n".join(server.bodies).decode()
        assert not [private for private in PRIVATE if private in everything], everything
        return [event for body in server.bodies for event in _events(body)]

    yield read
    sentry.shutdown()
    root.handlers[:], root.level = handlers, level
    for name, value in levels.items():
        stdlib.getLogger(name).setLevel(value)
    structlog.reset_defaults()
    structlog.configure(**before)


def _events(body: bytes) -> Iterator[dict[str, Any]]:
    _, *items = body.decode().splitlines()
    for head, payload in zip(items[::2], items[1::2], strict=False):
        if json.loads(head)["type"] == "event":
            yield json.loads(payload)


class OfOurs(Exception):
    """An exception as our own modules raise it."""


OfOurs.__module__ = "shared.errors"


def _fails(error: Exception) -> None:
    secret = f"{LOCAL} {TEXT} {PHONE}"
    assert secret
    raise error


def log() -> Any:
    return structlog.stdlib.get_logger("test")


def test_error_is_sent_with_the_ids_of_its_message(told: Told) -> None:
    with logging.bound(workspace_id="acme", correlation_id=TRACE, trace_id=TRACE):
        try:
            _fails(ValueError(f"{TEXT} +{PHONE}"))
        except ValueError:
            log().exception("A handler failed", topic="inbound.messages", offset=1234567890123, failures=2)
    (event,) = told()
    assert event["logentry"]["message"] == "A handler failed"
    assert event["tags"] == {"service": "router", "workspace_id": "acme", "correlation_id": TRACE, "trace_id": TRACE}
    assert event["contexts"]["trace"]["trace_id"] == TRACE
    assert {"topic": "inbound.messages", "offset": 1234567890123, "failures": 2}.items() <= event["extra"].items()
    assert event["timestamp"].endswith("Z")
    assert (event["level"], event["logger"], event["server_name"]) == ("error", "test", "router-0")
    (raised,) = event["exception"]["values"]
    assert (raised["type"], raised["value"]) == ("ValueError", "")
    assert [frame["function"] for frame in raised["stacktrace"]["frames"]][-1] == "_fails"
    assert not any("vars" in frame for frame in raised["stacktrace"]["frames"])
    assert not {"user", "request", "breadcrumbs", "modules"} & event.keys()


def test_private_values_are_not_sent(told: Told) -> None:
    log().error(
        f"Sending to +{PHONE} failed",
        text=TEXT,
        body={"text": TEXT},
        detail=TEXT,
        deep=[{"caption": TEXT, "to": PHONE, "list": [f"whatsapp:+{PHONE}"]}],
        access_token=TOKEN,
        uri="mongodb://parley:hunter2@db is away",
        url=f"https://graph/1?access_token={TOKEN}",
        phone=PHONE,
        session="hunter2",
        error=f"call +234 803 123 4567: Bearer {TOKEN}",
    )
    (event,) = told()
    assert event["logentry"]["message"] == "Sending to +23…67 failed"
    assert event["extra"]["uri"] == "mongodb://parley:…@db is away"


def test_library_error_is_sent_without_its_arguments(told: Told) -> None:
    with logging.bound(workspace_id="acme", correlation_id=TRACE, trace_id=TRACE):
        stdlib.getLogger("some.library").error("could not send %s to %s", TEXT, PHONE)
    try:
        _fails(KeyError(TEXT))
    except KeyError:
        stdlib.getLogger("some.library").exception("broken: %s", TOKEN)
    sent, broken = sorted(told(), key=lambda event: event["logentry"]["message"], reverse=True)
    assert (sent["logentry"]["message"], sent["tags"]["trace_id"]) == ("could not send %s to %s", TRACE)
    assert [it["type"] for it in broken["exception"]["values"]] == ["KeyError"]


def test_our_exceptions_keep_their_text_and_causes_their_types(told: Told) -> None:
    try:
        try:
            _fails(KeyError(TEXT))
        except KeyError as error:
            raise OfOurs(f"no workspace owns +{PHONE}") from error
    except OfOurs as error:
        log().error("Failed", exc_info=error)
    (event,) = told()
    assert {it["type"]: it["value"] for it in event["exception"]["values"]} == {
        "KeyError": "",
        "OfOurs": "no workspace owns +23…67",
    }


def test_only_errors_are_sent_and_repeated_ones_once(told: Told) -> None:
    log().info("Fine")
    log().warning("Hm")
    for attempt in range(5):
        log().error("Ended", attempt=attempt)
    stdlib.getLogger("urllib3.connectionpool").error("about the sending itself")
    (event,) = told()
    assert (event["logentry"]["message"], event["extra"]["attempt"]) == ("Ended", 0)


def test_no_dsn_sets_up_nothing() -> None:
    before = stdlib.getLogger().handlers[:]
    sentry.configure("router", "")
    assert stdlib.getLogger().handlers == before
    sentry.shutdown()


def test_failing_server_does_not_affect_work(told: Told, server: _Server) -> None:
    server.status = 500
    log().error("One")
    log().error("Two")
    assert told()


def test_all_secret_settings_are_on_the_deny_list() -> None:
    assert set(SECRET_FIELDS) <= set(sentry.DENIED)
