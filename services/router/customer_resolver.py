"""Resolves each message to its customer and the customer's conversation on the channel.

Records that turn out to be of one customer are merged before anything is decided.
"""

from datetime import datetime, timedelta
from typing import TypeVar

import msgspec

from services.router.commands.provider_reports import opened_conversation
from shared.clock import Clock
from shared.decisions.pipeline import new_conversation
from shared.domain import ids
from shared.domain.conversation import Conversation, MovedTo, RecordedDecision
from shared.domain.identities import BSUID, identities_of, with_user_id
from shared.domain.phone import canonical
from shared.domain.record_age import is_too_old
from shared.errors import RetryLater
from shared.kafka.codec import decode
from shared.kafka.records import Record
from shared.messages.commands import ProviderReport
from shared.messages.content import Contacts, System
from shared.messages.inbound import InboundMessage
from shared.messages.outbound import OutboundMessage, body_text
from shared.repositories.conversations import Conversations
from shared.repositories.customer_merges import CustomerMerges
from shared.repositories.customers import Customers
from shared.repositories.identities import Identities
from shared.repositories.outbound_history import OutboundHistory
from shared.repositories.outbound_views import OutboundState
from shared.storage.mongo import Mongo
from shared.telemetry import logging, metrics
from shared.topics import OUTBOUND_MESSAGES

log = logging.get(__name__)

_MAX_WAIT = timedelta(seconds=60)  # from the message's arrival, for answers in flight in the other conversation
_RETRY_AFTER = 0.25  # seconds


Report = TypeVar("Report", bound=ProviderReport)


