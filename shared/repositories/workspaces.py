"""The configuration of each workspace. Writers: `parley apply` and the console."""

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
_SHARED = ("account", "address")  # of a channel; a channel of another workspace may have the same
_ATTEMPTS = 10  # of a change, while others change the same workspace


class ChannelTaken(Exception):
    """Raised when a number of the workspace belongs to another workspace."""


class AccountShared(Exception):
    """Raised when a change would give a workspace an account or phone number that another workspace has."""


class WouldRemove(Exception):
    """Raised when a change would remove things without permission. removed: their paths; changes: the whole change."""

    def __init__(self, found: Sequence[Change]) -> None:
        self.changes = tuple(found)
        self.removed = tuple(change.path for change in losses(found))
        super().__init__(f"it would remove {', '.join(self.removed)}")


@dataclass(frozen=True, slots=True)
class Applied:
    """outcome: `created`, `changed` or `unchanged`. changes: see `shared.workspace.diff`; of a new one, to the
    defaults."""

    outcome: str
    changes: tuple[Change, ...] = ()


class Workspaces:
    """Reads workspaces through a cache of seconds, which serves longer while MongoDB cannot be reached."""

    def __init__(self, mongo: Mongo, clock: Clock) -> None:
        self._collection = mongo.collection(COLLECTION)
        self._clock = clock
        self._cache: dict[str, tuple[float, Workspace]] = {}

    def fresh(self, workspace: str) -> Workspace | None:
        """Return the workspace if the cache has it fresh, else None."""
        at, cached = self._cache.get(workspace, (0.0, None))
        return cached if cached is not None and self._clock.monotonic() - at < _FRESH else None

    async def get(self, workspace: str) -> Workspace | None:
        """Return the workspace; None if there is none. Raises DependencyAway."""
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
            found = cached  # the same object, so that values made from it stay valid (`RevisionCache`)
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
        """Create or change a workspace with any removal and sharing; return `created`, `changed` or `unchanged`.

        flows: the stored versions of the files that `wanted` names. Raises as `change`.
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
        """Create or change a workspace so that it equals `wanted`.

        share_account: whether it may newly have an account or phone number that another workspace has. dry_run: store
        nothing. Raises WouldRemove, ChannelTaken, AccountShared, Conflict (concurrent changes) and DependencyAway.
        """
        for _ in range(_ATTEMPTS):
            before = await self._collection.find_one({"_id": wanted.workspace})
            document = self._document(wanted, flows, before)
            if before is not None and _is_same(before, document):
                return Applied("unchanged")
            known = before or self._document(WorkspaceFile(workspace=wanted.workspace), (), None)  # all defaults
            applied = Applied("changed" if before else "created", changes(known, document))
            if losses(applied.changes) and not allow_removal:
                raise WouldRemove(applied.changes)
            document["revision"] = (before["revision"] if before else 0) + 1
            document["updated_at"] = self._clock.now()
            document["created_at"] = before["created_at"] if before else self._clock.now()
            await self._refuse_taken(wanted.workspace, document)
            if not share_account:
                await self._refuse_sharing(before, document)
            if dry_run:
                return applied
            if await self._put(before, document):
                await self._invalidate(wanted.workspace, before, document)
                return applied
        raise Conflict(f"`{wanted.workspace}` was changed by another writer at the same time; apply it again")

    async def reseal(self, workspace: str) -> int:
        """Encrypt the secrets of a workspace with the first key; return how many were not. Running services are not
        affected. Raises SecretUnreadable (a key is missing), Conflict and DependencyAway.
        """
        for _ in range(_ATTEMPTS):
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
                await self._invalidate(workspace, before)
                return count
        raise Conflict(f"`{workspace}` was changed by another writer at the same time; retry")

    async def keys_in_use(self, workspace: str) -> Counter[str]:
        """Return how many secrets of a workspace are encrypted with each key, by key id. Raises DependencyAway."""
        document = await self._collection.find_one({"_id": workspace})
        return Counter(key_id_of(sealed) for _, sealed, _, _ in _sealed(document)) if document else Counter()

    async def _refuse_taken(self, workspace: str, document: Document) -> None:
        """Raises ChannelTaken, as storing the document would."""
        keys = _values(document, "key")
        others = {"_id": {"$ne": workspace}, "channels.key": {"$in": sorted(keys)}}
        other = await self._collection.find_one(others) if keys else None
        if other is not None:
            both = ", ".join(sorted(keys & _values(other, "key")))
            raise ChannelTaken(f"a number of `{workspace}` belongs to another workspace: {both} is `{other['_id']}`'s")

    async def _refuse_sharing(self, before: Document | None, document: Document) -> None:
        """Raises AccountShared, except for what the workspace has already."""
        known = {channel[field] for channel in (before or {}).get("channels", []) for field in _SHARED}
        new = {field: _values(document, field) - known for field in _SHARED}
        either = [{f"channels.{field}": {"$in": sorted(values)}} for field, values in new.items() if values]
        other = await self._collection.find_one({"_id": {"$ne": document["_id"]}, "$or": either}) if either else None
        if other is not None:
            both = sorted(value for field, values in new.items() for value in values & _values(other, field))
            raise AccountShared(
                f"`{other['_id']}` has {', '.join(both)} already, and providers' events about an account go to all "
                "workspaces that have it"
            )

    async def _put(self, before: Document | None, document: Document) -> bool:
        """Replace the document that was read; return False if it has changed since."""
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

    async def _invalidate(self, workspace: str, *documents: Document | None) -> None:
        keys = {redis_key(f"w:{workspace}")}
        for document in filter(None, documents):
            for channel in document["channels"]:
                keys |= {redis_key(channel["key"]), redis_key(f"a:{channel['account']}")}
        try:
            await asyncio.gather(*(self._redis.put(key, CHANGED, CHANGED_SECONDS) for key in keys))
        except DependencyAway:
            return  # the entries expire within a minute

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
        """Return the encrypted form: the stored one if it has the same value, so that applying twice changes
        nothing."""
        if before is not None and self._secrets.opens(before, value, workspace=workspace, field=field):
            return before
        return self._secrets.encrypt(value, workspace=workspace, field=field)


def _sealed(document: Document) -> Iterator[tuple[str, str, Document, str]]:
    """Yield each secret of a document: the field that it is bound to, the stored form, its mapping and its name
    there."""
    for channel in document["channels"]:
        for name, sealed in channel.get("secrets", {}).items():
            yield f"{channel['id']}.{name}", sealed, channel["secrets"], name
    for hook in document.get("webhooks", []):
        for name, sealed in hook.get("secrets", {}).items():
            yield secret_field(hook["id"]), sealed, hook["secrets"], name


def _values(document: Document, field: str) -> set[str]:
    return {channel[field] for channel in document.get("channels", [])}


def _is_same(before: Document, after: Document) -> bool:
    ignored = ("revision", "updated_at", "created_at")
    return {key: value for key, value in before.items() if key not in ignored} == after
