"""Check whether a Kafka broker is serving, with one Metadata request over a plain socket.

A client library would start threads, retry and log for minutes; this tries once.
"""

import contextlib
import socket
import struct

_METADATA, _VERSION = 3, 1
_NO_TOPICS = struct.pack(">i", 0)


def broker_count(bootstrap: str, timeout: float = 1.0) -> int:
    """Return the number of brokers that the first responding address of `bootstrap` reports; 0 if none responds."""
    for address in bootstrap.split(","):
        host, _, port = address.strip().removeprefix("kafka://").rpartition(":")
        try:
            return _request_broker_count(host or "127.0.0.1", int(port), timeout)
        except (OSError, ValueError, struct.error):
            continue
    return 0


def is_listening(bootstrap: str, timeout: float = 1.0) -> bool:
    """Return whether an address of `bootstrap` accepts TCP connections; for brokers that require TLS or SASL."""
    for address in bootstrap.split(","):
        host, _, port = address.strip().rpartition(":")
        with contextlib.suppress(OSError, ValueError), socket.create_connection((host, int(port)), timeout):
            return True
    return False


def _request_broker_count(host: str, port: int, timeout: float) -> int:
    with socket.create_connection((host, port), timeout) as connection:
        client = b"parley"
        header = struct.pack(">hhih", _METADATA, _VERSION, 1, len(client)) + client
        request = header + _NO_TOPICS
        connection.sendall(struct.pack(">i", len(request)) + request)
        (size,) = struct.unpack(">i", _receive(connection, 4))
        body = _receive(connection, min(size, 1 << 16))
        return int(struct.unpack_from(">i", body, 4)[0])  # after the correlation id: the array of brokers


def _receive(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise ConnectionError("closed by the broker")
        data += part
    return data
