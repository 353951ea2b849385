"""Makes the desk for a decision. What belongs to a workspace is made once for each of its revisions."""

from collections.abc import Mapping
from typing import Any

from services.router.context import Desk
from services.router.flow_loader import Books
from shared.clock import Clock
from shared.domain.conversation import Conversation
from shared.domain.customer import as_facts
from shared.domain.orders import Order
from shared.faq.indexes import FaqIndexes
from shared.storage.mongo import Mongo
from shared.workspace.config import Workspace


class Desks:
    """Of one router process. Raises DependencyAway."""

    def __init__(self, mongo: Mongo, clock: Clock) -> None:
        self._books = Books(mongo)
        self._indexes = FaqIndexes(mongo, clock)

    async def desk(
        self,
        workspace: Workspace,
        customer: Mapping[str, Any] | None,
        conversation: Conversation | None,
        *,
        exceeded: str = "",
        order: Order | None = None,
    ) -> Desk:
        """customer: as the repository has it, None for a stranger. The rest: see `Desk`."""
        return Desk(
            workspace=workspace,
            faq=await self._indexes.of(workspace),
            customer=customer or as_facts(None),
            book=await self._books.of(workspace, conversation),
            exceeded=exceeded,
            order=order,
        )
