"""Sends e-mail over SMTP, in the background: a request never waits for a mail server.

`smtp://` uses STARTTLS and sends nothing without it, except to this machine; `smtps://` uses TLS from the start.
"""

import asyncio
import smtplib
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from services.console.auth.cookies import is_loopback
from shared.settings import Settings
from shared.telemetry import logging, metrics

log = logging.get(__name__)

_TIMEOUT = 10.0  # seconds for each step of SMTP
_WAITING = 200  # messages
_ATTEMPTS = 3
_PERMANENT = 500  # SMTP codes from this one on
_PAUSE = 5.0  # seconds between two attempts
_AT_THE_END = 8.0  # seconds for what waits when the process stops; its requests in flight have ten
_PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True, slots=True, repr=False)
class Mail:
    """A message of plain text. Its text has one-time links: it is never logged."""

    to: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True, repr=False)
class _Server:
    host: str
    port: int
    tls: bool
    user: str
    password: str


class Mailer:
    """Keeps messages in memory until they are sent: a link that is lost is asked for again."""

    def __init__(
        self,
        url: str,
        sender: str,
        *,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        at_the_end: float = _AT_THE_END,
    ) -> None:
        self._server = _parsed(url)
        self._sender = sender or f"parley@{self._server.host}"
        self._pause = pause
        self._at_the_end = at_the_end
        self._waiting: asyncio.Queue[Mail] = asyncio.Queue(_WAITING)
        self._unsent = 0  # waiting or being sent
        self._is_stopping = self._is_over = False

    def send(self, mail: Mail) -> bool:
        """Send a message in the background; return False if too many are waiting, or the process ends."""
        if self._is_over or self._waiting.full():
            metrics.EMAILS.labels("dropped").inc()
            log.warning("E-mail dropped", reason="the process ends" if self._is_over else "too many are waiting")
            return False
        self._waiting.put_nowait(mail)
        self._unsent += 1
        return True

    async def run_until(self, stop: asyncio.Event) -> None:
        """Send what is waiting until `stop` is set; then what is left, for some seconds. Nothing is sent afterwards."""
        sending, stopping = asyncio.create_task(self._send_forever()), asyncio.create_task(stop.wait())
        try:
            await asyncio.wait([sending, stopping], return_when=asyncio.FIRST_COMPLETED)
            self._is_stopping = True
            async with asyncio.timeout(self._at_the_end):
                await self._waiting.join()
        except TimeoutError:
            metrics.EMAILS.labels("dropped").inc(self._unsent)
            log.warning("E-mails not sent before the stop", count=self._unsent)
        finally:
            self._is_over = True
            for task in (sending, stopping):
                task.cancel()
            await asyncio.wait([sending, stopping])
        if not sending.cancelled():
            sending.result()

    async def _send_forever(self) -> None:
        while True:
            mail = await self._waiting.get()
            await self._send(mail)
            self._unsent -= 1
            self._waiting.task_done()

    async def _send(self, mail: Mail) -> None:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                await asyncio.to_thread(self._deliver, mail)
            except Exception as error:  # one message must not end the process
                log.warning("E-mail not sent", attempt=attempt, error=type(error).__name__)
                if _is_final(error) or attempt == _ATTEMPTS or self._is_stopping:
                    metrics.EMAILS.labels("failed").inc()
                    return
                await self._pause(_PAUSE)
            else:
                metrics.EMAILS.labels("sent").inc()
                return

    def _deliver(self, mail: Mail) -> None:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self._sender, mail.to, mail.subject
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.text)
        context = ssl.create_default_context()
        server = self._server
        if server.tls:
            client: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=_TIMEOUT, context=context)
        else:
            client = smtplib.SMTP(server.host, server.port, timeout=_TIMEOUT)
        with client:
            if not server.tls and not is_loopback(server.host):
                client.starttls(context=context)
            if server.user:
                client.login(server.user, server.password)
            client.send_message(message)


def _is_final(error: Exception) -> bool:
    """Return whether the server refused the address for good, or the message cannot be made at all."""
    if not isinstance(error, smtplib.SMTPRecipientsRefused):
        return not isinstance(error, OSError | smtplib.SMTPException)
    return all(code >= _PERMANENT for code, _ in error.recipients.values())


def mailer_of(settings: Settings) -> Mailer | None:
    """Return the mailer of SMTP_URL; None without one."""
    url = settings.smtp_url.get_secret_value()
    return Mailer(url, settings.smtp_from) if url else None


def _parsed(url: str) -> _Server:
    parts = urlsplit(url)
    return _Server(
        host=parts.hostname or "127.0.0.1",
        port=parts.port or _PORTS[parts.scheme],
        tls=parts.scheme == "smtps",
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )
