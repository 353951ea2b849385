"""Handles the commands that are decided on without a conversation's state, and change none: marks and changes of
customers, typing indicators. Handling one again has the same result.
"""

from datetime import datetime, timedelta

from services.router import skipped
from shared.clock import Clock
from shared.decisions.outputs import outbound_message
from shared.domain import ids, window
from shared.domain.conversation import CustomerChange
from shared.kafka.codec import to_record
from shared.kafka.ports import Producer
from shared.messages.command_outcome import Refusal
from shared.messages.commands import SERVICES, ChangeCustomer, HeldOff, ShowTyping, Undeliverable
from shared.messages.events import ConversationEvent, EventKind
from shared.messages.outbound import Author, Presence
from shared.repositories.conversations import Conversations
from shared.repositories.customers import Customers
from shared.repositories.erasure_guard import ErasureGuard
from shared.storage.mongo import Mongo
from shared.telemetry import tracing
from shared.topics import CONVERSATION_EVENTS, OUTBOUND_MESSAGES

DirectCommand = Undeliverable | HeldOff | ChangeCustomer | ShowTyping
_TYPING_FRESH = timedelta(seconds=20)  # Meta ends an indicator after 25 seconds


class DirectCommands:
    """One per router process. Raises DependencyAway."""

    def __init__(self, mongo: Mongo, producer: Producer, clock: Clock, erasures: ErasureGuard) -> None:
        self._mongo = mongo
        self._producer = producer
        self._clock = clock
        self._erasures = erasures

    async def handle(self, command: DirectCommand) -> None:
        """Carry out a command, and report it."""
        match command:
            case Undeliverable():  # never creates a customer, so an erased person stays erased
                customers = Customers(self._mongo, command.workspace)
                await customers.mark_undeliverable(command.customer_id, command.failed_at)
            case HeldOff():  # as above
                await Customers(self._mongo, command.workspace).hold_off(command.customer_id, command.until)
            case ChangeCustomer():
                await self._change(command)
            case ShowTyping():
                await self._show_typing(command)

    async def _change(self, command: ChangeCustomer) -> None:
        customers = Customers(self._mongo, command.workspace)
        known = False
        if not await self._erasures.forbid(command.workspace, command.customer_id, command.created_at):
            known = await customers.apply(
                command.customer_id, _change_of(command), command.id, command.created_at
            ) or bool(await customers.get_many([command.customer_id]))
        events = _reports(command, self._clock.now(), known=known)
        headers = tracing.headers_for(command.correlation_id)
        await self._producer.send([to_record(CONVERSATION_EVENTS, event, headers=headers) for event in events])

    async def _show_typing(self, command: ShowTyping) -> None:
        now = self._clock.now()
        if now - command.created_at > _TYPING_FRESH:
            return
        if await self._erasures.forbid(command.workspace, command.conversation_id, command.created_at):
            skipped.erased()
            return
        state = await Conversations(self._mongo, command.workspace).get(command.conversation_id)
        if state is None or not state.last_message or not window.is_open(state.last_inbound_at, now):
            return
        body = Presence(provider_message_id=state.last_message, typing=True)
        message = outbound_message(state, command, body, Author.AGENT, now, index=-1)
        headers = tracing.headers_for(command.correlation_id)
        record = to_record(OUTBOUND_MESSAGES, message, lane=state.id, shards=state.shards, headers=headers)
        await self._producer.send([record])


def _change_of(command: ChangeCustomer) -> CustomerChange:
    return CustomerChange(
        add_tags=command.add_tags,
        remove_tags=command.remove_tags,
        fields=command.fields,
        name=command.name,
        opted_out=command.opted_out,
        qualified=command.qualified,
        marketing=command.marketing,
    )


def _reports(command: ChangeCustomer, now: datetime, *, known: bool) -> list[ConversationEvent]:
    """Return the events of a change. known: the customer exists."""
    events: list[tuple[EventKind, str]] = []
    if known:
        events.append((EventKind.CUSTOMER_CHANGED, command.customer_id))
    if command.by not in SERVICES:
        outcome = EventKind.COMMAND_DONE if known else EventKind.COMMAND_REFUSED
        events.append((outcome, "" if known else Refusal.UNKNOWN_CUSTOMER.value))
    return [
        ConversationEvent(
            id=ids.output_id(command.id, kind.value),
            workspace=command.workspace,
            correlation_id=command.correlation_id,
            created_at=now,
            kind=kind,
            conversation_id="",
            detail=detail,
            command_id="" if kind is EventKind.CUSTOMER_CHANGED else command.id,
            by=command.by,
        )
        for kind, detail in events
    ]
