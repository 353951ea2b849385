"""Fetches the template definitions of a workspace's Meta accounts, and lists all that are known."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.clock import Clock
from shared.messages.inbound import Provider
from shared.operations.errors import NotFound, OperationRefused
from shared.providers.errors import MediaError
from shared.providers.media_download import open_media_session
from shared.providers.meta.definitions import MetaTemplates
from shared.providers.port import Channel
from shared.repositories.directory import Directory
from shared.repositories.provider_templates import ProviderTemplate, ProviderTemplates
from shared.repositories.workspaces import Workspaces
from shared.settings import Settings
from shared.storage.mongo import Mongo
from shared.templates.definitions import ReportedTemplate, TemplateDefinition


class TemplatesUnavailable(OperationRefused):
    """Raised when a workspace has no account with templates, or its provider refuses to list them."""

    reason = "templates-unavailable"


@dataclass(frozen=True, slots=True)
class SyncedAccount:
    """The result of a synchronisation of templates. templates: how many the account has. removed: how many it had at
    the last synchronisation and has no more.
    """

    account: str
    templates: int
    removed: int


@dataclass(frozen=True, slots=True)
class TemplateSync:
    """Stores the definitions that messages are checked against."""

    mongo: Mongo
    directory: Directory
    settings: Settings
    clock: Clock

    async def sync(self, workspace: str) -> list[SyncedAccount]:
        """Replace the stored templates of each Meta account of a workspace by its current ones.

        Raises TemplatesUnavailable, DependencyAway.
        """
        channels = await self.directory.by_workspace(workspace)
        accounts = {it.settings.get("waba_id", ""): it for it in channels if it.provider is Provider.META}
        if not accounts:
            raise TemplatesUnavailable(
                f"{workspace} has no Meta number; other templates are written in the workspace file"
            )
        return [await self._sync_account(workspace, account, channel) for account, channel in accounts.items()]

    async def _sync_account(self, workspace: str, account: str, channel: Channel) -> SyncedAccount:
        asked_at = self.clock.now()  # what is reported while the list is fetched is newer than the list
        try:
            found = await self._fetch(channel)
        except MediaError as error:
            raise TemplatesUnavailable(f"{workspace}, account {account}: {error}") from None
        removed = await ProviderTemplates(self.mongo, workspace).replace(account, found, asked_at)
        return SyncedAccount(account, len(found), removed)

    async def _fetch(self, channel: Channel) -> Sequence[ReportedTemplate]:
        graph_url, version = self.settings.meta_graph_url, self.settings.meta_graph_version
        async with open_media_session([graph_url]) as session:
            return await MetaTemplates(session, graph_url=graph_url, version=version).list(channel)


async def known_templates(mongo: Mongo, workspace: str, clock: Clock) -> list[dict[str, Any]]:
    """Return the definitions of the workspace file and of the last synchronisation as plain values, each with `status`,
    `reason`, `quality` and `from`. Raises NotFound, DependencyAway.
    """
    found = await Workspaces(mongo, clock).get(workspace)
    if found is None:
        raise NotFound(f"there is no workspace {workspace}")
    written = [{**one.model_dump(mode="json"), "status": "-", "from": "the file"} for one in found.templates]
    now = clock.now()
    return [*written, *(_row(one, now) for one in await ProviderTemplates(mongo, workspace).all())]


def _row(known: ProviderTemplate, now: datetime) -> dict[str, Any]:
    definition = known.definition or TemplateDefinition(name=known.name, language=known.language)
    return {
        **definition.model_dump(mode="json"),
        "status": known.status_at(now) or "-",
        "category": known.category or definition.category,
        "quality": known.quality,
        "reason": known.reason,
        "from": f"{known.account}, {known.at:%Y-%m-%d %H:%M} UTC" if known.definition else f"{known.account}, told",
    }
