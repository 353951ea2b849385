"""`parley bench budget`: the round trips that one message costs, counted on a real stack at rest.

Each service runs under `round_trip_recorder`. One message is sent at a time, and the next one when all is quiet again.
Counts are medians of several messages of a known customer.
"""

import asyncio
import http.client
import time
from collections import Counter
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median_low
from typing import Any, TypeVar

from devtools.bench import answer_checks
from devtools.bench.budget_messages import (
    BROADCAST,
    MESSAGE_KINDS,
    STATUSES,
    TOGETHER,
    BudgetWebhooks,
    BudgetWorkspace,
    MessageKind,
    SignedWebhook,
)
from devtools.bench.errors import BenchFailed
from devtools.bench.process_usage import cpu_between, usage
from devtools.bench.round_trips import (
    KAFKA,
    MESSAGE,
    MONGODB,
    PROVIDER,
    RECORD,
    REQUEST,
    STORES,
    WEBHOOK,
    RoundTrip,
    RoundTripFiles,
    are_all_read,
    critical_path,
    is_work,
)
from devtools.bench.stack import DEFAULT_OUT, BenchStack, bench_stack, print_progress
from devtools.stack.services import SERVICES, module_command
from shared.clock import SystemClock
from shared.topics import CONVERSATION_EVENTS, INBOUND_STATUSES

