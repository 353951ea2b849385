"""Handles one command: loads the conversation, decides, stores the decision, publishes its outputs.

`ROUND_TRIPS` lists what a command costs whose conversation this process has (`conversation_states`), without effects.
"""

from functools import partial

import msgspec

from services.router import skipped
from services.router.commands import dispatch
from services.router.commands.provider_reports import opened_conversation
from services.router.conversation_states import ConversationStates
from services.router.customer_resolver import CustomerResolver
from services.router.decision_store import DecisionStore
from services.router.direct_commands import DirectCommand, DirectCommands
from services.router.effects import EffectExecutor
from services.router.moved_conversation import handle_where_it_is, require_not_moved
from services.router.unread_customer import UNREAD, CustomerUnread
from shared.clock import Clock
from shared.decisions.context_loader import ContextLoader
from shared.decisions.decision import Decision
from shared.decisions.shards import with_shards
from shared.domain import ids
from shared.domain.conversation import Conversation, MovedTo, RecordedDecision
from shared.domain.orders import Order
from shared.domain.record_age import is_too_old
from shared.errors import Conflict
from shared.messages.commands import (
    CommandRecord,
    ConsentChanged,
    ConversationCommand,
    OrderChanged,
    ProviderReport,
    WrittenOnPhone,
)
from shared.repositories.customers import Customers
from shared.repositories.erasure_guard import ErasureGuard
from shared.repositories.orders import Orders
from shared.storage.mongo import Mongo
from shared.workspace.config import Workspace

ROUND_TRIPS = (
    ("mongodb", "decision_store: the conversation's new state and the decision, if nobody else has changed it"),
    ("mongodb", "effects: what people see of the change, such as who took the conversation; none for other commands"),
    ("kafka", "decision_store: all outputs in one request"),
)


class UnknownConversation(Exception):
    """Raised for a command whose conversation does not exist."""


class CommandHandler:
    """One per router process. Raises DependencyAway, RetryLater and UnknownConversation."""

    def __init__(
        self,
        mongo: Mongo,
        clock: Clock,
        *,
        store: DecisionStore,
        states: ConversationStates,
        contexts: ContextLoader,
        resolver: CustomerResolver,
        erasures: ErasureGuard,
        direct: DirectCommands,
    ) -> None:
        self._mongo = mongo
        self._clock = clock
        self._store = store
        self._states = states
        self._contexts = contexts
        self._resolver = resolver
        self._erasures = erasures
        self._direct = direct
        self._effects = EffectExecutor(mongo)

    async def handle(self, workspace: Workspace, command: CommandRecord) -> None:
        """Handle a command; follow its conversation when that is merged into another one meanwhile."""
        if isinstance(command, DirectCommand):
            await self._direct.handle(command)
            return
        if isinstance(command, WrittenOnPhone | ConsentChanged):
            if await self._erasures.forbid_report(command):
                skipped.erased()
                return
            if is_too_old(command):
                skipped.too_old()
                return
            command = await self._resolver.resolve_report(command)
        await handle_where_it_is(command, partial(self._handle, workspace), self._follow_merge)

    async def _handle(self, workspace: Workspace, command: ConversationCommand) -> None:
        """Raise ConversationMoved when the conversation was merged into another one."""
        if await self._erasures.forbid(command.workspace, command.conversation_id, command.created_at):
            skipped.erased()
            return
        own = await self._states.take(command.workspace, command.conversation_id)
        if own is not None and not own.decided.may_include(command.id):
            try:
                decision = await self._decide(workspace, own.conversation, command)
                recorded = await self._store.store(own.conversation, command.id, decision)
            except Conflict:  # another replica has changed it
                pass
            else:
                await self._finish(command, recorded, own.conversation.customer_id)
                self._states.keep(own.after(decision.conversation, recorded))
                return
        await self._handle_loaded(workspace, command)

    async def _handle_loaded(self, workspace: Workspace, command: ConversationCommand) -> None:
        loaded = await self._states.load(command.workspace, command.conversation_id, command.id)
        state = loaded.conversation or _new_conversation(command)
        recorded, after = loaded.recorded, loaded.conversation
        if recorded is None:
            require_not_moved(state)

            async def decide(stored: Conversation | None) -> Decision:
                current = stored or state
                require_not_moved(current)
                return await self._decide(workspace, current, command)

            recorded, after = await self._store.decide_and_store(
                command.workspace, loaded.conversation, command.conversation_id, command.id, decide
            )
        await self._finish(command, recorded, state.customer_id)
        if after is not None:
            self._states.keep(loaded.after(after, recorded, customer_known=False))

    async def _decide(self, workspace: Workspace, state: Conversation, command: ConversationCommand) -> Decision:
        """Return the decision; read the customer only if it depends on them."""
        now, order = self._clock.now(), await self._order(command)
        context = await self._contexts.load(workspace, UNREAD, state, order=order)
        state = with_shards(state, workspace.shards, now)
        try:
            return dispatch.decide_command(context, state, command, now)
        except CustomerUnread:
            customer = await Customers(self._mongo, command.workspace).get(state.customer_id)
            context = await self._contexts.load(workspace, customer, state, order=order)
            return dispatch.decide_command(context, state, command, now)

    async def _finish(self, command: ConversationCommand, recorded: RecordedDecision, customer_id: str) -> None:
        await self._effects.carry_out(recorded, command.workspace, command.conversation_id, customer_id)
        await self._store.publish(recorded, command.correlation_id)

    async def _follow_merge(self, command: ConversationCommand, to: MovedTo) -> ConversationCommand:
        await self._resolver.finish_merge(command.workspace, command.conversation_id)
        return msgspec.structs.replace(command, conversation_id=to.conversation_id)

    async def _order(self, command: ConversationCommand) -> Order | None:
        if not isinstance(command, OrderChanged):
            return None
        return await Orders(self._mongo, command.workspace).get(command.number)


def _new_conversation(command: ConversationCommand) -> Conversation:
    """Return the conversation that a provider's report opens. Raises UnknownConversation for other commands."""
    if not isinstance(command, ProviderReport):
        raise UnknownConversation(command.conversation_id)
    return opened_conversation(command, command.customer_id or ids.customer_id(command.workspace, command.identity))
