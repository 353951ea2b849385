"""States of conversations: from MongoDB, or as this process stored them last.

A conversation's records are processed by one replica, which therefore need not read again what it has just stored.
Another replica, a merge or a restore may change a conversation all the same: then its version differs, storing a
decision raises Conflict, and the state is loaded (`docs/decisions/0049-state-of-own-conversations.md`).
"""

from dataclasses import dataclass

from cachetools import TTLCache

from services.router.decided_records import DecidedRecords
from shared.clock import Clock
from shared.domain.conversation import Conversation, RecordedDecision
from shared.repositories.conversations import Conversations
from shared.repositories.erasure_guard import ErasureGuard
from shared.storage.documents import as_stored
from shared.storage.mongo import Mongo

_MOST = 5_000  # conversations, of some 3 kB
_KEPT_FOR = 900.0  # seconds: a customer's data does not stay in memory


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnState:
    """A conversation as this process stored it last. customer_known: the customer's document exists and names this
    conversation.
    """

    conversation: Conversation
    decided: DecidedRecords
    customer_known: bool

    def after(self, conversation: Conversation, recorded: RecordedDecision) -> "OwnState | None":
        """Return the state after another decision; None: not to be kept."""
        return _own_state(conversation, self.decided, recorded, customer_known=self.customer_known)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedState:
    """A conversation as MongoDB has it; None: it has none. recorded: the stored decision on the record in question."""

    conversation: Conversation | None
    decided: DecidedRecords
    recorded: RecordedDecision | None

    def after(self, conversation: Conversation, recorded: RecordedDecision, *, customer_known: bool) -> OwnState | None:
        """Return the state with a decision, also if it was loaded with it; None: not to be kept."""
        if self.recorded is not None and conversation.moved_to is None:
            return OwnState(conversation=conversation, decided=self.decided, customer_known=customer_known)
        return _own_state(conversation, self.decided, recorded, customer_known=customer_known)


def _own_state(
    conversation: Conversation, decided: DecidedRecords, recorded: RecordedDecision, *, customer_known: bool
) -> OwnState | None:
    if recorded.at is None or conversation.moved_to is not None:
        return None
    decided = decided.with_record(recorded.cause, recorded.at)
    # As it would be loaded: a due time, for instance, is compared with the one that the timer's poller reads.
    return OwnState(conversation=as_stored(conversation), decided=decided, customer_known=customer_known)


class ConversationStates:
    """One per router process. All methods that wait raise DependencyAway."""

    def __init__(self, mongo: Mongo, erasures: ErasureGuard, clock: Clock) -> None:
        self._mongo = mongo
        self._erasures = erasures
        self._own: TTLCache[tuple[str, str], OwnState] = TTLCache(_MOST, _KEPT_FOR, timer=clock.monotonic)

    async def take(self, workspace: str, conversation_id: str) -> OwnState | None:
        """Return the state that this process stored last, if it has it, and forget it until `keep`: if storing a
        decision fails, nobody knows the state. Never that of an erased customer.
        """
        own: OwnState | None = self._own.pop((workspace, conversation_id), None)
        if own is None or await self._erasures.since(workspace, conversation_id) is not None:
            return None
        return own

    def keep(self, own: OwnState | None) -> None:
        """Remember a stored state for the conversation's next record."""
        if own is not None:
            self._own[own.conversation.workspace, own.conversation.id] = own

    async def load(self, workspace: str, conversation_id: str, cause: str) -> LoadedState:
        """Return the state as MongoDB has it, with the decision on the record `cause` if it is kept."""
        conversations = Conversations(self._mongo, workspace)
        stored = await conversations.load_state(conversation_id)
        if stored is None:
            return LoadedState(conversation=None, decided=DecidedRecords(()), recorded=None)
        conversation, recorded = stored.conversation, None
        if any(cause == decided for decided, _ in stored.decided):
            found, recorded = await conversations.load(conversation_id, cause)
            conversation = found or conversation
        return LoadedState(conversation=conversation, decided=DecidedRecords(stored.decided), recorded=recorded)

    def forget_all(self) -> None:
        """Forget all states, as this replica has other partitions now."""
        self._own.clear()
