"""The dead letters of ingress: what of a webhook could not be read, or belongs to nobody, and how it is read again.

However many items of a webhook are spoilt, they make few letters: all broken items of a workspace stand together, as do
all items that nobody owns, and what they share is written once. So a small webhook cannot become a hundred megabytes,
and a replay brings back exactly the items of the letter.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import TypeVar

import msgspec

from services.ingress.routes import ROUTES
from shared.clock import Clock
from shared.domain import ids
from shared.kafka.codec import fits, to_record
from shared.kafka.records import NewRecord
from shared.messages.dead_letters import DeadLetter, DeadLetterReason, RecordOrigin
from shared.messages.inbound import Provider
from shared.providers.port import (
    Malformed,
    Parsed,
    ParsedConsent,
    ParsedEcho,
    ParsedEvent,
    ParsedMessage,
    ParsedStatus,
)
from shared.providers.registry import PROVIDERS
from shared.telemetry import logging, metrics, tracing
from shared.topics import DEAD_LETTERS, MIB

log = logging.get(__name__)

T = TypeVar("T")
ReadItem = ParsedMessage | ParsedEcho | ParsedConsent | ParsedStatus | ParsedEvent

_FORMS: dict[str, type[ReadItem]] = {
    "message": ParsedMessage,
    "status": ParsedStatus,
    "event": ParsedEvent,
    "echo": ParsedEcho,
    "consent": ParsedConsent,
}
_NAMES = {type_: name for name, type_ in _FORMS.items()}
_encode = msgspec.json.encode
_MOST_KEPT = 4 * MIB  # of what is too large; no provider sends a message of this size
_MOST_TOGETHER = MIB  # bytes of the payload of a letter for several items
_MOST_NAMED = 20  # numbers, or reasons, that a letter for many items names
_LINES_PER_MINUTE = 60  # log lines about letters of one workspace
_MOST_WORKSPACES = 1000  # whose lines are counted


@dataclass(frozen=True, slots=True)
class WebhookSource:
    """Where items come from. only: the workspace that vouches for them, None: all."""

    provider: Provider
    path: str
    only: str | None


class LogLimit:
    """Limits log lines per workspace and minute; the dead letters themselves are all written."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._minute = 0
        self._lines: Counter[str] = Counter()

    def line(self, workspace: str) -> int:
        """Count a log line of the workspace; return its number in this minute, not to log above `_LINES_PER_MINUTE`."""
        minute = int(self._clock.monotonic()) // 60
        if minute != self._minute or len(self._lines) > _MOST_WORKSPACES:
            self._minute = minute
            self._lines.clear()
        self._lines[workspace] += 1
        return self._lines[workspace]


@dataclass(slots=True)
class IngressDeadLetters:
    """The dead letters of one webhook. Items are kept as they are until `records` writes them."""

    source: WebhookSource
    clock: Clock
    quiet: LogLimit
    _malformed: dict[str, list[Malformed]] = field(default_factory=dict)  # by workspace
    _unknown: dict[str, list[ReadItem]] = field(default_factory=dict)  # by form

    def malformed(self, workspace: str, item: Malformed) -> None:
        """Keep an item that could not be read. workspace: whose number it is for, `-`: nobody's."""
        self._malformed.setdefault(workspace, []).append(item)

    def unknown(self, item: ReadItem) -> None:
        """Keep an item of a number, or an account, that nobody owns."""
        self._unknown.setdefault(form_of(item), []).append(item)

    def records(self) -> Iterator[NewRecord]:
        """The letters, made one by one."""
        for workspace, broken in self._malformed.items():
            for some, body in _bodies(broken):
                said = _told("item", Counter(item.reason for item in some), len(some))
                yield self._letter(DeadLetterReason.MALFORMED_ITEM, said, "body", body, workspace, items=len(some))
        for form, unknown in self._unknown.items():
            for items, payload in _payloads(unknown):
                owners = Counter(f"{self.source.provider} {_owner_of(item)}" for item in items)
                raw = items[0].raw if len(items) == 1 else b""
                said = f"no workspace owns {_told(form, owners, len(items))}"
                yield self._letter(
                    DeadLetterReason.UNKNOWN_RECIPIENT, said, form, payload, "-", raw=raw, items=len(items)
                )

    def too_large(self, detail: str, raw: bytes, workspace: str) -> NewRecord:
        """The letter for an item whose record no topic takes."""
        return self._letter(DeadLetterReason.TOO_LARGE, detail, "raw", raw[:_MOST_KEPT], workspace)

    def _letter(
        self,
        reason: DeadLetterReason,
        detail: str,
        form: str,
        payload: bytes,
        workspace: str,
        *,
        raw: bytes = b"",
        items: int = 1,
    ) -> NewRecord:
        """raw: what is kept, as far as there is room, when a letter with the payload is too large itself."""
        provider, vouching = self.source.provider, self.source.only or ""
        said = payload.decode(errors="replace")
        letter_id = ids.derived_id("dead-letter", workspace, vouching, provider, self.source.path, form, said)
        headers = (("provider", provider.encode()), ("form", form.encode()), ("only", vouching.encode()))
        letter = DeadLetter(
            id=letter_id,
            workspace=workspace,
            correlation_id=ids.correlation_id(letter_id),
            created_at=self.clock.now(),
            reason=reason,
            detail=detail[:2000],
            origin=RecordOrigin(service="ingress", path=self.source.path),
            payload=payload,
            headers=headers if vouching else headers[:2],
        )
        self._count(letter, items)
        record = to_record(DEAD_LETTERS, letter, headers=tracing.headers_for(letter.correlation_id))
        if fits(record):
            return record
        kept = (raw or payload)[:_MOST_KEPT]
        return self._letter(DeadLetterReason.TOO_LARGE, f"{reason}: {detail}", "raw", kept, workspace)

    def _count(self, letter: DeadLetter, items: int) -> None:
        metrics.DEAD_LETTERS.labels("ingress", letter.reason).inc(items)
        line = self.quiet.line(letter.workspace)
        if line <= _LINES_PER_MINUTE:
            log.warning("Dead letter", dead_letter_id=letter.id, reason=letter.reason, detail=letter.detail)
        if line == _LINES_PER_MINUTE:
            log.warning(
                "More dead letters of this workspace are written, but not logged, in this minute",
                workspace_id=letter.workspace,
            )


