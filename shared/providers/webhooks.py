"""The webhook side of a provider: its routes, and what a handler gets and returns. Ingress serves the routes."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar
from urllib.parse import parse_qsl

from shared.providers.errors import SignatureWrong
from shared.providers.port import Channel, Parsed
from shared.settings import Settings

T = TypeVar("T")

_TEXT = b"text/plain; charset=utf-8"
_MAX_QUERY_FIELDS = 50


@dataclass(frozen=True, slots=True)
class WebhookReply:
    """An HTTP answer. retry_after: seconds, or None."""

    status: int = 200
    body: bytes = b"OK"
    content_type: bytes = _TEXT
    retry_after: int | None = None


OK = WebhookReply()


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRequest:
    """A request with its whole body, not yet verified.

    parameter: the part of the path that stands for the route's `{…}`, empty if the route has none. query: without `?`.
    headers: names in lower case.
    """

    path: str
    parameter: str = ""
    query: str = ""
    headers: Sequence[tuple[bytes, bytes]] = ()
    body: bytes = b""

    def header(self, name: bytes) -> bytes | None:
        """Return the first header of that (lower-case) name."""
        return next((bytes(value) for key, value in self.headers if key == name), None)

    def query_fields(self) -> dict[str, str]:
        """Return the fields of the query; none when there are more than any provider sends."""
        try:
            return dict(parse_qsl(self.query, keep_blank_values=True, max_num_fields=_MAX_QUERY_FIELDS))
        except ValueError:
            return {}


@dataclass(frozen=True, slots=True)
class VerifiedItems:
    """The items of a verified webhook. only: the workspace whose secret signed it, which may write to its own numbers
    only; None: the platform's secret did, for all workspaces. reply: sent when Kafka has all items.
    """

    items: Sequence[Parsed]
    only: str | None
    reply: WebhookReply = OK


class ChannelDirectory(Protocol):
    """Finds channels by the keys of `port.recipient_key`. Every method raises DependencyAway."""

    async def by_recipient(self, key: str) -> Channel | None:
        """Return the channel of a number."""
        ...

    async def by_account(self, account: str) -> tuple[Channel, ...]:
        """Return the channels of an account."""
        ...

    async def by_workspace(self, workspace: str) -> tuple[Channel, ...]:
        """Return the channels of a workspace."""
        ...


class WebhookContext(Protocol):
    """The parts of ingress that webhook handlers may use."""

    settings: Settings
    directory: ChannelDirectory

    def now(self) -> datetime:
        """Return the current time."""
        ...

    async def parse(self, body: bytes, parse: Callable[[], T]) -> T:
        """Call `parse` for a verified body: in a thread if the body is large."""
        ...

    async def parse_unverified(self, body: bytes, parse: Callable[[], T]) -> T:
        """Call `parse` for a body of an unknown author: in another thread, so that it delays no verified one."""
        ...


WebhookHandler = Callable[[WebhookRequest, WebhookContext], Awaitable[VerifiedItems | WebhookReply]]
"""Verifies a request and parses its items. Raises WebhookError to refuse it, DependencyAway to have it sent again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRoute:
    """A path on which a provider calls ingress. path: below `/webhooks/<provider>`; its last part may be a parameter in
    braces. A parameter `{workspace}` names the workspace whose secret signs. max_body: bytes, if the provider never
    sends as much as ingress allows.
    """

    path: str
    handler: WebhookHandler
    method: str = "POST"
    max_body: int | None = None


@contextmanager
def refused_for(channels: Sequence[Channel]) -> Iterator[None]:
    """Name the channels in the error of a webhook whose signature is wrong."""
    try:
        yield
    except SignatureWrong as error:
        error.channels = tuple(channels)
        raise


RereadWebhook = Callable[[bytes, str, datetime], list[Parsed]]
"""Parses a webhook body of a dead letter again: body, request path, current time. Raises WebhookUnreadable."""
