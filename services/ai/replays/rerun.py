"""Answers recorded conversations again, a few at a time: the router's decision, then a model where one would be asked.

`parley replay` and the jobs of the console both use it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

import msgspec

from services.ai.calls.ask import AskResult
from services.ai.replays.asking import ReplayModels
from services.ai.replays.gate import ReplayGate
from shared.clock import Clock
from shared.decisions.context import DecisionContext
from shared.decisions.flow_loader import FlowLoader
from shared.domain import ids
from shared.domain.customer import customer_view
from shared.domain.replays import Difference, Origin, Replay, ReplayResult, Said, Stopped
from shared.faq.index_cache import FaqIndexCache
from shared.flows.engine.book import FlowBook
from shared.operations.replays.changed import ChangedWorkspace
from shared.operations.replays.comparison import difference_of
from shared.operations.replays.deciding import Redecided, decide_again
from shared.operations.replays.recorded import RecordedMessage, earlier
from shared.operations.replays.then import said_then, score_of
from shared.repositories.customers import Customers
from shared.storage.mongo import Mongo

_AT_ONCE = 4  # conversations, and so calls of models

Numbered = tuple[int, Sequence[RecordedMessage]]
"""The messages of a conversation, with the number of the first one in the replay."""


class ReplayStopped(Exception):
    """Raised when no more calls may be made."""

    def __init__(self, why: Stopped) -> None:
        super().__init__(why.value)
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class Rerun:
    """Answers the conversations of one replay again. gate_of: the gate of an answer's calls, by the result's id; raises
    ReplayStopped. paid: called with every answer for which a model was asked. keep: stores a result; both before the
    next one of its conversation.
    """

    mongo: Mongo
    clock: Clock
    replay: Replay
    changed: ChangedWorkspace
    models: ReplayModels
    gate_of: Callable[[str], Awaitable[ReplayGate]]
    keep: Callable[[ReplayResult], Awaitable[None]]
    paid: Callable[[str, AskResult, ReplayGate], Awaitable[None]]

    async def run(self, conversations: Sequence[Sequence[RecordedMessage]], done: Collection[str] = ()) -> None:
        """Answer the conversations again, but for results that are done. When no more calls may be made, answers under
        way are finished, because they are paid for. Raises ReplayStopped, DependencyAway, and what `keep` raises.
        """
        context = await self._context()
        waiting = _numbered(conversations)
        stops: list[ReplayStopped] = []

        async def work() -> None:
            for first, messages in waiting:
                if stops:
                    return
                try:
                    await self._conversation(context, first, messages, done, stops)
                except ReplayStopped as stopped:
                    stops.append(stopped)

        workers = [asyncio.ensure_future(work()) for _ in range(_AT_ONCE)]
        try:
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
        if stops:
            raise stops[0]

    async def _context(self) -> DecisionContext:
        """Return the context of decisions, without a customer."""
        workspace, flows = self.changed.workspace, self.changed.flows
        published = await FlowLoader(self.mongo).flow_book(workspace, None)
        names = {flow.name for flow in flows}
        book = FlowBook([*(flow for flow in published.flows if flow.name not in names), *flows])
        await asyncio.to_thread(lambda: book.triggers)  # large flows take a second
        index = await FaqIndexCache(self.mongo, self.clock).get(workspace)
        return DecisionContext(workspace=workspace, faq=index, book=book)

    async def _conversation(
        self,
        context: DecisionContext,
        first: int,
        messages: Sequence[RecordedMessage],
        done: Collection[str],
        stops: Collection[ReplayStopped],
    ) -> None:
        wanted = [self._id(one) for one in messages]
        if all(result in done for result in wanted):
            return
        workspace = self.replay.workspace
        decided = await self._decided(context, messages)
        then = await said_then(self.mongo, workspace, messages)
        for number, (result, one, again) in enumerate(zip(wanted, messages, decided, strict=True), first):
            if stops:
                return
            if result not in done:
                before = then[one.message.id]
                now = await self._now(result, one, again, before)
                await self.keep(self._result(result, number, one, again, before, now))

    async def _decided(self, context: DecisionContext, messages: Sequence[RecordedMessage]) -> list[Redecided]:
        message = messages[0].message
        customer_id = ids.customer_id(message.workspace, message.sender.identity)
        found = await Customers(self.mongo, message.workspace).get(customer_id)
        known = customer_view(None) if found is None else found
        context = DecisionContext(workspace=context.workspace, faq=context.faq, book=context.book, customer=known)
        return decide_again(context, await earlier(self.mongo, message.workspace, messages[0]), messages)

    async def _now(self, result: str, one: RecordedMessage, again: Redecided, then: Said) -> Said:
        if again.request is None:
            seconds = None if again.origin in (Origin.PERSON, Origin.NOBODY, Origin.LATER) else 0.0
            score = score_of(again.note) if again.origin is Origin.FAQ else None
            return Said(origin=again.origin, text=again.text, score=score, seconds=seconds)
        told_the_same = not self.changed.changes.concern_models and not again.request.brief
        if told_the_same and then.origin is Origin.MODEL:
            return msgspec.structs.replace(then, later="")
        gate = await self.gate_of(result)
        try:
            said, outcome = await self.models.ask(one, again.request, again.before, gate)
        except BaseException:
            gate.discard()
            raise
        await self.paid(result, outcome, gate)
        if again.text and said.origin is not Origin.SYSTEM:  # of a flow, sent before the model's answer
            said = msgspec.structs.replace(said, text=f"{again.text}\n{said.text}")
        return said

    def _result(
        self, result: str, number: int, one: RecordedMessage, again: Redecided, then: Said, now: Said
    ) -> ReplayResult:
        message, replay = one.message, self.replay
        return ReplayResult(
            id=result,
            workspace=replay.workspace,
            replay=replay.id,
            number=number,
            message=message.id,
            conversation_id=message.conversation_id,
            customer_id=again.before.customer_id,
            channel=message.channel,
            turn=one.turn,
            at=message.created_at,
            ends=replay.ends,
            question=one.words,
            then=then,
            now=now,
            difference=difference_of(then, now),
        )

    def _id(self, one: RecordedMessage) -> str:
        return ids.derived_id("replayed", self.replay.workspace, self.replay.id, one.message.id)


def differs(result: ReplayResult) -> bool:
    """Return whether a message is answered differently now."""
    return result.difference not in (Difference.SAME, Difference.UNKNOWN)


def _numbered(conversations: Sequence[Sequence[RecordedMessage]]) -> Iterator[Numbered]:
    number = 1
    for messages in conversations:
        yield number, messages
        number += len(messages)
