"""The dead letters of ingress: items that could not be parsed, and items of numbers that no workspace owns.

A webhook makes few dead letters, however many of its items fail: all broken items of a workspace share one, as do all
unknown items of a type, and the parts that they share are written once. So a small webhook cannot become a hundred
megabytes, and a replay brings back exactly the items of the dead letter.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import TypeVar

import msgspec

from services.ingress.items import ITEM_TYPES, ParsedItem, WebhookSource, type_name
from services.ingress.routes import ROUTES
from shared.clock import Clock
from shared.domain import ids
from shared.kafka.codec import fits, to_record
from shared.kafka.dead_letter_log import DeadLetterLog
from shared.kafka.records import NewRecord
from shared.messages.dead_letters import DeadLetter, DeadLetterReason, RecordOrigin
from shared.messages.inbound import Provider
from shared.providers.port import MalformedItem, Parsed, ParsedEvent
from shared.providers.registry import PROVIDERS
from shared.telemetry import metrics, tracing
from shared.topics import DEAD_LETTERS, MIB

T = TypeVar("T")
_encode = msgspec.json.encode
_MAX_RAW = 4 * MIB  # of an item that is too large; no provider sends a message of this size
_MAX_SHARED = MIB  # bytes of the payload of a dead letter for several items
_MAX_NAMED = 20  # numbers, or reasons, that a dead letter for many items names
for _reason in DeadLetterReason:  # from 0, so that Prometheus sees the first ones as an increase
    metrics.DEAD_LETTERS.labels("ingress", _reason)


@dataclass(slots=True)
class IngressDeadLetters:
    """The dead letters of one webhook: collects its failed items, then builds the records."""

    source: WebhookSource
    clock: Clock
    lines: DeadLetterLog
    _malformed: dict[str, list[MalformedItem]] = field(default_factory=dict)  # by workspace
    _unknown: dict[str, list[ParsedItem]] = field(default_factory=dict)  # by type

    def add_malformed(self, workspace: str, item: MalformedItem) -> None:
        """Add an item that could not be parsed. workspace: the owner of its number; `-`: unknown."""
        self._malformed.setdefault(workspace, []).append(item)

    def add_unknown(self, item: ParsedItem) -> None:
        """Add an item of a number, or an account, that no workspace owns."""
        self._unknown.setdefault(type_name(item), []).append(item)

    def records(self) -> Iterator[NewRecord]:
        """Yield the records of all dead letters, built one by one."""
        for workspace, broken in self._malformed.items():
            for some, body in _bodies(broken):
                detail = _detail("item", Counter(item.reason for item in some), len(some))
                yield self._record(DeadLetterReason.MALFORMED_ITEM, detail, "body", body, workspace, items=len(some))
        for form, unknown in self._unknown.items():
            for items, payload in _payloads(unknown):
                owners = Counter(f"{self.source.provider} {_owner_of(item)}" for item in items)
                raw = items[0].raw if len(items) == 1 else b""
                detail = f"no workspace owns {_detail(form, owners, len(items))}"
                yield self._record(
                    DeadLetterReason.UNKNOWN_RECIPIENT, detail, form, payload, "-", raw=raw, items=len(items)
                )

    def too_large(self, detail: str, raw: bytes, workspace: str) -> NewRecord:
        """Return the dead letter for an item whose record is larger than its topic takes."""
        return self._record(DeadLetterReason.TOO_LARGE, detail, "raw", raw[:_MAX_RAW], workspace)

    def _record(
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
        """Return the record. raw: stored instead of the payload, cut to `_MAX_RAW`, if the record is too large."""
        provider, vouching = self.source.provider, self.source.only or ""
        text = payload.decode(errors="replace")
        dead_letter_id = ids.derived_id("dead-letter", workspace, vouching, provider, self.source.path, form, text)
        headers = (("provider", provider.encode()), ("form", form.encode()), ("only", vouching.encode()))
        letter = DeadLetter(
            id=dead_letter_id,
            workspace=workspace,
            correlation_id=ids.correlation_id(dead_letter_id),
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
        return self._record(
            DeadLetterReason.TOO_LARGE, f"{reason}: {detail}", "raw", (raw or payload)[:_MAX_RAW], workspace
        )

    def _count(self, letter: DeadLetter, items: int) -> None:
        metrics.DEAD_LETTERS.labels("ingress", letter.reason).inc(items)
        self.lines.warn(letter.workspace, dead_letter_id=letter.id, reason=letter.reason, detail=letter.detail)


def _bodies(items: Sequence[MalformedItem]) -> Iterator[tuple[Sequence[MalformedItem], bytes]]:
    """Yield the items in as few webhook bodies as their size allows."""
    body = items[0].join([item.part for item in items])
    if len(body) <= _MAX_SHARED or len(items) == 1:
        yield items, body
        return
    for half in _halves(items):
        yield from _bodies(half)


def _payloads(items: Sequence[ParsedItem]) -> Iterator[tuple[Sequence[ParsedItem], bytes]]:
    """Yield parsed items in as few payloads as their size allows; one item is an object, several are a list."""
    if len(items) > 1 and sum(len(item.raw) for item in items) > _MAX_SHARED:
        for half in _halves(items):
            yield from _payloads(half)
        return
    yield items, _encode(items[0] if len(items) == 1 else list(items))


def _halves(items: Sequence[T]) -> tuple[Sequence[T], Sequence[T]]:
    middle = len(items) // 2
    return items[:middle], items[middle:]


def _owner_of(item: ParsedItem) -> str:
    return item.account if isinstance(item, ParsedEvent) else item.recipient


def _detail(noun: str, counts: "Counter[str]", items: int) -> str:
    """Return the only key for one item; for several, the most frequent keys with their counts."""
    if items == 1:
        return next(iter(counts))
    named = ", ".join(f"{key} ({count})" for key, count in islice(counts.most_common(), _MAX_NAMED))
    more = f" and {len(counts) - _MAX_NAMED} more" if len(counts) > _MAX_NAMED else ""
    return f"{named}{more}: {items} {noun}{'es' if noun == 'status' else 's'}"


def vouched_by(letter: DeadLetter) -> str | None:
    """Return the workspace whose secret signed the webhook of a dead letter: a replay may write to its numbers only.

    None: the platform's secret signed it, for all workspaces.
    """
    path = letter.origin.path or ""
    named = dict(letter.headers).get("only", b"").decode()  # the oldest dead letters have none
    return named or ROUTES.workspace_in(path)


def reread(letter: DeadLetter, now: datetime) -> tuple[Provider, list[Parsed]]:
    """Parse the items of a dead letter of ingress again. now: the time of items without one.

    Raises ValueError if it is not one, or still unreadable.
    """
    headers = dict(letter.headers)
    provider, form, path = Provider(headers["provider"].decode()), headers["form"].decode(), letter.origin.path or ""
    if form == "raw":
        raise ValueError("the message was too large, and only its raw form is kept")
    if form != "body":
        return provider, _decoded(letter.payload, ITEM_TYPES[form])
    return provider, PROVIDERS[provider].reread(letter.payload, path, now)


def _decoded(payload: bytes, form: type[ParsedItem]) -> list[Parsed]:
    if payload.startswith(b"["):
        return list(msgspec.json.decode(payload, type=list[form]))  # type: ignore[valid-type]  # a form of the table
    return [msgspec.json.decode(payload, type=form)]
