"""Checks of one channel: credentials, the provider's answer to them, webhooks, and whether it sends."""

from collections.abc import Iterator
from dataclasses import dataclass

from shared.clock import Clock
from shared.crypto import Secrets, SecretUnreadable
from shared.messages.inbound import Provider
from shared.operations.channel_reports import ChannelReport, channel_reports
from shared.operations.checks.check import Check
from shared.operations.errors import NotFound
from shared.providers.errors import ChannelRefused
from shared.providers.media_download import open_media_session
from shared.providers.port import Channel
from shared.providers.registry import PROVIDERS
from shared.repositories.directory import Directory
from shared.settings import Settings
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis

CODES = (
    *("unreadable", "set", "app_secret", "no_app_secret", "accepted", "refused", "webhook", "no_webhook"),
    *("wrong_signature", "sends", "stopped"),
)
"""All codes of these checks; the console has words for each in every language."""


class ChannelNotFound(NotFound):
    """Raised when a workspace has no such channel."""


@dataclass(frozen=True, slots=True)
class ChannelChecks:
    """Checks channels of one installation."""

    mongo: Mongo
    redis: Redis
    secrets: Secrets
    settings: Settings
    clock: Clock

    async def run(self, workspace: str, channel: str) -> list[Check]:
        """Return the results. Raises ChannelNotFound, DependencyAway."""
        try:
            found = await Directory(self.mongo, self.redis, self.secrets, self.clock).channel(workspace, channel)
        except SecretUnreadable as error:
            advice = "set them anew, or add the key to SECRETS_KEY"
            return [Check("credentials", False, str(error), advice=advice, code="unreadable")]
        if found is None:
            raise ChannelNotFound(f"there is no channel `{channel}`")
        reports = await channel_reports(self.mongo, self.redis, workspace, [channel])
        access = await self._access(found)
        return [*self._credentials(found), *access, *_webhooks(reports[channel]), _sending(reports[channel])]

    def _credentials(self, channel: Channel) -> Iterator[Check]:
        names = ", ".join(sorted(channel.secrets))
        yield Check("credentials", True, f"{names} set", code="set", values={"names": names})
        if channel.provider is Provider.META and not self.settings.meta_app_secret.get_secret_value():
            known = bool(channel.secrets.get("app_secret"))
            text = "the app's secret is set" if known else "there is no app secret, so no webhook can be verified"
            advice = "set app_secret, or META_APP_SECRET for all workspaces"
            yield Check("app secret", known, text, advice=advice, code="app_secret" if known else "no_app_secret")

    async def _access(self, channel: Channel) -> list[Check]:
        """Call the provider with the channel's credentials."""
        adapter = PROVIDERS[channel.provider]
        if adapter.check_access is None:
            return []
        try:
            async with open_media_session([adapter.api_url(self.settings)]) as session:
                await adapter.check_access(session, self.settings, channel)
        except ChannelRefused as refused:
            return [_refused(adapter.title, refused)]
        return [Check(adapter.title, True, "accepts the credentials", code="accepted")]


def _refused(title: str, refused: ChannelRefused) -> Check:
    """Return the check of a call that the provider refused, with the fields that may be wrong."""
    advice = refused.advice
    if refused.fields:
        advice = f"fill in {' or '.join(refused.fields)} anew, then check again"
    said = {"said": str(refused)}
    return Check(title, False, str(refused), advice=advice, fields=refused.fields, code="refused", values=said)


def _webhooks(report: ChannelReport) -> Iterator[Check]:
    accepted, refused = report.accepted_at, report.refused_at
    text = f"the last one came at {accepted:%Y-%m-%d %H:%M} UTC" if accepted else "none has come yet"
    advice, code = "give the provider the webhook's address", "webhook" if accepted else "no_webhook"
    at = {"at": accepted.isoformat()} if accepted else {}
    yield Check("webhooks", accepted is not None, text, advice=advice, code=code, values=at)
    if refused is not None and (accepted is None or refused > accepted):
        text = f"one was refused at {refused:%Y-%m-%d %H:%M} UTC: its signature was wrong"
        advice, at = "compare the secret with the provider's", {"at": refused.isoformat()}
        yield Check("signature", False, text, advice=advice, code="wrong_signature", values=at)


def _sending(report: ChannelReport) -> Check:
    if report.stopped is None:
        return Check("sending", True, "the channel is not stopped", code="sends")
    held = report.stopped.held
    waiting = "1 message waits" if held == "1" else f"{held} messages wait"
    text = f"the provider refuses it: {report.stopped.reason}; {waiting}"
    advice = "renew the credentials, or resume it after repairing the account"
    values = {"reason": report.stopped.reason, "held": held}
    return Check("sending", False, text, advice=advice, code="stopped", values=values)
