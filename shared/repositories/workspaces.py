"""Workspaces: how each is configured. Writers: `parley apply` and the console."""

from pymongo import IndexModel

from shared.clock import Clock
from shared.crypto import Secrets
from shared.errors import Conflict, DependencyAway
from shared.repositories.directory import redis_key
from shared.repositories.mongo import Document, Duplicate, Mongo
from shared.repositories.redis import Redis
from shared.workspace import (
    SECRET_FIELDS,
    SETTING_FIELDS,
    MetaChannel,
    TwilioChannel,
    Workspace,
    WorkspaceFile,
    recipient_key,
)

COLLECTION = "workspaces"
INDEXES = [
    IndexModel([("channels.key", 1)], name="recipient", unique=True, sparse=True),
    IndexModel([("channels.account", 1)], name="account"),
]
_FRESH = 5.0
_STALE = 900.0
_TRIES = 10  # of a change, while others change the same workspace


class ChannelTaken(Exception):
    """A number of this workspace belongs to another workspace."""


class Workspaces:
    """Reads with a cache of seconds in this process; while MongoDB is away, what is cached goes on serving."""

    def __init__(self, mongo: Mongo, clock: Clock) -> None:
        self._collection = mongo.collection(COLLECTION)
        self._clock = clock
        self._cache: dict[str, tuple[float, Workspace]] = {}

    async def get(self, workspace: str) -> Workspace | None:
        """The workspace; None when there is none. Raises DependencyAway."""
        at, cached = self._cache.get(workspace, (0.0, None))
        now = self._clock.monotonic()
        if cached is not None and now - at < _FRESH:
            return cached
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
            found = Workspace.model_validate(document)
        self._cache[workspace] = (now, found)
        return found


class WorkspaceEditor:
    """Writes workspaces."""

    def __init__(self, mongo: Mongo, redis: Redis, secrets: Secrets, clock: Clock) -> None:
        self._collection = mongo.collection(COLLECTION)
        self._redis = redis
        self._secrets = secrets
        self._clock = clock

    async def apply(self, wanted: WorkspaceFile) -> str:
        """Create or change a workspace: `created`, `changed` or `unchanged`.

        Raises ChannelTaken, Conflict (others changed it again and again meanwhile) and DependencyAway.
        """
        for _ in range(_TRIES):
            before = await self._collection.find_one({"_id": wanted.workspace})
            document = self._document(wanted, before)
            if before is not None and _same(before, document):
                return "unchanged"
            document["revision"] = (before["revision"] if before else 0) + 1
            document["updated_at"] = self._clock.now()
            document["created_at"] = before["created_at"] if before else self._clock.now()
            if await self._put(before, document):
                await self._forget(wanted.workspace, before, document)
                return "changed" if before else "created"
        raise Conflict(f"`{wanted.workspace}` was changed by somebody else at the same time; apply it again")

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
            await self._redis.delete(*sorted(keys))
        except DependencyAway:
            return  # the entries end by themselves within minutes

    def _document(self, wanted: WorkspaceFile, before: Document | None) -> Document:
        document = wanted.model_dump(mode="json", exclude={"channels", "workspace"})
        known = {channel["id"]: channel for channel in before["channels"]} if before else {}
        document["channels"] = [
            self._channel(wanted.workspace, channel, known.get(channel.id, {})) for channel in wanted.channels
        ]
        return {"_id": wanted.workspace, "workspace": wanted.workspace, **document}

    def _channel(self, workspace: str, channel: MetaChannel | TwilioChannel, before: Document) -> Document:
        fields = channel.model_dump(exclude_none=True)
        recipient = fields.get("phone_number_id") or channel.address
        account = fields.get("waba_id") or fields.get("account_sid")
        return {
            "id": channel.id,
            "provider": channel.provider,
            "address": channel.address,
            "key": recipient_key(channel.provider, recipient),
            "account": recipient_key(channel.provider, str(account)),
            "settings": {name: fields[name] for name in SETTING_FIELDS if name in fields},
            "secrets": {
                name: self._seal(workspace, channel.id, name, fields[name], before.get("secrets", {}).get(name))
                for name in SECRET_FIELDS
                if name in fields
            },
        }

    def _seal(self, workspace: str, channel: str, name: str, value: str, before: str | None) -> str:
        """The encrypted form; the stored one when it says the same, so that applying twice changes nothing."""
        field = f"{channel}.{name}"
        if before is not None and self._secrets.opens(before, value, workspace=workspace, field=field):
            return before
        return self._secrets.encrypt(value, workspace=workspace, field=field)


def _same(before: Document, after: Document) -> bool:
    ignored = ("revision", "updated_at", "created_at")
    return {key: value for key, value in before.items() if key not in ignored} == after
