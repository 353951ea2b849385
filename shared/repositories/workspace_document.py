"""Builds the stored form of a workspace from a workspace file: secrets encrypted, numbers as providers name them."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel

from shared.crypto import Secrets
from shared.providers.port import recipient_key
from shared.storage.mongo import Document
from shared.validation.strict import Problem
from shared.workspace.config import AnyChannel, FlowRef, WebhookOut, WorkspaceFile
from shared.workspace.webhooks_out import secret_field

_PLAIN_FIELDS = {"messages_per_second", "window_template"}
_NOT_STORED = {"channels", "workspace", "flows", "webhooks", "managed_by_file"}
_ROTATION = ("previous_until",)
ROTATIONS = "rotations"  # field of a document: causes of the last rotations of its webhooks' secrets


class KeptSecretMissing(Exception):
    """Raised when a secret is to be kept that is not stored. problems: the places."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("a secret is missing")
        self.problems = tuple(problems)


@dataclass(slots=True)
class SecretPlaceholders:
    """Texts that stand for stored secrets while a form is edited; nobody can guess them.

    given: paths of the secrets that were given anew, and missing: places of placeholders without a stored secret, both
    filled in while the document is built.
    """

    token: str = field(default_factory=lambda: f"kept-{os.urandom(16).hex()}", repr=False)
    given: list[str] = field(default_factory=list)
    missing: list[Problem] = field(default_factory=list)

    def __call__(self, path: str) -> str:
        """Return the placeholder for a secret."""
        return self.token


class WorkspaceDocuments:
    """Builds documents; unchanged secrets keep their encrypted form."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets

    def build(
        self,
        wanted: WorkspaceFile,
        flows: Sequence[FlowRef],
        before: Document | None,
        placeholders: SecretPlaceholders | None = None,
    ) -> Document:
        """Return the document without revision and times. Raises KeptSecretMissing."""
        kept = placeholders or SecretPlaceholders()
        document = wanted.model_dump(mode="json", exclude=_NOT_STORED)
        document["bot"] = _without_defaults_of_none(wanted.bot, document["bot"])
        document["flows"] = [flow.model_dump() for flow in flows]
        channels = {channel["id"]: channel for channel in before["channels"]} if before else {}
        hooks = {hook["id"]: hook for hook in before.get("webhooks", [])} if before else {}
        document["channels"] = [
            self._channel(wanted.workspace, index, channel, channels.get(channel.id, {}), kept)
            for index, channel in enumerate(wanted.channels)
        ]
        document["webhooks"] = [
            self._webhook(wanted.workspace, index, hook, hooks.get(hook.id, {}), kept)
            for index, hook in enumerate(wanted.webhooks)
        ]
        if kept.missing:
            raise KeptSecretMissing(kept.missing)
        rotations = {ROTATIONS: before[ROTATIONS]} if before and ROTATIONS in before else {}
        return {"_id": wanted.workspace, "workspace": wanted.workspace, **document, **rotations}

    def _channel(
        self, workspace: str, index: int, channel: AnyChannel, before: Document, kept: SecretPlaceholders
    ) -> Document:
        plain = channel.model_dump(mode="json", include=_PLAIN_FIELDS)
        stored: dict[str, str] = before.get("secrets", {})
        sealed = {
            name: self._sealed(workspace, f"{channel.id}.{name}", value, stored.get(name), kept)
            for name, value in channel.secrets.items()
        }
        _note(kept, "channels", index, channel.id, stored, sealed)
        return {
            **{name: value for name, value in plain.items() if value is not None},
            "id": channel.id,
            "provider": channel.provider,
            "address": channel.address,
            "key": recipient_key(channel.provider, channel.recipient),
            "account": recipient_key(channel.provider, channel.account),
            "settings": channel.settings,
            "secrets": sealed,
        }

    def _webhook(
        self, workspace: str, index: int, hook: WebhookOut, before: Document, kept: SecretPlaceholders
    ) -> Document:
        stored: dict[str, str] = before.get("secrets", {})
        sealed = self._sealed(workspace, secret_field(hook.id), hook.secret, stored.get("secret"), kept)
        secrets = {"secret": sealed}
        _note(kept, "webhooks", index, hook.id, stored, secrets)
        rotation = {}
        if sealed == stored.get("secret") and "previous" in stored:  # the overlap of a rotation goes on
            secrets["previous"] = stored["previous"]
            rotation = {name: before[name] for name in _ROTATION if name in before}
        return {**hook.model_dump(mode="json", exclude={"secret"}), **rotation, "secrets": secrets}

    def _sealed(self, workspace: str, name: str, value: str, before: str | None, kept: SecretPlaceholders) -> str:
        """Return the encrypted form: the stored one if it is kept or has the same value, so that applying twice changes
        nothing; empty when there is none to keep."""
        if value == kept.token:
            return before or ""
        if before is not None and self._secrets.opens(before, value, workspace=workspace, field=name):
            return before
        return self._secrets.encrypt(value, workspace=workspace, field=name)


def _without_defaults_of_none(settings: BaseModel, stored: Document) -> Document:
    """Leave out what is not set: the version before may not know that it can be empty, and reads its own default."""
    fields = type(settings).model_fields
    return {name: value for name, value in stored.items() if value is not None or fields[name].default is not None}


def stored_secrets(document: Document) -> Iterator[tuple[str, str, Document, str]]:
    """Yield each secret of a document: the field that it is bound to, the stored form, its mapping and its name
    there."""
    for channel in document["channels"]:
        for name, sealed in channel.get("secrets", {}).items():
            yield f"{channel['id']}.{name}", sealed, channel["secrets"], name
    for hook in document.get("webhooks", []):
        for name, sealed in hook.get("secrets", {}).items():
            yield secret_field(hook["id"]), sealed, hook["secrets"], name


def _note(
    kept: SecretPlaceholders, items: str, index: int, id_: str, stored: dict[str, str], sealed: dict[str, str]
) -> None:
    """Note which secrets of a channel or webhook were given anew, and which are missing."""
    for name, value in sealed.items():
        if not value:
            kept.missing.append(((items, index, name), "is missing"))
        elif value != stored.get(name):
            kept.given.append(f"{items}[{id_}].{name}")