def _bodies(items: Sequence[Malformed]) -> Iterator[tuple[Sequence[Malformed], bytes]]:
    """The items in as few bodies as are not too large."""
    body = items[0].join([item.part for item in items])
    if len(body) <= _MOST_TOGETHER or len(items) == 1:
        yield items, body
        return
    for half in _halves(items):
        yield from _bodies(half)


def _payloads(items: Sequence[ReadItem]) -> Iterator[tuple[Sequence[ReadItem], bytes]]:
    """The same of items that were read; one alone is an object, several are a list."""
    if len(items) > 1 and sum(len(item.raw) for item in items) > _MOST_TOGETHER:
        for half in _halves(items):
            yield from _payloads(half)
        return
    yield items, _encode(items[0] if len(items) == 1 else list(items))


def _halves(items: Sequence[T]) -> tuple[Sequence[T], Sequence[T]]:
    middle = len(items) // 2
    return items[:middle], items[middle:]


def form_of(item: ReadItem) -> str:
    """Name of an item's type in dead letters and metrics."""
    return _NAMES[type(item)]


def _owner_of(item: ReadItem) -> str:
    return item.account if isinstance(item, ParsedEvent) else item.recipient


def _told(noun: str, counts: "Counter[str]", items: int) -> str:
    """The detail text as it is for one item; with a count each for several, at most `_MOST_NAMED` of them."""
    if items == 1:
        return next(iter(counts))
    named = ", ".join(f"{what} ({count})" for what, count in islice(counts.most_common(), _MOST_NAMED))
    more = f" and {len(counts) - _MOST_NAMED} more" if len(counts) > _MOST_NAMED else ""
    return f"{named}{more}: {items} {noun}{'es' if noun == 'status' else 's'}"


def vouched_by(letter: DeadLetter) -> str | None:
    """The workspace whose secret signed the webhook that a dead letter of ingress is from: it vouches for its own
    numbers and for no others, now as then. None: the platform's secret did, for all.
    """
    path = letter.origin.path or ""
    named = dict(letter.headers).get("only", b"").decode()  # the oldest letters have none
    return named or ROUTES.workspace_in(path)


def reread(letter: DeadLetter, now: datetime) -> tuple[Provider, list[Parsed]]:
    """The items of a dead letter of ingress, read again. Raises ValueError when it is not one, or still unreadable."""
    headers = dict(letter.headers)
    provider, form, path = Provider(headers["provider"].decode()), headers["form"].decode(), letter.origin.path or ""
    if form == "raw":
        raise ValueError("the message was too large, and only its raw form is kept")
    if form != "body":
        return provider, _decoded(letter.payload, _FORMS[form])
    return provider, PROVIDERS[provider].reread(letter.payload, path, now)


def _decoded(payload: bytes, form: type[ReadItem]) -> list[Parsed]:
    if payload.startswith(b"["):
        return list(msgspec.json.decode(payload, type=list[form]))  # type: ignore[valid-type]  # a form of the table
    return [msgspec.json.decode(payload, type=form)]
