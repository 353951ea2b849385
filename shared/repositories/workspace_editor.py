"""Writes the configuration of workspaces, for `parley apply`, the console and the API.

`change` makes a workspace equal to its file; `patch` edits it in the console. How the two get along:
`shared.workspace.ownership`.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from shared.clock import Clock
from shared.crypto import Secrets, SecretUnreadable, key_id_of
from shared.errors import Conflict, DependencyAway
from shared.repositories.directory import CHANGED, CHANGED_SECONDS, redis_key
from shared.repositories.workspace_changes import (
    ANYTHING,
    AccountShared,
    Applied,
    ChangedMeanwhile,
    ChangeOptions,
    ChannelTaken,
    ManagedByFile,
    Patched,
    PatchInvalid,
    Rotated,
    WorkspaceExists,
    WorkspaceMissing,
    WorkspaceView,
    WouldOverwrite,
    WouldRemove,
)
from shared.repositories.workspace_document import (
    ROTATIONS,
    KeptSecretMissing,
    SecretPlaceholders,
    WorkspaceDocuments,
    stored_secrets,
)
from shared.repositories.workspaces import COLLECTION, REGISTERED
from shared.storage.mongo import Document, Duplicate, Mongo
from shared.storage.redis import Redis
from shared.validation.error_texts import problems_of
from shared.workspace.config import FlowRef, WorkspaceFile
from shared.workspace.diff import changes, losses
from shared.workspace.file_form import file_form, without_flows
from shared.workspace.ownership import FIELD as OWNERSHIP
from shared.workspace.ownership import Ownership, digests, secret_paths
from shared.workspace.parts import Part, parts_of
from shared.workspace.webhooks_out import secret_field

_SHARED = ("account", "address")  # of a channel; a channel of another workspace may have the same
_MOST_ROTATIONS = 50  # causes that are kept of rotations of webhooks, so that a repeated one changes nothing
_ATTEMPTS = 10  # of a change, while others change the same workspace
_LONG_SECRET = 12  # characters, of a secret whose last four may be shown
_MOST_BYTES = 2 * 1024 * 1024  # of a workspace, as of a workspace file

Edit = Callable[[dict[str, Any]], Mapping[str, Any]]


class WorkspaceEditor:
    """Writes workspaces."""

    def __init__(self, mongo: Mongo, redis: Redis, secrets: Secrets, clock: Clock) -> None:
        self._collection = mongo.collection(COLLECTION)
        self._redis = redis
        self._secrets = secrets
        self._documents = WorkspaceDocuments(secrets)
        self._clock = clock

    async def apply(self, wanted: WorkspaceFile, flows: Sequence[FlowRef] = ()) -> str:
        """Create or change a workspace with any removal and sharing; return `created`, `changed` or `unchanged`.

        flows: the stored versions of the files that `wanted` names. Raises as `change`.
        """
        return (await self.change(wanted, flows, ANYTHING)).outcome

    async def change(
        self,
        wanted: WorkspaceFile,
        flows: Sequence[FlowRef],
        options: ChangeOptions,
        variables: Mapping[str, str] | None = None,
    ) -> Applied:
        """Create or change a workspace so that it equals the file `wanted`.

        variables: of the secrets, by path (`Ownership`). Raises WouldOverwrite, WouldRemove, ChannelTaken,
        AccountShared, Conflict (concurrent changes) and DependencyAway.
        """
        for _ in range(_ATTEMPTS):
            before = await self._collection.find_one({"_id": wanted.workspace})
            document = self._documents.build(wanted, flows, before)
            document[OWNERSHIP] = self._owned_by_file(wanted, document, before, variables or {})
            if before is not None and _is_same(before, document):
                if options.dry_run or await self._note_applied(before, document):
                    return Applied("unchanged")
                continue
            applied = self._compare(wanted.workspace, before, document)
            _refuse_losses(applied, before, options)
            self._stamp(before, document)
            await self._refuse_others(before, document, share_account=options.share_account)
            if options.dry_run:
                return applied
            if await self._put(before, document):
                await self._invalidate(wanted.workspace, before, document)
                return applied
        raise Conflict(f"`{wanted.workspace}` was changed by another writer at the same time; apply it again")

    async def create(self, form: Mapping[str, Any], *, registered: bool = False) -> int:
        """Create a workspace that no file describes; return its revision. form: as `WorkspaceFile` takes it.
        registered: for a person who registers: the document says so until the first change of the workspace. Raises
        PatchInvalid, WorkspaceExists, ChannelTaken, AccountShared and DependencyAway.
        """
        try:
            wanted = WorkspaceFile.model_validate(form)
        except ValidationError as error:
            raise PatchInvalid(list(problems_of(error, WorkspaceFile))) from None
        if await self._collection.find_one({"_id": wanted.workspace}, {"_id": 1}) is not None:
            raise WorkspaceExists(f"there is a workspace `{wanted.workspace}` already")
        document = self._documents.build(wanted, (), None)
        defaults = self._documents.build(WorkspaceFile(workspace=wanted.workspace), (), None)
        document[OWNERSHIP] = Ownership(applied=digests(defaults)).document()
        if registered:
            document[REGISTERED] = True
        self._stamp(None, document)
        await self._refuse_others(None, document, share_account=False)
        if not await self._put(None, document):
            raise WorkspaceExists(f"there is a workspace `{wanted.workspace}` already")
        await self._invalidate(wanted.workspace, document)
        return int(document["revision"])

    async def patch(self, workspace: str, edit: Edit, revision: int | None = None, *, dry_run: bool = False) -> Patched:
        """Edit a workspace in the console: secrets that the edit does not give anew stay as they are.

        edit: gets the workspace as a workspace file has it (`file_form`) and returns it changed; it may be called
        several times. revision: the one that the edit is based on; None: the present one. An account of another
        workspace is refused: providers' events about it go to all that have it, so only the operator shares it
        (`change`). Raises WorkspaceMissing, ChangedMeanwhile, PatchInvalid, ManagedByFile, ChannelTaken, AccountShared,
        Conflict and DependencyAway.
        """
        for _ in range(_ATTEMPTS):
            before = await self._read(workspace)
            if revision is not None and before["revision"] != revision:
                raise ChangedMeanwhile(workspace, before["revision"])
            document, given = self._edited(before, edit)
            found = changes(before, document)
            if not found:
                return Patched(before["revision"], ())
            owned = Ownership.of(before)
            _refuse_managed(owned, parts_of(change.path for change in found))
            document[OWNERSHIP] = owned.after_edit(before, document, found, given).document()
            self._stamp(before, document)
            await self._refuse_others(before, document, share_account=False)
            if dry_run:
                return Patched(before["revision"], found)
            if await self._put(before, document):
                await self._invalidate(workspace, before, document)
                return Patched(document["revision"], found)
        raise Conflict(f"`{workspace}` was changed by others at the same time; retry")

    async def rotate_webhook(
        self, workspace: str, webhook: str, secret: str, until: datetime, cause: str = ""
    ) -> Rotated:
        """Give a webhook a new secret; calls carry the signature of the old one too until then.

        cause: of the rotation; the same cause again changes nothing. Nor does the secret that the webhook has already,
        except that an earlier `until` ends the overlap earlier. Raises WorkspaceMissing (also without such a webhook),
        ManagedByFile, Conflict and DependencyAway.
        """
        for _ in range(_ATTEMPTS):
            before = await self._read(workspace)
            document = deepcopy(before)
            hook = next((one for one in document.get("webhooks", ()) if one["id"] == webhook), None)
            if hook is None:
                raise WorkspaceMissing(f"`{workspace}` has no webhook `{webhook}`")
            owned = Ownership.of(before)
            _refuse_managed(owned, (Part.WEBHOOKS,))
            causes = before.get(ROTATIONS, ())
            if (cause and cause in causes) or not self._rotate(workspace, hook, secret, until):
                return Rotated(before["revision"], hook.get("previous_until"))
            document[ROTATIONS] = [*causes, *([cause] if cause else [])][-_MOST_ROTATIONS:]
            path = f"webhooks[{webhook}].secret"
            document[OWNERSHIP] = owned.after_edit(before, document, changes(before, document), [path]).document()
            self._stamp(before, document)
            if await self._put(before, document):
                await self._invalidate(workspace, before, document)
                return Rotated(document["revision"], hook.get("previous_until"))
        raise Conflict(f"`{workspace}` was changed by others at the same time; retry")

    def _rotate(self, workspace: str, hook: Document, secret: str, until: datetime) -> bool:
        """Rotate the secret of a webhook's document; return False if nothing changes."""
        present, field = hook["secrets"]["secret"], secret_field(hook["id"])
        if self._holds(present, secret, workspace, field):
            if "previous" not in hook["secrets"] or until >= hook["previous_until"]:
                return False
        else:
            sealed = self._secrets.encrypt(secret, workspace=workspace, field=field)
            hook["secrets"] = {"secret": sealed, "previous": present}
        hook["previous_until"] = until
        return True

    def _holds(self, sealed: str, value: str, workspace: str, field: str) -> bool:
        """Return whether a stored secret has this value, with whatever key it is encrypted."""
        try:
            return self._secrets.decrypt(sealed, workspace=workspace, field=field) == value
        except SecretUnreadable:
            return False

    async def view(self, workspace: str) -> WorkspaceView:
        """Return a workspace as its file has it, without the values of secrets. Raises WorkspaceMissing,
        DependencyAway.
        """
        document = await self._read(workspace)
        owned = Ownership.of(document)
        return WorkspaceView(
            revision=document["revision"],
            form=file_form(document, lambda path: ""),
            secrets=secret_paths(document),
            owned=owned,
            edited=owned.edited(document),
            digests=digests(document),
            rotations={hook["id"]: at for hook in document.get("webhooks", ()) if (at := hook.get("previous_until"))},
        )

    async def last_characters(self, workspace: str, channel: str) -> dict[str, str]:
        """Return the last four characters of each secret of a channel; of a short one none. Raises WorkspaceMissing,
        SecretUnreadable, DependencyAway.
        """
        document = await self._read(workspace)
        found = next((one for one in document["channels"] if one["id"] == channel), None)
        if found is None:
            raise WorkspaceMissing(f"`{workspace}` has no channel `{channel}`")
        clear = {
            name: self._secrets.decrypt(sealed, workspace=workspace, field=f"{channel}.{name}")
            for name, sealed in found.get("secrets", {}).items()
        }
        return {name: value[-4:] if len(value) >= _LONG_SECRET else "" for name, value in clear.items()}

    async def _read(self, workspace: str) -> Document:
        document = await self._collection.find_one({"_id": workspace})
        if document is None:
            raise WorkspaceMissing(f"there is no workspace `{workspace}`")
        return document

    def _edited(self, before: Document, edit: Edit) -> tuple[Document, Sequence[str]]:
        """Return the edited document, and the paths of the secrets that were given anew. Raises PatchInvalid."""
        placeholders = SecretPlaceholders()
        form = edit(file_form(deepcopy(before), placeholders))
        if len(json.dumps(form, default=str)) > _MOST_BYTES:
            raise PatchInvalid([((), f"is larger than {_MOST_BYTES // 1024} KiB, the most that a workspace file has")])
        given_flows = form.get("flows") or []
        if not isinstance(given_flows, list):
            raise PatchInvalid([(("flows",), "a list is wanted here")])
        try:
            wanted = WorkspaceFile.model_validate(without_flows(form))
            flows = [FlowRef.model_validate(flow) for flow in given_flows]
            return self._documents.build(wanted, flows, before, placeholders), placeholders.given
        except ValidationError as error:
            raise PatchInvalid(list(problems_of(error, WorkspaceFile))) from None
        except KeptSecretMissing as error:
            raise PatchInvalid(error.problems) from None

    def _owned_by_file(
        self, wanted: WorkspaceFile, document: Document, before: Document | None, variables: Mapping[str, str]
    ) -> Document:
        """Return the ownership after the file is applied. The time changes with the rest only."""
        known = secret_paths(document)
        owned = Ownership(
            applied=digests(document),
            applied_at=Ownership.of(before).applied_at,
            file=tuple(part.value for part in wanted.managed_by_file),
            variables={path: name for path, name in variables.items() if path in known},
        )
        same = before is not None and _is_same(before, document) and Ownership.of(before) == owned
        return (owned if same else replace(owned, applied_at=self._clock.now())).document()

    async def _note_applied(self, before: Document, document: Document) -> bool:
        """Store what the file has applied, when that is all that changed; return False if another writer came first."""
        if Ownership.of(before) == Ownership.of(document):
            return True
        guard = {"_id": before["_id"], "revision": before["revision"]}
        return await self._collection.update(guard, {"$set": {OWNERSHIP: document[OWNERSHIP]}}) == 1

    def _compare(self, workspace: str, before: Document | None, document: Document) -> Applied:
        known = before or self._documents.build(WorkspaceFile(workspace=workspace), (), None)  # all defaults
        return Applied("changed" if before else "created", changes(known, document))

    def _stamp(self, before: Document | None, document: Document) -> None:
        document["revision"] = (before["revision"] if before else 0) + 1
        document["updated_at"] = self._clock.now()
        document["created_at"] = before["created_at"] if before else self._clock.now()

    async def _refuse_others(self, before: Document | None, document: Document, *, share_account: bool) -> None:
        """Raise ChannelTaken for numbers, and AccountShared for accounts, of another workspace."""
        await self._refuse_taken(document["_id"], document)
        if not share_account:
            await self._refuse_sharing(before, document)

    async def reseal(self, workspace: str) -> int:
        """Encrypt the secrets of a workspace with the first key; return how many were not. Running services are not
        affected. Raises SecretUnreadable (a key is missing), Conflict and DependencyAway.
        """
        for _ in range(_ATTEMPTS):
            before = await self._collection.find_one({"_id": workspace})
            if before is None:
                return 0
            document, count = deepcopy(before), 0
            for field, sealed, secrets, name in stored_secrets(document):
                if not self._secrets.is_current(sealed):
                    value = self._secrets.decrypt(sealed, workspace=workspace, field=field)
                    secrets[name] = self._secrets.encrypt(value, workspace=workspace, field=field)
                    count += 1
            document["revision"] = before["revision"] + 1
            if not count or await self._put(before, document):
                await self._invalidate(workspace, before)
                return count
        raise Conflict(f"`{workspace}` was changed by another writer at the same time; retry")

    async def sealed_secrets(self, workspace: str) -> list[tuple[str, str]]:
        """Return field and stored form of each secret of a workspace. Raises DependencyAway."""
        document = await self._collection.find_one({"_id": workspace})
        return [(field, sealed) for field, sealed, _, _ in stored_secrets(document)] if document else []

    async def keys_in_use(self, workspace: str) -> Counter[str]:
        """Return how many secrets of a workspace are encrypted with each key, by key id. Raises DependencyAway."""
        document = await self._collection.find_one({"_id": workspace})
        return Counter(key_id_of(sealed) for _, sealed, _, _ in stored_secrets(document)) if document else Counter()

    async def _refuse_taken(self, workspace: str, document: Document) -> None:
        """Raise ChannelTaken, as storing the document would."""
        keys = _values(document, "key")
        others = {"_id": {"$ne": workspace}, "channels.key": {"$in": sorted(keys)}}
        other = await self._collection.find_one(others) if keys else None
        if other is not None:
            raise ChannelTaken(keys & _values(other, "key"), other["_id"])

    async def _refuse_sharing(self, before: Document | None, document: Document) -> None:
        """Raise AccountShared, except for what the workspace has already."""
        known = {channel[field] for channel in (before or {}).get("channels", []) for field in _SHARED}
        new = {field: _values(document, field) - known for field in _SHARED}
        either = [{f"channels.{field}": {"$in": sorted(values)}} for field, values in new.items() if values]
        other = await self._collection.find_one({"_id": {"$ne": document["_id"]}, "$or": either}) if either else None
        if other is not None:
            both = {value for field, values in new.items() for value in values & _values(other, field)}
            raise AccountShared(both, other["_id"])

    async def _put(self, before: Document | None, document: Document) -> bool:
        """Replace the document that was read; return False if it has changed since."""
        name = document["_id"]
        try:
            if before is None:
                await self._collection.insert(document)
                return True
            return await self._collection.replace({"_id": name, "revision": before["revision"]}, document) == 1
        except Duplicate:  # its details name the other workspace's values
            if before is None and await self._collection.find_one({"_id": name}, {"_id": 1}) is not None:
                return False
            await self._refuse_taken(name, document)
            return False  # the other workspace has given the number up meanwhile

    async def _invalidate(self, workspace: str, *documents: Document | None) -> None:
        keys = {redis_key(f"w:{workspace}")}
        for document in filter(None, documents):
            for channel in document["channels"]:
                keys |= {redis_key(channel["key"]), redis_key(f"a:{channel['account']}")}
        try:
            await asyncio.gather(*(self._redis.put(key, CHANGED, CHANGED_SECONDS) for key in keys))
        except DependencyAway:
            return  # the entries expire within a minute


def _values(document: Document, field: str) -> set[str]:
    return {channel[field] for channel in document.get("channels", [])}


def _is_same(before: Document, after: Document) -> bool:
    ignored = ("revision", "updated_at", "created_at", OWNERSHIP, ROTATIONS)
    first, second = (
        {key: value for key, value in document.items() if key not in ignored} for document in (before, after)
    )
    return first == second


def _refuse_losses(applied: Applied, before: Document | None, options: ChangeOptions) -> None:
    """Raise WouldOverwrite for edits of the console that the file undoes, WouldRemove for what it does not list."""
    undone = Ownership.of(before).overwritten(before, applied.changes) if before is not None else ()
    if undone and not options.over_console:
        raise WouldOverwrite(applied.changes, undone)
    if losses(applied.changes) and not options.allow_removal:
        raise WouldRemove(applied.changes)


def _refuse_managed(owned: Ownership, parts: Sequence[Part]) -> None:
    """Raise ManagedByFile for parts that belong to the workspace file."""
    if managed := [part for part in parts if part.value in owned.file]:
        raise ManagedByFile(managed)
