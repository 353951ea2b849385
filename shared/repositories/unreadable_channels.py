"""Finds channels and webhooks out whose secrets cannot be read with SECRETS_KEY of this process, in all workspaces."""

from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.crypto import Secrets, SecretUnreadable
from shared.repositories.workspaces import COLLECTION
from shared.storage.mongo import Document, Mongo
from shared.workspace.webhooks_out import secret_field

WEBHOOK = "webhook"
_AT_ONCE = 1000  # workspaces in one query
_FIELDS = {
    **{f"channels.{name}": 1 for name in ("id", "provider", "secrets")},
    **{f"webhooks.{name}": 1 for name in ("id", "secrets", "previous_until")},
}


@dataclass(frozen=True, slots=True)
class UnreadableChannel:
    """A channel or webhook out with a secret that no present key decrypts. provider: of the channel; `webhook` for a
    webhook out. reason: names the secret and the key's id, without a value.
    """

    workspace: str
    provider: str
    id: str
    reason: str


async def unreadable_channels(mongo: Mongo, secrets: Secrets, now: datetime) -> AsyncIterator[UnreadableChannel]:
    """Yield each of them once: those with a secret that is used at `now`. Raises DependencyAway."""
    workspaces, after = mongo.collection(COLLECTION), ""
    while found := await workspaces.find({"_id": {"$gt": after}}, fields=_FIELDS, sort=[("_id", 1)], limit=_AT_ONCE):
        for document in found:
            for problem in _problems(document, secrets, now):
                yield problem
        after = found[-1]["_id"]


def _problems(document: Document, secrets: Secrets, now: datetime) -> Iterator[UnreadableChannel]:
    workspace = document["_id"]
    for channel in document.get("channels", ()):
        fields = [(f"{channel['id']}.{name}", sealed) for name, sealed in channel.get("secrets", {}).items()]
        if reason := _reason(secrets, workspace, fields):
            yield UnreadableChannel(workspace, channel["provider"], channel["id"], reason)
    for hook in document.get("webhooks", ()):
        if reason := _reason(secrets, workspace, _signing(hook, now)):
            yield UnreadableChannel(workspace, WEBHOOK, hook["id"], reason)


def _signing(hook: dict[str, Any], now: datetime) -> list[tuple[str, str]]:
    """Return the field and the value of each secret that signs: during a rotation the previous one, too."""
    until = hook.get("previous_until")
    names = ("secret", "previous") if until is not None and now < until else ("secret",)
    found = hook.get("secrets", {})
    return [(secret_field(hook["id"]), found[name]) for name in names if name in found]


def _reason(secrets: Secrets, workspace: str, fields: Iterable[tuple[str, str]]) -> str:
    for field, sealed in fields:
        try:
            secrets.decrypt(sealed, workspace=workspace, field=field)
        except SecretUnreadable as error:
            return str(error)
    return ""
