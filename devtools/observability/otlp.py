"""A receiver of traces over OTLP/HTTP, for tests and benchmarks."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Wire
from opentelemetry.proto.trace.v1.trace_pb2 import Status

PATH = "/v1/traces"
_IDLE = 30.0  # seconds until an idle connection is closed


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedSpan:
    """An exported span. Ids are in hex. kind: `SERVER`, `CLIENT`, …; links: trace id and span id each.

    parent: empty for a root span. began, ended: nanoseconds since 1970. events: names and attributes.
    """

    service: str
    name: str
    kind: str
    trace: str
    id: str
    parent: str
    began: int
    ended: int
    attributes: dict[str, Any]
    links: tuple[tuple[str, str], ...]
    events: tuple[tuple[str, dict[str, Any]], ...]
    failed: bool

    @property
    def context(self) -> tuple[str, str]:
        """Trace id and span id, as in the links of other spans."""
        return self.trace, self.id


class TraceReceiver:
    """Stores exported spans. bodies: the bodies of the requests. keep: false only counts them, for benchmarks."""

    def __init__(self, url: str, *, keep: bool) -> None:
        self.url = url
        self.bodies: list[bytes] = []
        self.requests = 0
        self.bytes = 0
        self._keep = keep
        self._lock = threading.Lock()

    def add_request(self, body: bytes) -> None:
        """Count a request, and store its body if wanted."""
        with self._lock:
            self.requests += 1
            self.bytes += len(body)
            if self._keep:
                self.bodies.append(body)

    def spans(self, trace: str = "") -> list[ReceivedSpan]:
        """Return all spans, or those of one trace, ordered by start time."""
        with self._lock:
            bodies = list(self.bodies)
        found = [span for body in bodies for span in read_spans(body) if not trace or span.trace == trace]
        return sorted(found, key=lambda span: span.began)


@contextmanager
def run_receiver(*, keep: bool = True) -> Iterator[TraceReceiver]:
    """Run a receiver on a free port of 127.0.0.1 until the end of the block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    receiver = TraceReceiver(f"http://127.0.0.1:{server.server_port}", keep=keep)
    server.receiver = receiver  # type: ignore[attr-defined]  # read by the handler
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    serving.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        serving.join(5.0)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _IDLE

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        status = 200 if self.path == PATH else 404
        if status == 200:
            self.server.receiver.add_request(body)  # type: ignore[attr-defined]  # see `run_receiver`
        self.send_response(status)
        self.send_header("content-type", "application/x-protobuf")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Do not log requests."""


def read_spans(body: bytes) -> Iterator[ReceivedSpan]:
    """Yield the spans of one request. Raises DecodeError."""
    for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
        service = str(_values(resource.resource.attributes).get("service.name", ""))
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield _received(service, span)


def _received(service: str, span: Wire) -> ReceivedSpan:
    return ReceivedSpan(
        service=service,
        name=span.name,
        kind=Wire.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_"),
        trace=span.trace_id.hex(),
        id=span.span_id.hex(),
        parent=span.parent_span_id.hex(),
        began=span.start_time_unix_nano,
        ended=span.end_time_unix_nano,
        attributes=_values(span.attributes),
        links=tuple((link.trace_id.hex(), link.span_id.hex()) for link in span.links),
        events=tuple((event.name, _values(event.attributes)) for event in span.events),
        failed=span.status.code == Status.STATUS_CODE_ERROR,
    )


def _values(attributes: Iterable[KeyValue]) -> dict[str, Any]:
    return {one.key: getattr(one.value, str(one.value.WhichOneof("value"))) for one in attributes}
