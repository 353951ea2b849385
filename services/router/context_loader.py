"""Makes the context for a decision. What belongs to a workspace is made once for each of its revisions."""

from collections.abc import Mapping
from typing import Any

from services.router.context import DecisionContext
from services.router.flow_loader import FlowLoader
from shared.clock import Clock
from shared.domain.conversation import Conversation
from shared.domain.customer import customer_view
from shared.domain.orders import Order
from shared.faq.indexes import FaqIndexes
from shared.storage.mongo import Mongo
from shared.workspace.config import Workspace


class ContextLoader:
    """Of one router process. Raises DependencyAway."""

    def __init__(self, mongo: Mongo, clock: Clock) -> None:
        self._books = FlowLoader(mongo)
        self._indexes = FaqIndexes(mongo, clock)

    async def context(
        self,
        workspace: Workspace,
        customer: Mapping[str, Any] | None,
        conversation: Conversation | None,
        *,
        exceeded: str = "",
        order: Order | None = None,
    ) -> DecisionContext:
        """customer: as the repository has it, None for a stranger. The rest: see `DecisionContext`."""
        return DecisionContext(
            workspace=workspace,
            faq=await self._indexes.of(workspace),
            customer=customer or customer_view(None),
            book=await self._books.of(workspace, conversation),
            exceeded=exceeded,
            order=order,
        )
