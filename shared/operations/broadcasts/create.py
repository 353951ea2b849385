"""Creates a broadcast as a draft, with the recipients of a CSV file if it has one."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import BinaryIO

from shared.clock import Clock
from shared.domain.broadcast import Broadcast, BroadcastStage, Recipient, broadcast_id
from shared.messages.broadcast_content import BroadcastContent, BroadcastTemplate
from shared.messages.operations import ListedRecipient
from shared.operations.broadcasts.problems import problems
from shared.operations.broadcasts.recipient_file import FileRecipients, listed_recipients, read_recipients
from shared.operations.errors import OperationRefused
from shared.repositories.broadcast_recipients import BroadcastRecipients
from shared.repositories.broadcasts import Broadcasts
from shared.storage.mongo import Mongo
from shared.workspace.config import Workspace

_BATCH = 500
_ABANDONED_AFTER = timedelta(minutes=10)  # a broadcast that is still being created is then replaced

OpenFile = Callable[[], AbstractContextManager[BinaryIO]]


class AudienceMissing(OperationRefused):
    """Raised when a broadcast has neither a segment nor a file, or both."""


class BroadcastInvalid(OperationRefused):
    """Raised for a broadcast that could never start; the text has all problems."""


class BroadcastExists(OperationRefused):
    """Raised when the name of a broadcast is taken."""

    reason = "broadcast-exists"


class FileAudienceEmpty(OperationRefused):
    """Raised for a file without a recipient. audience: the lines that are left out."""

    def __init__(self, audience: FileRecipients) -> None:
        super().__init__("has nobody to write to")
        self.audience = audience


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBroadcast:
    """A broadcast to be made. other: a second template for half of the recipients. channel: empty: the workspace's
    first. segment: empty for the recipients of a file. rate: messages a second. max_failures: the share of failures at
    which it stops by itself. price: of one message, for the estimate. by: who creates it. created_at: when it was asked
    for: the same request again finds its own draft; None: now.
    """

    name: str
    content: BroadcastContent
    by: str
    other: BroadcastTemplate | None = None
    channel: str = ""
    segment: str = ""
    rate: float = 10.0
    max_failures: float = 0.25
    price: str = ""
    currency: str = "USD"
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BroadcastCreator:
    """Creates broadcasts of one workspace."""

    mongo: Mongo
    workspace: Workspace
    clock: Clock

    async def create(
        self, wanted: NewBroadcast, open_file: OpenFile | None = None, listed: Sequence[ListedRecipient] = ()
    ) -> tuple[Broadcast, FileRecipients | None]:
        """Store a draft; nothing is sent before it is started. open_file: opens a CSV file of recipients; or `listed`
        has them.

        Return the draft, and the recipients of the file. Raises AudienceMissing, BroadcastInvalid, BroadcastExists,
        FileAudienceEmpty, HeaderInvalid, DependencyAway, and errors of `open_file`.
        """
        if [bool(wanted.segment), open_file is not None, bool(listed)].count(True) != 1:
            raise AudienceMissing("say for whom: a segment or a file")
        draft = self.draft(wanted)
        if wrong := problems(draft, self.workspace):
            raise BroadcastInvalid("; ".join(wrong))
        audience = await self._read(draft, open_file) if open_file is not None else None
        recipients = audience.recipients if audience else await listed_recipients(self.mongo, draft, listed)
        await self._store(draft, recipients)
        return draft, audience

    def draft(self, wanted: NewBroadcast) -> Broadcast:
        """Return the draft without storing it."""
        workspace = self.workspace.workspace
        return Broadcast(
            id=broadcast_id(workspace, wanted.name),
            workspace=workspace,
            name=wanted.name,
            channel=wanted.channel or next((one.id for one in self.workspace.channels), ""),
            what=wanted.content,
            other=wanted.other,
            created_at=wanted.created_at or self.clock.now(),
            by=wanted.by,
            segment=wanted.segment,
            stage=BroadcastStage.DRAFT if wanted.segment else BroadcastStage.MAKING,
            rate=wanted.rate,
            most_failures=wanted.max_failures,
            price=wanted.price,
            currency=wanted.currency if wanted.price else "",
        )

    async def _read(self, draft: Broadcast, open_file: OpenFile) -> FileRecipients:
        with open_file() as stream:
            audience = await read_recipients(self.mongo, self.workspace, draft.id, stream)
            if not audience.recipients:
                raise FileAudienceEmpty(audience)
            return audience

    async def _store(self, draft: Broadcast, recipients: Sequence[Recipient]) -> None:
        broadcasts = Broadcasts(self.mongo, draft.workspace)
        stored = BroadcastRecipients(self.mongo, draft.workspace)
        before = await broadcasts.get(draft.id)
        is_own = before is not None and _is_same_request(before, draft)
        if before is not None and not is_own and self._is_abandoned(before):
            await stored.clear(draft.id)
            await broadcasts.remove_unfinished(draft.id)
        if not is_own and not await broadcasts.create(draft):
            raise BroadcastExists(f"there is a broadcast {draft.name!r} already; give this one another name")
        for start in range(0, len(recipients), _BATCH):
            await stored.add(draft.id, recipients[start : start + _BATCH])
        if draft.stage is BroadcastStage.MAKING:
            await broadcasts.finish_making(draft.id)

    def _is_abandoned(self, broadcast: Broadcast) -> bool:
        """Return whether its creation was interrupted."""
        age = self.clock.now() - broadcast.created_at
        return broadcast.stage is BroadcastStage.MAKING and age > _ABANDONED_AFTER


def _is_same_request(before: Broadcast, draft: Broadcast) -> bool:
    """Return whether a stored broadcast is the draft of the same request; times are stored in milliseconds."""
    return before.by == draft.by and abs(before.created_at - draft.created_at) < timedelta(milliseconds=1)
