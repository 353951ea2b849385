"""A WebSocket client that costs next to nothing, so that thousands of them fit beside what they measure."""

import asyncio
import base64
import os
from collections.abc import Callable

_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10
OnFrame = Callable[["RawSocket", bytes], None]


class RawSocket(asyncio.Protocol):
    """Calls on_frame with each text frame, and on_close once. Answers pings."""

    def __init__(self, path: str, token: str, on_frame: OnFrame, on_close: Callable[["RawSocket"], None]) -> None:
        self._path = path
        self._token = token
        self._on_frame = on_frame
        self._on_close = on_close
        self._buffer = bytearray()
        self._upgraded = False
        self._transport: asyncio.Transport | None = None
        self._first: list[bytes] = []
        self.close_code = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - of a TCP connection
        self._transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        lines = (
            f"GET {self._path} HTTP/1.1",
            "Host: 127.0.0.1",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Protocol: parley.v1",
            f"Authorization: Bearer {self._token}",
        )
        transport.write(("\r\n".join(lines) + "\r\n\r\n").encode())

    def connection_lost(self, exc: Exception | None) -> None:
        self._on_close(self)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._upgraded:
            head, found, rest = bytes(self._buffer).partition(b"\r\n\r\n")
            if not found:
                return
            if not head.startswith(b"HTTP/1.1 101"):
                self.close()
                return
            self._upgraded, self._buffer = True, bytearray(rest)
            for text in self._first:
                self._write(_TEXT, text)
        while self._take_frame():
            pass

    def send(self, text: bytes) -> None:
        """Send a text frame, as soon as the connection is made."""
        if self._upgraded:
            self._write(_TEXT, text)
        else:
            self._first.append(text)

    def close(self) -> None:
        """Close the connection."""
        if self._transport is not None:
            self._transport.abort()

    def _take_frame(self) -> bool:
        buffer = self._buffer
        if len(buffer) < 2:
            return False
        length, start = buffer[1] & 0x7F, 2
        if length == 126:
            length, start = int.from_bytes(buffer[2:4], "big"), 4
        elif length == 127:
            length, start = int.from_bytes(buffer[2:10], "big"), 10
        if len(buffer) < start + length:
            return False
        opcode, payload = buffer[0] & 0x0F, bytes(buffer[start : start + length])
        del buffer[: start + length]
        self._handle(opcode, payload)
        return True

    def _handle(self, opcode: int, payload: bytes) -> None:
        if opcode == _TEXT:
            self._on_frame(self, payload)
        elif opcode == _PING:
            self._write(_PONG, payload)
        elif opcode == _CLOSE:
            self.close_code = int.from_bytes(payload[:2], "big")
            self.close()

    def _write(self, opcode: int, payload: bytes) -> None:
        assert self._transport is not None  # noqa: S101 - it is connected
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))
        size = len(payload)
        head = (
            bytes((0x80 | opcode, 0x80 | size))
            if size < 126
            else bytes((0x80 | opcode, 0xFE)) + size.to_bytes(2, "big")
        )
        self._transport.write(head + mask + masked)