class CustomerResolver:
    """One per router process. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo, clock: Clock) -> None:
        self._mongo = mongo
        self._clock = clock

    async def resolve(self, message: InboundMessage) -> InboundMessage:
        """Return the message with the customer's key and conversation, also if ingress left it unresolved; merge the
        customer's other records into this one. Raises RetryLater while one of them has answers to send.
        """
        if message.unresolved:
            message = await self._look_up_sender(message)
        if is_too_old(message):  # its sender's identities may be outdated
            return message
        if isinstance(message.content, Contacts) and message.content.own_number:
            message = await self._link_shared_number(message, message.content.own_number)
        if not isinstance(message.content, System):  # may be redelivered when the number is another person's
            for former in message.joins:
                there = new_conversation(with_customer(message, former))
                key, mine = canonical(message.sender.identity), identities_of(message.sender)
                await self._merge(there, key, former, mine, message.created_at)
        return message

    async def merged_into(self, message: InboundMessage) -> MovedTo | None:
        """Return the conversation that the sender's was merged into since ingress cached their key, or None."""
        key = await Identities(self._mongo, message.workspace).key_of(identities_of(message.sender))
        former = canonical(message.sender.identity)
        if key is None or key == former:
            return None
        home = ids.conversation_id(message.workspace, message.channel, key)
        return MovedTo(conversation_id=home, key=key, former_key=former)

    async def follow_merge(self, message: InboundMessage, to: MovedTo) -> InboundMessage:
        """Finish the merge of the message's conversation; return the message as one of the other conversation."""
        merges = CustomerMerges(self._mongo, message.workspace)
        here = new_conversation(message)
        await merges.finish(msgspec.structs.replace(here, moved_to=to), self._clock.now())
        return with_customer(message, to.key)

    async def change_address(self, message: InboundMessage, notice: System) -> None:
        """Store the sender's new number or user id, and release the number that the message came from."""
        phone = notice.new_address if notice.new_address and notice.new_address.startswith("+") else None
        bsuid = notice.new_user_id or (notice.new_address or "").partition(BSUID)[2] or None
        if not phone and not bsuid:
            return
        key, now = canonical(message.sender.identity), self._clock.now()
        identities = Identities(self._mongo, message.workspace)
        new = [one for one in (phone, f"{BSUID}{bsuid}" if bsuid else None) if one]
        for other in await identities.assign(key, new, now):
            await CustomerMerges(self._mongo, message.workspace).merge(key, other, now, identities=new)
        customer_id = ids.customer_id(message.workspace, key)
        await Customers(self._mongo, message.workspace).change_address(customer_id, phone, bsuid)
        former = message.sender.phone
        if phone and former and canonical(phone) != canonical(former):
            await identities.release(former, key)

    async def finish_merge(self, workspace: str, conversation_id: str) -> None:
        """Finish the merge of a conversation into another one, including the customer's record."""
        found = await Conversations(self._mongo, workspace).get(conversation_id)
        if found is not None:
            await CustomerMerges(self._mongo, workspace).finish(found, self._clock.now())

    async def _look_up_sender(self, message: InboundMessage) -> InboundMessage:
        identities = Identities(self._mongo, message.workspace)
        (found,) = await identities.resolve([identities_of(message.sender)], message.created_at)
        return with_customer(message, found.key, found.joins)

    async def discard(self, message: InboundMessage) -> None:
        """Remove the links that ingress has registered for a message that is not stored, unless the sender is known."""
        identities, given = Identities(self._mongo, message.workspace), identities_of(message.sender)
        key = await identities.key_of(given) or message.sender.identity
        if await Customers(self._mongo, message.workspace).get(ids.customer_id(message.workspace, key)) is None:
            await identities.forget(given)

    async def resolve_report(self, command: Report) -> Report:
        """Return a provider's report with the key and conversation of the customer that it is about; merge the
        customer's other records into this one. Raises RetryLater while one of them has answers to send.
        """
        if command.customer_id:  # the report is about a message of ours, which has it
            return command
        given = with_user_id(command.identity, command.bsuid)
        (found,) = await Identities(self._mongo, command.workspace).resolve([given], command.created_at)
        for former in found.joins:
            other = _of_customer(command, former)
            there = opened_conversation(other, ids.customer_id(command.workspace, former))
            await self._merge(there, found.key, former, given, command.created_at)
        return _of_customer(command, found.key)

    async def _link_shared_number(self, message: InboundMessage, number: str) -> InboundMessage:
        """Link the number that the sender has shared at our request. Accepted only in reply to a message of ours, and
        if the number belongs to no customer with another user id.
        """
        if message.sender.phone:  # the provider itself gives the number
            return message
        identities = Identities(self._mongo, message.workspace)
        mine = identities_of(message.sender)
        if message.context.reply_to and not await self._is_ours(message, message.context.reply_to):
            log.warning("Shared number rejected", reason="not a reply to a message of ours")
            return message
        owner = await identities.key_of([number])
        others = {one for one in await identities.of_keys([owner] if owner else []) if one.startswith(BSUID)}
        if others - {*mine, *await identities.of_keys([canonical(message.sender.identity)])}:
            log.warning("Shared number rejected", reason="its owner has another user id")
            return message
        (found,) = await identities.resolve([(*mine, canonical(number))], message.created_at)
        known = with_customer(message, found.key, found.joins)
        return msgspec.structs.replace(known, sender=msgspec.structs.replace(known.sender, phone=number))

    async def _is_ours(self, message: InboundMessage, provider_message_id: str) -> bool:
        """Return whether a message of ours in the sender's conversation has this provider id."""
        sent = OutboundHistory(self._mongo, message.workspace)
        return await sent.has_provider_id(message.conversation_id, provider_message_id)

    async def _merge(
        self, there: Conversation, key: str, former_key: str, identities: tuple[str, ...], arrived: datetime
    ) -> None:
        """Merge a customer into the one with the key, when their answers are sent. there: their conversation, which may
        not exist yet. identities: known ones of the customer. arrived: the record that shows that the two are one.
        """
        await self._wait_for_answers(there, arrived)
        merges = CustomerMerges(self._mongo, there.workspace)
        await merges.merge(key, former_key, self._clock.now(), identities=identities, expected=there)
        metrics.DECISIONS.labels("joined").inc()
        log.info("Customers merged", conversation_id=ids.conversation_id(there.workspace, there.channel, key))

    async def _wait_for_answers(self, there: Conversation, arrived: datetime) -> None:
        """Wait until the other conversation's pending answers are sent. Raises RetryLater."""
        now = self._clock.now()
        conversations = Conversations(self._mongo, there.workspace)
        found = await conversations.get(there.id)
        if found is None or found.moved_to is not None or now - arrived > _MAX_WAIT:
            return
        latest = await conversations.recent_decisions(there.id, limit=1)
        if await self._has_pending_answers(found, latest, now):
            raise RetryLater(_RETRY_AFTER)

    async def _has_pending_answers(
        self, conversation: Conversation, latest: list[RecordedDecision], now: datetime
    ) -> bool:
        sent = OutboundHistory(self._mongo, conversation.workspace)
        at = conversation.through_ai_at
        asked = conversation.through_ai > 0 and at is not None and now - at < _MAX_WAIT
        if asked and not await sent.has_answer_of_turn(conversation.id, conversation.through_ai):
            return True
        recent = (decision for decision in latest if decision.at and now - decision.at < _MAX_WAIT)
        ids_ = [id_ for decision in recent for id_ in _outbound_ids(decision)]
        progress = await sent.progress(ids_) if ids_ else {}
        final = (OutboundState.SENT, OutboundState.FAILED)
        return any(id_ not in progress or progress[id_].state not in final for id_ in ids_)


def _outbound_ids(decision: RecordedDecision) -> list[str]:
    """Return the ids of the messages that a decision sent to the customer."""
    records = [one for one in decision.outputs if one.topic == OUTBOUND_MESSAGES.name]
    messages = [decode(Record(one.topic, 0, 0, one.key, one.value)) for one in records]
    return [one.id for one in messages if isinstance(one, OutboundMessage) and body_text(one.body)]


def _of_customer(command: Report, key: str) -> Report:
    """Return the report as one about the customer with this key."""
    return msgspec.structs.replace(
        command, identity=key, conversation_id=ids.conversation_id(command.workspace, command.channel, key)
    )


def with_customer(message: InboundMessage, key: str, joins: tuple[str, ...] = ()) -> InboundMessage:
    """Return the message as one of the customer with this key."""
    return msgspec.structs.replace(
        message,
        sender=msgspec.structs.replace(message.sender, identity=key),
        conversation_id=ids.conversation_id(message.workspace, message.channel, key),
        joins=joins,
        unresolved=False,
    )
