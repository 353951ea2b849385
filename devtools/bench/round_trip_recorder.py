"""Run a service and record its round trips.

    python -m devtools.bench.round_trip_recorder FILE MODULE

Drivers and a few of our own functions are wrapped in this process only: services know nothing of it and pay nothing.
Every round trip becomes a line in FILE (`round_trips.RoundTrip`), with the record on whose behalf it was made. A
context variable carries the record through the handler and through batches, whose tasks do not inherit it.
"""

import functools
import inspect
import itertools
import os
import re
import runpy
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from pathlib import Path
from time import monotonic
from typing import Any

import aiohttp
import msgspec
from aiokafka.conn import AIOKafkaConnection
from pymongo import monitoring
from redis.asyncio.client import Pipeline
from redis.asyncio.client import Redis as RedisClient

from devtools.bench.round_trips import (
    KAFKA,
    MESSAGE,
    MODEL,
    MONGODB,
    PROVIDER,
    RECORD,
    REDIS,
    REQUEST,
    WEBHOOK,
    RoundTrip,
)
from shared.kafka.producer import KafkaProducer
from shared.kafka.records import NewRecord
from shared.kafka.runtime.processor import Processor
from shared.kafka.runtime.slots import Slot
from shared.storage.batching import Batcher
from shared.storage.mongo import Collection, Mongo

_Async = Callable[..., Awaitable[Any]]
_origin: ContextVar[str] = ContextVar("origin", default="")
_called: ContextVar[float] = ContextVar("called", default=0.0)  # when our code made the call; 0: not known
_SCRIPTS = ("EVALSHA", "EVAL")
_KEY = re.compile(r"parley:((?:ai:)?[a-z]+)")


class Recorder:
    """Appends lines to the file; called from several threads."""

    def __init__(self, file: Path, service: str) -> None:
        self._file = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._service = service
        self._batched: dict[tuple[int, int], tuple[str, float]] = {}  # origin and time of an item that waits
        self._webhooks = itertools.count(1)

    def record(self, to: str, what: str, began: float, items: Sequence[str] = ()) -> None:
        """Record a round trip that ends now. It began when our code made the call, if that is known: of two calls that
        are made at once, one may reach the driver after the other has ended.
        """
        line = RoundTrip(to, what, _origin.get(), _called.get() or began, monotonic(), tuple(items))
        os.write(self._file, msgspec.json.encode(line) + b"\n")

    def install(self) -> None:
        """Wrap what makes round trips, and what processes records."""
        monitoring.register(_MongoCommands(self))
        _wrap(Pipeline, "execute", self._redis_pipeline)
        _wrap(RedisClient, "execute_command", self._redis_command)
        _wrap(KafkaProducer, "send", self._produce)
        _wrap(aiohttp.ClientSession, "_request", self._http)
        _wrap(Processor, "process", self._process)
        _wrap(Processor, "_process_together", self._process_together)
        _wrap(Batcher, "__call__", self._batch_item)
        _wrap(Batcher, "_results", self._batch)
        for name in vars(Collection):
            if inspect.iscoroutinefunction(getattr(Collection, name)):
                _wrap(Collection, name, self._store_call)
        _wrap(Mongo, "find_each", self._store_call)
        self._wrap_sync()
        if self._service == "ingress":
            from services.ingress.webhooks import Webhooks

            _wrap(Webhooks, "__call__", self._webhook)

    def _wrap_sync(self) -> None:
        send, count = AIOKafkaConnection.send, Processor.count

        def sending(connection: Any, request: Any, *more: Any, **named: Any) -> Any:
            self.record(REQUEST, type(request).__name__.partition("Request")[0], monotonic())
            return send(connection, request, *more, **named)

        def counting(processor: Processor, slot: Slot, outcome: str) -> None:
            self.record(RECORD, slot.record.topic, monotonic())
            count(processor, slot, outcome)

        AIOKafkaConnection.send = sending
        Processor.count = counting  # type: ignore[assignment]  # in this process only

    async def _redis_pipeline(self, inner: _Async, pipe: Any, *given: Any, **named: Any) -> Any:
        commands = [_redis_name(arguments) for arguments, _ in pipe.command_stack]
        began = monotonic()
        try:
            return await inner(pipe, *given, **named)
        finally:
            what = commands[0] if len(commands) == 1 else f"pipeline ({', '.join(sorted(set(commands)))})"
            self.record(REDIS, what, began, commands)

    async def _redis_command(self, inner: _Async, client: Any, *command: Any, **named: Any) -> Any:
        began = monotonic()
        try:
            return await inner(client, *command, **named)
        finally:
            if not isinstance(client, Pipeline):  # whose commands are only collected
                self.record(REDIS, name := _redis_name(command), began, [name])

    async def _produce(self, inner: _Async, producer: Any, records: Sequence[NewRecord], *more: Any) -> Any:
        began = monotonic()
        try:
            return await inner(producer, records, *more)
        finally:
            topics = [record.topic for record in records]
            self.record(KAFKA, f"write {', '.join(dict.fromkeys(topics))}", began, topics)

    async def _http(self, inner: _Async, session: Any, method: str, url: Any, **named: Any) -> Any:
        began, body = monotonic(), named.get("data")
        try:
            return await inner(session, method, url, **named)
        finally:
            what = MESSAGE if isinstance(body, bytes) and b'"to":' in body else "indicator"  # read, typing
            to, what = (MODEL, "answer") if self._service == "ai" else (PROVIDER, what)
            self.record(to, what, began)

    async def _store_call(self, inner: _Async, *arguments: Any, **named: Any) -> Any:
        token = _called.set(monotonic())
        try:
            return await inner(*arguments, **named)
        finally:
            _called.reset(token)

    async def _process(self, inner: _Async, processor: Any, slot: Slot) -> Any:
        return await self._on_behalf_of(_place(slot), inner, processor, slot)

    async def _process_together(self, inner: _Async, processor: Any, slots: Sequence[Slot]) -> Any:
        return await self._on_behalf_of(_place(slots[0]), inner, processor, slots)

    async def _webhook(self, inner: _Async, webhooks: Any, *arguments: Any) -> Any:
        try:
            return await self._on_behalf_of(f"{WEBHOOK}/{next(self._webhooks)}", inner, webhooks, *arguments)
        finally:
            self.record(RECORD, WEBHOOK, monotonic())

    async def _on_behalf_of(self, origin: str, call: _Async, *arguments: Any) -> Any:
        token = _origin.set(origin)
        try:
            return await call(*arguments)
        finally:
            _origin.reset(token)

    async def _batch_item(self, inner: _Async, batcher: Any, item: Any) -> Any:
        self._batched[id(batcher), id(item)] = _origin.get(), monotonic()
        return await inner(batcher, item)

    async def _batch(self, inner: _Async, batcher: Any, items: Sequence[Any]) -> Any:
        """Carry out a batch on behalf of the first of its records."""
        found = [self._batched.pop((id(batcher), id(item)), (_origin.get(), _called.get())) for item in items]
        token = _called.set(min(called for _, called in found))
        try:
            return await self._on_behalf_of(next((origin for origin, _ in found if origin), ""), inner, batcher, items)
        finally:
            _called.reset(token)


