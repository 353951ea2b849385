"""The webhooks of a running ingress under requests that nobody should send: it answers each, keeps all that it accepts,
and stays alive.

PARLEY_FUZZ_EXAMPLES: how many (3000). PARLEY_FUZZ_SEED: others than usual. A failure names the seed of its example.
"""

import asyncio
import os
from collections import Counter
from datetime import UTC, datetime

import pytest

from services.ingress.dead_letters import reread
from shared.kafka.codec import decode
from shared.kafka.records import Record
from shared.messages.dead_letters import DeadLetter, DeadLetterReason
from shared.providers.errors import WebhookError
from shared.providers.meta import webhook as meta
from shared.providers.port import MalformedItem, Parsed, ParsedConsent, ParsedEcho
from shared.providers.twilio import webhook as twilio
from tests.fuzz.examples import OTHERS, OURS, Example, example
from tests.security.endpoint import IngressProcess, request, workspace
from tests.security.raw_http import RawClient

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
EXAMPLES = int(os.environ.get("PARLEY_FUZZ_EXAMPLES", "3000"))
SEED = os.environ.get("PARLEY_FUZZ_SEED", "parley")
AT_ONCE = 16
ALLOWED = {200, 400, 401, 403, 404, 405, 408, 413, 414, 415, 422, 429, 431}

pytestmark = pytest.mark.timeout(60 + EXAMPLES // 20)


async def _ask(ingress: IngressProcess, one: Example) -> int | None:
    """The status of the (first) answer; None: closed without one."""
    async with ingress.connection() as raw:
        sending = asyncio.create_task(raw.send(one.sent))
        status = await _status(raw)
        sending.cancel()
        return status


async def _status(raw: RawClient) -> int | None:
    while True:
        found = await raw.answer()
        if found is None or found.status != 100:
            return found.status if found else None


def _said(path: str, body: bytes) -> list[Parsed]:
    """The items of a webhook that was accepted."""
    if path.startswith("/webhooks/meta"):
        return meta.parse(body)
    params = twilio.parse_form(body)
    return twilio.parse_status(params, None, NOW) if path.endswith("/status") else twilio.parse_message(params, NOW)


def _raw_of(item: Parsed) -> bytes:
    return item.payload if isinstance(item, MalformedItem) else item.raw


def _kept(record: Record) -> list[bytes]:
    """The raw forms of the items in a record, or in a dead letter; of one that was too large, its beginning."""
    message = decode(record)
    if not isinstance(message, DeadLetter):
        return [bytes(message.raw)]
    if message.reason is not DeadLetterReason.TOO_LARGE:
        return [_raw_of(item) for item in reread(message, NOW)[1]]
    return [message.payload]


def _short(raw: bytes) -> bytes:
    return raw[:1000]  # what is too large is kept in part


async def test_every_request_is_answered_and_all_accepted_data_is_in_kafka(ingress: IngressProcess) -> None:
    await ingress.apply(workspace(OURS[1], OURS[0]), workspace(OTHERS[1], OTHERS[0]))
    pid, since = ingress.pid, await ingress.position()
    answers: Counter[int | None] = Counter()
    expected: Counter[bytes] = Counter()
    numbers = iter(range(EXAMPLES))

    async def work() -> None:
        for number in numbers:
            seed = f"{SEED}.{number}"
            one = example(seed)
            status = await _ask(ingress, one)
            answers[status] += 1
            assert status in ALLOWED or (status is None and one.wild), (seed, status, one.sent[:500])
            if one.path:
                _note(one, status, expected, seed)

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    assert ingress.pid == pid
    assert ingress.bad_lines() == []
    found = Counter(_short(raw) for record in await ingress.records(since) for raw in _kept(record))
    missing = expected - found
    assert not missing, (sum(missing.values()), list(missing)[:3])
    assert answers[200] > EXAMPLES / 4, answers
    assert sum(expected.values()) > EXAMPLES / 4


def _note(one: Example, status: int | None, expected: Counter[bytes], seed: str) -> None:
    if status == 200:
        said = [item for item in _said(one.path, one.body) if not isinstance(item, ParsedEcho | ParsedConsent)]
        expected.update(_short(_raw_of(item)) for item in said)  # those two become commands, which keep no raw form
    elif status == 422:
        with pytest.raises(WebhookError):
            _said(one.path, one.body)
    else:
        assert status in (400, 401, 403, 413), (seed, status)


async def test_valid_requests_succeed_and_ingress_is_ready_after_fuzzing(ingress: IngressProcess) -> None:
    async with ingress.connection() as raw:
        await raw.send(request("GET", "/"))
        assert (await raw.answered()).status == 200
