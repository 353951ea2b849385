"""Handlers of the router's topics.

Each record is decided on once: state and outputs are stored in one update, then the outputs are published, then the
offset may be committed. A redelivered record has its stored outputs published again; nothing is computed twice. When
two replicas work on one conversation at once, the version rejects the slower one's update, and it decides again.
"""

import asyncio

from services.router.command_handler import CommandHandler
from services.router.contacts import ContactUpdates
from services.router.conversation_states import ConversationStates
from services.router.customer_resolver import CustomerResolver
from services.router.decision_store import DecisionStore, OnDue
from services.router.direct_commands import DirectCommands
from services.router.message_decisions import MessageDecisions
from services.router.message_handler import MessageHandler
from shared.clock import Clock
from shared.decisions.context_loader import ContextLoader
from shared.kafka.ports import Producer
from shared.messages.commands import CommandRecord, StartFlow
from shared.messages.inbound import InboundMessage
from shared.repositories.erasure_guard import ErasureGuard
from shared.repositories.usage_meter import UsageMeter
from shared.repositories.workspaces import Workspaces
from shared.storage.mongo import Mongo
from shared.workspace.config import Workspace


class UnknownWorkspace(Exception):
    """Raised for a record of a workspace that does not exist."""


class Router:
    """Handlers of `inbound.messages` and `conversation.commands`; one per process."""

    def __init__(
        self,
        mongo: Mongo,
        workspaces: Workspaces,
        producer: Producer,
        clock: Clock,
        on_due: OnDue = lambda _: None,
    ) -> None:
        self._workspaces = workspaces
        store, contexts = DecisionStore(mongo, producer, clock, on_due), ContextLoader(mongo, clock)
        resolver, erasures = CustomerResolver(mongo, clock), ErasureGuard(mongo, clock)
        self._states = ConversationStates(mongo, erasures, clock)
        self._contacts, self._meter = ContactUpdates(mongo), UsageMeter(mongo, clock)
        self._messages = MessageHandler(
            mongo,
            clock,
            store=store,
            states=self._states,
            decisions=MessageDecisions(mongo=mongo, clock=clock, contexts=contexts),
            resolver=resolver,
            erasures=erasures,
            contacts=self._contacts,
            meter=self._meter,
        )
        self._commands = CommandHandler(
            mongo,
            clock,
            store=store,
            states=self._states,
            contexts=contexts,
            resolver=resolver,
            erasures=erasures,
            direct=DirectCommands(mongo, producer, clock, erasures),
        )

    async def flush(self) -> None:
        """Write the collected updates of customers and counts. Call it before offsets are committed. Raises
        DependencyAway.
        """
        await asyncio.gather(self._contacts.flush(), self._meter.flush())

    def forget_states(self) -> None:
        """Forget the states of conversations, when the partitions of this replica change."""
        self._states.forget_all()

    async def on_message(self, message: InboundMessage) -> None:
        """Handle a customer's message. Raises DependencyAway, RetryLater and UnknownWorkspace."""
        await self._messages.handle(await self._workspace(message.workspace), message)

    async def on_command(self, command: CommandRecord) -> None:
        """Handle a command of an agent, the AI service, a timer or a provider. Raises as `on_message` does, and
        UnknownConversation.
        """
        workspace = await self._workspace(command.workspace, current=isinstance(command, StartFlow))
        await self._commands.handle(workspace, command)

    async def _workspace(self, name: str, *, current: bool = False) -> Workspace:
        """current: as it is stored now, because a flow may be started as soon as it is published."""
        workspace = await (self._workspaces.current(name) if current else self._workspaces.get(name))
        if workspace is None:
            raise UnknownWorkspace(name)
        return workspace