def _place(slot: Slot) -> str:
    record = slot.record
    return f"{record.topic}/{record.partition}/{record.offset}"


class _MongoCommands(monitoring.CommandListener):
    """The driver calls it in its own threads, with the caller's context."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._started: dict[int, tuple[str, float]] = {}

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        target = event.command.get("collection" if event.command_name == "getMore" else event.command_name)
        name = f"{event.command_name} {target}" if isinstance(target, str) else event.command_name
        self._started[event.request_id] = name, monotonic()

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        self._recorder.record(MONGODB, *self._started.pop(event.request_id))

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        self._recorder.record(MONGODB, *self._started.pop(event.request_id))


def _wrap(owner: Any, name: str, wrapper: Callable[..., Awaitable[Any]]) -> None:
    """Replace an asynchronous method; `wrapper` is called with the replaced one first."""
    inner = getattr(owner, name)

    @functools.wraps(inner)
    async def wrapped(*arguments: Any, **named: Any) -> Any:
        return await wrapper(inner, *arguments, **named)

    setattr(owner, name, wrapped)


def _redis_name(command: Sequence[Any]) -> str:
    """Return the command and the kind of its first key: never a whole key, which may name a customer."""
    words = [word.decode(errors="replace") if isinstance(word, bytes) else str(word) for word in command[:4]]
    name = words[0].upper()
    if name in _SCRIPTS:
        return f"script {_kind_of_key(words[3])}" if words[2] != "0" else "script without keys"
    return f"{name} {_kind_of_key(words[1])}" if len(words) > 1 else name


def _kind_of_key(key: str) -> str:
    found = _KEY.match(key)
    return found[1] if found else "other"


def run(file: Path, module: str) -> None:
    """Run `module` as a program."""
    sys.argv = [module]
    Recorder(file, module.rpartition(".")[2]).install()
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    run(Path(sys.argv[1]), sys.argv[2])