_CACHED = frozenset(("delivery", MONGODB, f"find {name}") for name in ("erased", "workspaces"))  # for five seconds
_LIMIT = 30.0  # seconds for one message
_POLL = 0.05
_Key = tuple[str, str, str]  # service, store, command
_Name = TypeVar("_Name", _Key, tuple[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetOptions:
    """Options of `parley bench budget`. messages: counted of each kind, an odd number. rest: seconds without messages.
    quiet: seconds without a round trip after which a message has no more to come.
    """

    messages: int = 5
    rest: float = 20.0
    quiet: float = 1.3  # more than the second for which services collect writes
    out: Path = DEFAULT_OUT


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageCosts:
    """Costs of one kind of message; each list has a number per message.

    trips: by service, store and command; for Kafka, records written by topic. read: records read by service and topic.
    paths: waits of the critical path. requests: of the Kafka drivers by service. background: round trips of the
    broadcasts' engine. The last two depend on time.
    """

    trips: dict[_Key, list[int]]
    read: dict[tuple[str, str], list[int]]
    paths: list[tuple[_Key, ...]]
    requests: dict[tuple[str, str], list[int]]
    background: dict[_Key, list[int]]

    @property
    def path(self) -> tuple[_Key, ...]:
        """The most frequent critical path of median length."""
        usual = median_low([len(path) for path in self.paths])
        return Counter(path for path in self.paths if len(path) == usual).most_common(1)[0][0]


@dataclass(slots=True)
class RestCosts:
    """An idle stack. trips: how many in `seconds`. cpu: percent of a core by process."""

    seconds: float
    trips: dict[_Key, int]
    cpu: dict[str, float]


@dataclass(slots=True)
class Budget:
    """The counted round trips. kinds: by the name of the kind of message."""

    rest: RestCosts
    kinds: dict[str, MessageCosts] = field(default_factory=dict)


def run(options: BudgetOptions) -> Budget:
    """Count. Raises BenchFailed."""
    files = {service: (options.out / f"round-trips-{service}.jsonl").absolute() for service in SERVICES}
    for file in files.values():
        file.unlink(missing_ok=True)
    commands = {
        service: module_command("devtools.bench.round_trip_recorder", str(file), f"services.{service}")
        for service, file in files.items()
    }
    try:
        with bench_stack(
            dict.fromkeys(SERVICES, 1), workspaces=(), simulators=True, out=options.out, commands=commands
        ) as bench:
            return _Counting(bench, options, RoundTripFiles(files)).run()
    finally:
        for file in files.values():
            file.unlink(missing_ok=True)


class _Counting:
    """Sends the messages and collects their round trips."""

    def __init__(self, bench: BenchStack, options: BudgetOptions, files: RoundTripFiles) -> None:
        self._bench = bench
        self._options = options
        self._files = files
        self._webhooks = BudgetWebhooks()
        self._workspace = BudgetWorkspace(bench.stack.env, SystemClock())
        self._customers = iter(range(8_031_000_000, 8_031_001_000))
        self._polling: frozenset[_Key] = frozenset()

    def run(self) -> Budget:
        self._bench.simulators("POST", "/_sim/config", {"meta": {"statuses": []}})
        asyncio.run(self._workspace.apply())
        self._window(self._use_everything, _is_sent)
        print_progress("budget: at rest")
        budget = Budget(self._rest())
        for kind in MESSAGE_KINDS:
            print_progress(f"budget: {kind.name}")
            budget.kinds[kind.name] = self._costs(self._messages(kind))
        print_progress("budget: statuses")
        for status, windows in self._statuses().items():
            budget.kinds[status] = self._costs(windows)
        print_progress(f"budget: {BROADCAST}")
        budget.kinds[BROADCAST] = self._costs(self._broadcasts(), background=False)
        return budget

    def _use_everything(self) -> None:
        for kind in MESSAGE_KINDS:
            self._post(self._webhooks.message(self._customer(), kind.first[0]))

    def _rest(self) -> RestCosts:
        self._files.read()
        cpu, began = usage(self._bench.pids), time.monotonic()
        time.sleep(self._options.rest)
        seconds = time.monotonic() - began
        trips = self._files.read()
        spent = cpu_between(cpu, usage(self._bench.pids))
        self._polling = frozenset(trip.key for trip in trips if not trip.origin)
        return RestCosts(
            seconds,
            Counter(trip.key for trip in trips),
            {name: 100 * used / seconds for name, used in spent.items()},
        )

    def _customer(self) -> str:
        return f"234{next(self._customers)}"

    def _send(self, customer: str, text: str) -> list[RoundTrip]:
        return self._window(lambda: self._post(self._webhooks.message(customer, text)), _is_sent)

    def _messages(self, kind: MessageKind) -> list[list[RoundTrip]]:
        customer = self._customer()
        for text in kind.first:
            self._send(customer, text)
        return [self._send(customer, kind.text(number + 2)) for number in range(self._options.messages)]

    def _statuses(self) -> dict[str, list[list[RoundTrip]]]:
        """Send the statuses of answers one by one, and those of others together."""
        sent = [one for one in answer_checks.fetch_records(self._bench)[0] if one["accepted"]]
        windows: dict[str, list[list[RoundTrip]]] = {status: [] for status in (*STATUSES, TOGETHER)}
        count = self._options.messages
        for status in STATUSES:
            for message in sent[: count + 1]:  # the first one is the warm-up
                windows[status].append(self._send_statuses(message, status))
        for message in sent[count : 2 * count + 1]:
            windows[TOGETHER].append(self._send_statuses(message, *STATUSES))
        return {status: found[1:] for status, found in windows.items()}

    def _send_statuses(self, message: dict[str, Any], *statuses: str) -> list[RoundTrip]:
        webhook = self._webhooks.statuses(message, statuses)
        return self._window(lambda: self._post(webhook), _is_status)

    def _broadcasts(self) -> list[list[RoundTrip]]:
        """Send broadcasts to one recipient each, who is known."""
        customer, windows = self._customer(), []
        self._send(customer, MESSAGE_KINDS[0].first[0])
        for number in range(self._options.messages + 1):
            name = f"news-{number}"
            windows.append(
                self._window(lambda name=name: asyncio.run(self._workspace.broadcast(name, [customer])), _is_sent)  # type: ignore[misc]
            )
        return windows[1:]

    def _window(self, act: Callable[[], None], seen: Callable[[RoundTrip], bool]) -> list[RoundTrip]:
        """Return all round trips from `act` until all is quiet. Raises BenchFailed when none of them is `seen`."""
        self._files.read()
        act()
        trips: list[RoundTrip] = []
        deadline = time.monotonic() + _LIMIT
        while True:
            trips += self._files.read()
            last = max((trip.ended for trip in trips if is_work(trip)), default=0.0)
            quiet = time.monotonic() - last > self._options.quiet
            if quiet and any(map(seen, trips)) and are_all_read(trips):
                return trips
            if time.monotonic() > deadline:
                raise BenchFailed(f"a message was not processed within {_LIMIT:g} s")
            time.sleep(_POLL)

    def _post(self, webhook: SignedWebhook) -> None:
        connection = http.client.HTTPConnection(*self._bench.ingress(), timeout=10)
        try:
            connection.request("POST", "/webhooks/meta", webhook.body, webhook.headers)
            status = connection.getresponse().status
        finally:
            connection.close()
        if status != 200:
            raise BenchFailed(f"a webhook was answered with {status}")

    def _costs(self, windows: Sequence[list[RoundTrip]], *, background: bool = True) -> MessageCosts:
        """background: count what was done for no record among the message's costs, unless an idle stack does it too."""
        done = [_of_records(trips if background else list(filter(_is_of_message, trips))) for trips in windows]
        others = [self._of_none(trips) for trips in windows]
        counts = _lists([one + other for one, other in zip(done, others, strict=True)] if background else done)
        usual = {key for key, found in counts.items() if all(found)}
        return MessageCosts(
            trips=counts,
            read=_lists([_read(trips) for trips in windows]),
            paths=[_path(trips, usual) for trips in windows],
            requests=_lists([_by_name(trips, REQUEST) for trips in windows]),
            background={} if background else _lists(others),
        )

    def _of_none(self, trips: Iterable[RoundTrip]) -> Counter[_Key]:
        """Count the round trips made for no record that an idle stack does not make: a batch written later."""
        return Counter(
            trip.key for trip in trips if trip.to in STORES and not trip.origin and trip.key not in self._polling
        )


def _of_records(trips: Iterable[RoundTrip]) -> Counter[_Key]:
    """Count the round trips made for a record, and all records written, by topic."""
    counts: Counter[_Key] = Counter()
    for trip in trips:
        if trip.to == KAFKA:
            counts.update((trip.service, KAFKA, topic) for topic in trip.items)
        elif trip.origin and trip.to not in (RECORD, REQUEST):
            counts[trip.key] += 1
    return counts


def _is_of_message(trip: RoundTrip) -> bool:
    """Return whether a round trip is a message's own: no event of the broadcasts' engine, and no read of a cache, which
    may expire while the engine looks for results.
    """
    if trip.key in _CACHED:
        return False
    return bool(trip.origin) or set(trip.items) != {CONVERSATION_EVENTS.name}


def _by_name(trips: Iterable[RoundTrip], to: str) -> Counter[tuple[str, str]]:
    return Counter((trip.service, trip.what) for trip in trips if trip.to == to)


def _read(trips: Iterable[RoundTrip]) -> Counter[tuple[str, str]]:
    """Count the records read by topic, without events, which are fetched later: each is read once."""
    counts = _by_name(trips, RECORD)
    return Counter(
        {name: count for name, count in counts.items() if name[1] not in (WEBHOOK, CONVERSATION_EVENTS.name)}
    )


def _lists(counts: Sequence[Counter[_Name]]) -> dict[_Name, list[int]]:
    return {name: [one[name] for one in counts] for name in sorted(set().union(*counts))}


def _path(trips: Sequence[RoundTrip], usual: Container[_Key]) -> tuple[_Key, ...]:
    """Return the critical path without what is not usual, as reading a cache again after some seconds."""
    return tuple(trip.key for trip in critical_path([one for one in trips if one.to not in STORES or one.key in usual]))


def _is_sent(trip: RoundTrip) -> bool:
    return (trip.to, trip.what) == (PROVIDER, MESSAGE)


def _is_status(trip: RoundTrip) -> bool:
    return (trip.to, trip.what) == (RECORD, INBOUND_STATUSES.name)
