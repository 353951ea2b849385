"""Puts conversations back in the queue whose agent can answer no more: removed, disabled, a viewer by now, without the
channel; or a program whose key was revoked.

What is to be looked at is stored with the members before the change, so that a change is never without it. It stays for
`GRACE` after the last conversation went back, because an assignment may still be on its way.
"""

from datetime import datetime, timedelta

from shared.clock import Clock
from shared.domain.accounts import can_answer
from shared.domain.conversation import Conversation
from shared.domain.ids import derived_id
from shared.kafka.ports import Producer
from shared.messages.commands import RELEASES, Assign
from shared.operations.conversations.commands import CommandSender
from shared.repositories.api_keys import ApiKeys
from shared.repositories.inbox import Folder, Inbox, InboxPosition, InboxView
from shared.repositories.members import KEY_HOLDER, Members
from shared.repositories.memberships import Memberships, PendingRelease
from shared.repositories.users import Users
from shared.storage.mongo import Mongo

GRACE = timedelta(minutes=10)
_AGAIN = timedelta(minutes=1)  # after which the same command is sent once more
_PAGE = 100


class ConversationReleases:
    """Of all workspaces. Several replicas may run it: their commands have the same ids."""

    def __init__(self, mongo: Mongo, producer: Producer, clock: Clock) -> None:
        self._mongo = mongo
        self._producer = producer
        self._clock = clock
        self._sent: dict[str, datetime] = {}

    async def run(self) -> int:
        """Send the commands that are due; return how many. Raises DependencyAway: the next run goes on."""
        now = self._clock.now()
        self._sent = {id_: at for id_, at in self._sent.items() if now - at < _AGAIN}
        sent = 0
        for one in await Memberships(self._mongo).pending_releases():
            found, new = await self._release(one, now)
            sent += new
            if not found and now - one.since >= GRACE:
                await Members(self._mongo, one.workspace).end_release(one.holder, one.since)
        return sent

    async def _release(self, one: PendingRelease, now: datetime) -> tuple[int, int]:
        """Return how many conversations the holder has in vain, and for how many of them a command was sent now."""
        found, sent = 0, 0
        after: InboxPosition | None = None
        sender = CommandSender(self._producer, self._clock, one.workspace)
        view = InboxView(folder=Folder.MINE, member=one.holder)
        while True:
            page = await Inbox(self._mongo, one.workspace).page(view, after=after, limit=_PAGE)
            for conversation in page.conversations:
                if await self._can_answer(one, conversation.channel):
                    continue
                found += 1
                sent += await self._send(sender, one, conversation, now)
            after = page.next
            if after is None:
                return found, sent

    async def _send(self, sender: CommandSender, one: PendingRelease, conversation: Conversation, now: datetime) -> int:
        id_ = derived_id("release", conversation.id, str(conversation.version))
        if id_ in self._sent:
            return 0
        fields = sender.fields(id_, RELEASES, conversation.id)
        await sender.send(Assign(to="", if_assigned=one.holder, **fields), conversation.shards)
        self._sent[id_] = now
        return 1

    async def _can_answer(self, one: PendingRelease, channel: str) -> bool:
        if one.holder.startswith(KEY_HOLDER):
            key = await ApiKeys(self._mongo, one.workspace).get(one.holder.removeprefix(KEY_HOLDER))
            return key is not None and key.is_valid(self._clock.now())
        member = await Members(self._mongo, one.workspace).get(one.holder)
        return can_answer(member, await Users(self._mongo).get(one.holder), channel)
