"""E-mail through a real SMTP server on this machine."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult

from services.console.mail import Mail, Mailer
from shared.domain.accounts import InvalidEmail, canonical_email
from tests.runtime.secured import Authority, make_authority

MAIL = Mail("ada@example.com", "Invitation to żółw", "Open this: http://127.0.0.1/invitation#t\n")


class Inbox:
    """Keeps what the server received. refuse: the number of messages to refuse first, for `code`."""

    def __init__(self, refuse: int = 0, code: str = "451 later") -> None:
        self.received: list[Any] = []
        self.tries = 0
        self._refuse, self._code = refuse, code
        self.arrived = asyncio.Event()

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        self.tries += 1
        if self.tries <= self._refuse:
            return self._code
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.received.append((envelope.rcpt_tos, message_from_bytes(envelope.content)))
        self.arrived.set()
        return "250 OK"


class SilentInbox(Inbox):
    """Answers nothing to a message until `answers` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = asyncio.Event()
        self.answers = asyncio.Event()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.asked.set()
        await self.answers.wait()
        return await super().handle_DATA(server, session, envelope)


@asynccontextmanager
async def smtp(inbox: Inbox, *, tls: ssl.SSLContext | None = None, **options: Any) -> AsyncIterator[int]:
    """Run a server, and yield its port. tls: from the start of a connection."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(inbox, hostname="mail", loop=loop, **options), "127.0.0.1", ssl=tls)
    async with server:
        yield server.sockets[0].getsockname()[1]


@asynccontextmanager
async def running(mailer: Mailer) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(mailer.run_until(stop))
    try:
        yield
    finally:
        stop.set()
        with suppress(asyncio.CancelledError):
            await task


async def no_pause(seconds: float) -> None:
    await asyncio.sleep(0)


async def test_message_arrives_with_its_text_and_sender() -> None:
    inbox = Inbox()
    async with smtp(inbox) as port:
        mailer = Mailer(f"smtp://127.0.0.1:{port}", "Parley <parley@example.com>")
        async with running(mailer):
            assert mailer.send(MAIL)
            await asyncio.wait_for(inbox.arrived.wait(), 30)
    recipients, message = inbox.received[0]
    assert recipients == ["ada@example.com"]
    assert message["From"] == "Parley <parley@example.com>"
    assert "invitation#t" in message.get_payload()


async def test_server_that_is_busy_is_tried_again() -> None:
    inbox = Inbox(refuse=1, code="421 busy")
    async with smtp(inbox) as port:
        mailer = Mailer(f"smtp://127.0.0.1:{port}", "parley@example.com", pause=no_pause)
        async with running(mailer):
            mailer.send(MAIL)
            await asyncio.wait_for(inbox.arrived.wait(), 30)
    assert inbox.tries == 2


async def test_refused_address_is_not_tried_again() -> None:
    inbox = Inbox(refuse=9, code="550 no such user")
    async with smtp(inbox) as port:
        await Mailer(f"smtp://127.0.0.1:{port}", "parley@example.com", pause=no_pause)._send(MAIL)
    assert inbox.tries == 1


async def test_password_is_sent_as_configured() -> None:
    seen: list[tuple[bytes, bytes]] = []

    def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        seen.append((data.login, data.password))
        return AuthResult(success=True)

    inbox = Inbox()
    async with smtp(inbox, authenticator=authenticate, auth_require_tls=False) as port:
        mailer = Mailer(f"smtp://ada%40example.com:p%3Aw@127.0.0.1:{port}", "parley@example.com")
        async with running(mailer):
            mailer.send(MAIL)
            await asyncio.wait_for(inbox.arrived.wait(), 30)
    assert seen == [(b"ada@example.com", b"p:w")]


async def test_unreachable_server_is_given_up_and_logged_without_the_text(capsys: pytest.CaptureFixture[str]) -> None:
    paused: list[float] = []

    async def pause(seconds: float) -> None:
        paused.append(seconds)

    mailer = Mailer("smtp://127.0.0.1:1", "parley@example.com", pause=pause)
    await mailer._send(MAIL)
    assert len(paused) == 2
    written = capsys.readouterr().out
    assert "ConnectionRefusedError" in written
    assert "invitation#t" not in written
    assert "ada@example.com" not in written


async def test_too_many_waiting_messages_are_refused() -> None:
    mailer = Mailer("smtp://127.0.0.1:1", "parley@example.com")
    results = [mailer.send(MAIL) for _ in range(201)]
    assert results == [True] * 200 + [False]


@pytest.mark.parametrize("address", ["a@[", "a@b\r\nBcc: eve@example.com", "\ud800@example.com"])
async def test_address_that_no_message_can_have_does_not_end_the_process(
    address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    inbox = Inbox()
    async with smtp(inbox) as port:
        mailer = Mailer(f"smtp://127.0.0.1:{port}", "parley@example.com", pause=no_pause)
        async with running(mailer):
            mailer.send(Mail(address, "Hello", "Text"))
            mailer.send(MAIL)
            await asyncio.wait_for(inbox.arrived.wait(), 30)
    assert [recipients for recipients, _ in inbox.received] == [["ada@example.com"]]
    assert "E-mail not sent" in (written := capsys.readouterr().out)
    assert address not in written


@pytest.mark.parametrize("address", ["a@[", "[@b", "a@b]", "a@[127.0.0.1]", "a\x7f@b", "a@b@c", "@b", "a@"])
def test_address_with_other_than_plain_parts_is_refused(address: str) -> None:
    with pytest.raises(InvalidEmail):
        canonical_email(address)


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """A CA that this process trusts. 127.0.0.1 counts as another machine, so that STARTTLS is required."""
    made = make_authority(tmp_path / "ca")
    monkeypatch.setenv("SSL_CERT_FILE", made.ca)
    monkeypatch.setattr("services.console.mail.is_loopback", lambda host: False)
    return made


def server_side(authority: Authority) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(authority.server)
    return context


@pytest.mark.parametrize("scheme", ["smtps", "smtp"])
async def test_message_and_password_travel_over_tls(authority: Authority, scheme: str) -> None:
    encrypted: list[bool] = []

    def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        encrypted.append(session.ssl is not None or scheme == "smtps")
        return AuthResult(success=True)

    inbox, context = Inbox(), server_side(authority)
    options: dict[str, Any] = {"tls": context} if scheme == "smtps" else {"tls_context": context}
    options |= {"require_starttls": scheme == "smtp", "auth_require_tls": scheme == "smtp"}
    async with smtp(inbox, authenticator=authenticate, **options) as port:
        mailer = Mailer(f"{scheme}://ada:secret@127.0.0.1:{port}", "parley@example.com", pause=no_pause)
        async with running(mailer):
            mailer.send(MAIL)
            await asyncio.wait_for(inbox.arrived.wait(), 30)
    assert encrypted == [True]
    assert inbox.tries == 1


async def test_nothing_is_sent_to_a_server_without_starttls(authority: Authority) -> None:
    inbox = Inbox()
    async with smtp(inbox) as port:
        await Mailer(f"smtp://127.0.0.1:{port}", "parley@example.com", pause=no_pause)._send(MAIL)
    assert inbox.tries == 0


@pytest.mark.parametrize("scheme", ["smtps", "smtp"])
async def test_nothing_is_sent_to_a_server_with_an_unknown_certificate(
    authority: Authority, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    inbox, context = Inbox(), server_side(authority)
    options: dict[str, Any] = {"tls": context} if scheme == "smtps" else {"tls_context": context}
    async with smtp(inbox, **options) as port:
        await Mailer(f"{scheme}://127.0.0.1:{port}", "parley@example.com", pause=no_pause)._send(MAIL)
    assert inbox.tries == 0


async def test_messages_that_wait_at_the_stop_are_sent_first() -> None:
    inbox = Inbox()
    async with smtp(inbox) as port:
        mailer, stop = Mailer(f"smtp://127.0.0.1:{port}", "parley@example.com", at_the_end=60.0), asyncio.Event()
        running = asyncio.create_task(mailer.run_until(stop))
        assert [mailer.send(MAIL) for _ in range(5)] == [True] * 5
        stop.set()
        await running
        assert len(inbox.received) == 5
        assert not mailer.send(MAIL)


async def test_messages_that_cannot_be_sent_before_the_end_are_counted_in_the_log(
    capsys: pytest.CaptureFixture[str],
) -> None:
    inbox = SilentInbox()
    async with smtp(inbox) as port:
        mailer, stop = Mailer(f"smtp://127.0.0.1:{port}", "parley@example.com", at_the_end=0.2), asyncio.Event()
        running = asyncio.create_task(mailer.run_until(stop))
        for _ in range(3):
            mailer.send(MAIL)
        await asyncio.wait_for(inbox.asked.wait(), 30)
        stop.set()
        await running
        inbox.answers.set()
        await asyncio.wait_for(inbox.arrived.wait(), 30)  # its thread ends
    written = capsys.readouterr().out
    assert '"count": 3' in written
    assert "ada@example.com" not in written


async def test_stop_does_not_wait_for_further_attempts() -> None:
    mailer, stop = Mailer("smtp://127.0.0.1:1", "parley@example.com", pause=no_pause, at_the_end=60.0), asyncio.Event()
    stop.set()
    for _ in range(3):
        mailer.send(MAIL)
    await mailer.run_until(stop)
