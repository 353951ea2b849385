"""Makes the tools of each try from the stores and from indexes, which are built once for each revision of a
workspace."""

import asyncio

from services.ai.prompt import lists
from services.ai.prompt.lists import ListedParts
from services.ai.tools.box import RequestTools, ToolContext
from services.ai.tools.catalogue import CatalogueIndex
from services.ai.tools.port import ToolSpec
from services.ai.tools.specs import offered
from shared.clock import Clock
from shared.domain.conversation import Conversation
from shared.faq.index import FaqIndex
from shared.messages.ai import AiRequest
from shared.repositories.orders import Orders
from shared.storage.mongo import Mongo
from shared.workspace.config import Workspace
from shared.workspace.revision_cache import RevisionCache

_THRESHOLD = 0.72  # fixed instead of calibrated: a model gets the nearest FAQs, sure or not

_Indexes = tuple[FaqIndex, CatalogueIndex, ListedParts]


class ToolKit:
    """Made once per process."""

    def __init__(self, mongo: Mongo, clock: Clock) -> None:
        self._mongo = mongo
        self._clock = clock
        self._indexes = RevisionCache[_Indexes]()

    def specs(self, workspace: Workspace) -> tuple[ToolSpec, ...]:
        """Return the tools of a workspace, as they are described to a model."""
        return offered(workspace)

    async def prepare(self, workspace: Workspace) -> None:
        """Build the indexes of a workspace in a thread, so that the event loop stays free."""
        if self._indexes.get(workspace) is None:
            self._indexes.put(workspace, await asyncio.to_thread(_indexes, workspace))

    def faq(self, workspace: Workspace) -> FaqIndex:
        """Return the index of the workspace's FAQ."""
        return self._of(workspace)[0]

    def nearest(self, workspace: Workspace, question: str) -> str:
        """Return the entries of the FAQ and the catalogue nearest to a question, of lists that the prompt has not
        whole; empty: there are none.
        """
        faq, catalogue, shown = self._of(workspace)
        return lists.nearest(workspace, shown, faq, catalogue, question)

    def tools_for(self, workspace: Workspace, request: AiRequest, conversation: Conversation | None) -> RequestTools:
        """Return the tools for one try to answer a request."""
        faq, catalogue, _ = self._of(workspace)
        scene = ToolContext(
            workspace=workspace,
            customer_id=request.customer_id,
            cart=conversation.cart if conversation is not None else (),
            faq=faq,
            catalogue=catalogue,
            orders=Orders(self._mongo, request.workspace),
        )
        return RequestTools(scene, self._clock)

    def _of(self, workspace: Workspace) -> _Indexes:
        return self._indexes.get_or_make(workspace, _indexes)


def _indexes(workspace: Workspace) -> _Indexes:
    return FaqIndex(workspace.faqs, _THRESHOLD), CatalogueIndex(workspace.catalog), lists.listed(workspace)
