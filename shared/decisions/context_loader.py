"""Loads the context of a decision. FAQ indexes and flows are loaded once per revision of a workspace."""

from collections.abc import Mapping
from typing import Any

from shared.clock import Clock
from shared.decisions.context import DecisionContext
from shared.decisions.flow_loader import FlowLoader
from shared.domain.conversation import Conversation
from shared.domain.customer import customer_view
from shared.domain.orders import Order
from shared.faq.index_cache import FaqIndexCache
from shared.storage.mongo import Mongo
from shared.workspace.config import Workspace


class ContextLoader:
    """One per router process. Raises DependencyAway."""

    def __init__(self, mongo: Mongo, clock: Clock) -> None:
        self._flows = FlowLoader(mongo)
        self._indexes = FaqIndexCache(mongo, clock)

    async def load(
        self,
        workspace: Workspace,
        customer: Mapping[str, Any] | None,
        conversation: Conversation | None,
        *,
        exceeded: str = "",
        order: Order | None = None,
    ) -> DecisionContext:
        """Return the context. customer: as `Customers.get` returns it, None for an unknown one. For the other
        arguments see `DecisionContext`.
        """
        return DecisionContext(
            workspace=workspace,
            faq=await self._indexes.get(workspace),
            customer=customer if customer is not None else customer_view(None),
            book=await self._flows.flow_book(workspace, conversation),
            exceeded=exceeded,
            order=order,
        )
