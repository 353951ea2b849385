"""Workspaces: how each is configured. Writers: `parley apply` and the console."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass

from pymongo import IndexModel

from shared.clock import Clock
from shared.crypto import Secrets, key_id_of
from shared.errors import Conflict, DependencyAway
from shared.providers.port import recipient_key
from shared.repositories.directory import CHANGED, CHANGED_SECONDS, redis_key
from shared.storage.mongo import Document, Duplicate, Mongo
from shared.storage.redis import Redis
from shared.workspace.config import AnyChannel, FlowRef, WebhookOut, Workspace, WorkspaceFile
from shared.workspace.diff import Change, changes, losses
from shared.workspace.webhooks_out import secret_field

COLLECTION = "workspaces"
INDEXES = [
    IndexModel([("channels.key", 1)], name="recipient", unique=True, sparse=True),
    IndexModel([("channels.account", 1)], name="account"),
]
_FRESH = 5.0
_STALE = 900.0
_PLAIN_FIELDS = {"messages_per_second", "window_template"}
_SHARED = ("account", "address")  # of a channel: they name somebody, and another workspace's channel may have them too
_TRIES = 10  # of a change, while others change the same workspace


class ChannelTaken(Exception):
    """A number of this workspace belongs to another workspace."""


class AccountShared(Exception):
    """Raised when a change would give a workspace an account or a phone number that another workspace has already."""


class WouldRemove(Exception):
    """A change would take things away, and nobody said that it may. removed: their paths; changes: all of it."""

    def __init__(self, found: Sequence[Change]) -> None:
        self.changes = tuple(found)
        self.removed = tuple(change.path for change in losses(found))
        super().__init__(f"it would remove {', '.join(self.removed)}")


@dataclass(frozen=True, slots=True)
class Applied:
    """outcome: `created`, `changed` or `unchanged`. changes: of a new one, from the defaults; see `workspace_diff`."""

    outcome: str
    changes: tuple[Change, ...] = ()


class Workspaces:
    """Reads with a cache of seconds in this process; while MongoDB is away, what is cached goes on serving."""

    def __init__(self, mongo: Mongo, clock: Clock) -> None:
        self._collection = mongo.collection(COLLECTION)
        self._clock = clock
        self._cache: dict[str, tuple[float, Workspace]] = {}

    def fresh(self, workspace: str) -> Workspace | None:
        """The workspace as it was a few seconds ago; None when that is not known here: `get` knows."""
        at, cached = self._cache.get(workspace, (0.0, None))
        return cached if cached is not None and self._clock.monotonic() - at < _FRESH else None

    async def get(self, workspace: str) -> Workspace | None:
        """The workspace; None when there is none. Raises DependencyAway."""
        if (found := self.fresh(workspace)) is not None:
            return found
        at, cached = self._cache.get(workspace, (0.0, None))
        now = self._clock.monotonic()
        try:
            document = await self._collection.find_one({"_id": workspace})
        except DependencyAway:
            if cached is not None and now - at < _STALE:
                return cached
            raise
        if document is None:
            self._cache.pop(workspace, None)
            return None
        if cached is not None and cached.revision == document["revision"]:
            found = cached  # the same object, so that what was built from it stays good
        else:
            found = Workspace.model_validate(document, extra="ignore")  # fields of a later version
        self._cache[workspace] = (now, found)
        return found


class WorkspaceEditor:
    """Writes workspaces."""

    def __init__(self, mongo: Mongo, redis: Redis, secrets: Secrets, clock: Clock) -> None:
        self._collection = mongo.collection(COLLECTION)
        self._redis = redis
        self._secrets = secrets
        self._clock = clock

    async def apply(self, wanted: WorkspaceFile, flows: Sequence[FlowRef] = ()) -> str:
        """Create or change a workspace, whatever that takes away or shares: `created`, `changed` or `unchanged`.

        flows: what the files that `wanted` names were stored as. Raises as `change`.
        """
        return (await self.change(wanted, flows, allow_removal=True, share_account=True)).outcome

    async def change(
        self,
        wanted: WorkspaceFile,
        flows: Sequence[FlowRef] = (),
        *,
        allow_removal: bool,
        share_account: bool = False,
        dry_run: bool = False,
    ) -> Applied:
        """Create or change a workspace; it is then as `wanted` says, and nothing else.

        share_account: whether it may newly name an account or phone number that another workspace has. dry_run: only
        say what would be. Raises WouldRemove, ChannelTaken, AccountShared, Conflict (others changed it again and again
        meanwhile) and DependencyAway.
        """
        for _ in range(_TRIES):
            before = await self._collection.find_one({"_id": wanted.workspace})
            document = self._document(wanted, flows, before)
            if before is not None and _same(before, document):
                return Applied("unchanged")
            known = before or self._document(WorkspaceFile(workspace=wanted.workspace), (), None)  # all by default
            applied = Applied("changed" if before else "created", changes(known, document))
            if losses(applied.changes) and not allow_removal:
                raise WouldRemove(applied.changes)
            document["revision"] = (before["revision"] if before else 0) + 1
            document["updated_at"] = self._clock.now()
            document["created_at"] = before["created_at"] if before else self._clock.now()
            await self._look_for_owners(wanted.workspace, document)
            if not share_account:
                await self._refuse_sharing(before, document)
            if dry_run:
                return applied
            if await self._put(before, document):
                await self._forget(wanted.workspace, before, document)
                return applied
        raise Conflict(f"`{wanted.workspace}` was changed by somebody else at the same time; apply it again")

    async def reseal(self, workspace: str) -> int:
        """Encrypt the secrets of a workspace with the first key, where they are not; how many were. Running services go
        on with what they have. Raises SecretUnreadable (a key is missing), Conflict and DependencyAway.
        """
        for _ in range(_TRIES):
            before = await self._collection.find_one({"_id": workspace})
            if before is None:
                return 0
            document, count = deepcopy(before), 0
            for field, sealed, secrets, name in _sealed(document):
                if not self._secrets.is_current(sealed):
                    value = self._secrets.decrypt(sealed, workspace=workspace, field=field)
                    secrets[name] = self._secrets.encrypt(value, workspace=workspace, field=field)
                    count += 1
            document["revision"] = before["revision"] + 1
            if not count or await self._put(before, document):
                await self._forget(workspace, before)
                return count
        raise Conflict(f"`{workspace}` was changed by somebody else at the same time; try again")

    async def keys_in_use(self, workspace: str) -> Counter[str]:
        """By the keys' ids: how many secrets of a workspace are encrypted with each. Raises DependencyAway."""
        document = await self._collection.find_one({"_id": workspace})
        return Counter(key_id_of(sealed) for _, sealed, _, _ in _sealed(document)) if document else Counter()

    async def _look_for_owners(self, workspace: str, document: Document) -> None:
        """Raises ChannelTaken, as storing the document would."""
        keys = _values(document, "key")
        others = {"_id": {"$ne": workspace}, "channels.key": {"$in": sorted(keys)}}
        other = await self._collection.find_one(others) if keys else None
        if other is not None:
            both = ", ".join(sorted(keys & _values(other, "key")))
            raise ChannelTaken(f"a number of `{workspace}` belongs to another workspace: {both} is `{other['_id']}`'s")

    async def _refuse_sharing(self, before: Document | None, document: Document) -> None:
        """Raises AccountShared. What the workspace has already was allowed before."""
        known = {channel[field] for channel in (before or {}).get("channels", []) for field in _SHARED}
        new = {field: _values(document, field) - known for field in _SHARED}
        either = [{f"channels.{field}": {"$in": sorted(values)}} for field, values in new.items() if values]
        other = await self._collection.find_one({"_id": {"$ne": document["_id"]}, "$or": either}) if either else None
        if other is not None:
            both = sorted(value for field, values in new.items() for value in values & _values(other, field))
            raise AccountShared(
                f"`{other['_id']}` has {', '.join(both)} already, and what providers say of an account goes to all "
                "workspaces that have it"
            )

    async def _put(self, before: Document | None, document: Document) -> bool:
        """Store the document in place of the one that was read; False when that is not there any more."""
        name = document["_id"]
        try:
            if before is None:
                await self._collection.insert(document)
                return True
            return await self._collection.replace({"_id": name, "revision": before["revision"]}, document) == 1
        except Duplicate as error:
            if before is None and await self._collection.find_one({"_id": name}, {"_id": 1}) is not None:
                return False
            raise ChannelTaken(f"a number of `{name}` belongs to another workspace: {error}") from None

    async def _forget(self, workspace: str, *documents: Document | None) -> None:
        keys = {redis_key(f"w:{workspace}")}
        for document in filter(None, documents):
            for channel in document["channels"]:
                keys |= {redis_key(channel["key"]), redis_key(f"a:{channel['account']}")}
        try:
            await asyncio.gather(*(self._redis.put(key, CHANGED, CHANGED_SECONDS) for key in keys))
        except DependencyAway:
            return  # the entries end by themselves within a minute

    def _document(self, wanted: WorkspaceFile, flows: Sequence[FlowRef], before: Document | None) -> Document:
        document = wanted.model_dump(mode="json", exclude={"channels", "workspace", "flows", "webhooks"})
        document["flows"] = [flow.model_dump() for flow in flows]
        known = {channel["id"]: channel for channel in before["channels"]} if before else {}
        document["channels"] = [
            self._channel(wanted.workspace, channel, known.get(channel.id, {})) for channel in wanted.channels
        ]
        hooks = {hook["id"]: hook for hook in before.get("webhooks", [])} if before else {}
        document["webhooks"] = [
            self._webhook(wanted.workspace, hook, hooks.get(hook.id, {})) for hook in wanted.webhooks
        ]
        return {"_id": wanted.workspace, "workspace": wanted.workspace, **document}

    def _channel(self, workspace: str, channel: AnyChannel, before: Document) -> Document:
        plain = channel.model_dump(mode="json", include=_PLAIN_FIELDS)
        sealed: dict[str, str] = before.get("secrets", {})
        return {
            **{name: value for name, value in plain.items() if value is not None},
            "id": channel.id,
            "provider": channel.provider,
            "address": channel.address,
            "key": recipient_key(channel.provider, channel.recipient),
            "account": recipient_key(channel.provider, channel.account),
            "settings": channel.settings,
            "secrets": {
                name: self._seal(workspace, f"{channel.id}.{name}", value, sealed.get(name))
                for name, value in channel.secrets.items()
            },
        }

    def _webhook(self, workspace: str, hook: WebhookOut, before: Document) -> Document:
        sealed = self._seal(workspace, secret_field(hook.id), hook.secret, before.get("secrets", {}).get("secret"))
        return {**hook.model_dump(mode="json", exclude={"secret"}), "secrets": {"secret": sealed}}

    def _seal(self, workspace: str, field: str, value: str, before: str | None) -> str:
        """The encrypted form; the stored one when it says the same, so that applying twice changes nothing."""
        if before is not None and self._secrets.opens(before, value, workspace=workspace, field=field):
            return before
        return self._secrets.encrypt(value, workspace=workspace, field=field)


def _sealed(document: Document) -> Iterator[tuple[str, str, Document, str]]:
    """Each secret of a document: the field that it is bound to, what is stored, and where."""
    for channel in document["channels"]:
        for name, sealed in channel.get("secrets", {}).items():
            yield f"{channel['id']}.{name}", sealed, channel["secrets"], name
    for hook in document.get("webhooks", []):
        for name, sealed in hook.get("secrets", {}).items():
            yield secret_field(hook["id"]), sealed, hook["secrets"], name


def _values(document: Document, field: str) -> set[str]:
    return {channel[field] for channel in document.get("channels", [])}


def _same(before: Document, after: Document) -> bool:
    ignored = ("revision", "updated_at", "created_at")
    return {key: value for key, value in before.items() if key not in ignored} == after
