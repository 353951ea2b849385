"""Handles account events: what providers report of accounts, numbers and templates.

The provider's table has the action for each event (`shared.providers.meta.events`); all events are stored.
"""

from collections.abc import Awaitable, Callable

from services.delivery.channels.gate import ChannelGate
from services.delivery.publisher import DeliveryPublisher
from shared.clock import Clock
from shared.domain.phone import canonical
from shared.messages.events import EventKind
from shared.messages.inbound import AccountEvent
from shared.providers.account_events import AccountChange, EventAction
from shared.providers.errors import ErrorKind, SendError
from shared.providers.port import Channel
from shared.providers.registry import PROVIDERS
from shared.repositories.account_events import AccountEvents
from shared.repositories.broadcasts import Broadcasts
from shared.repositories.channel_states import ChannelStates
from shared.repositories.directory import Directory
from shared.repositories.provider_templates import ProviderTemplates
from shared.storage.mongo import Mongo
from shared.telemetry import logging, metrics

log = logging.get(__name__)

_MOST_KINDS = 1000  # unknown kinds remembered

ActionHandler = Callable[[AccountEvent, AccountChange], Awaitable[None]]


class AccountEventHandler:
    """Made once per process. A redelivered event does not repeat an action that was undone since."""

    def __init__(
        self,
        mongo: Mongo,
        directory: Directory,
        gate: ChannelGate,
        states: ChannelStates,
        clock: Clock,
        publisher: DeliveryPublisher | None = None,
    ) -> None:
        self._mongo = mongo
        self._directory = directory
        self._gate = gate
        self._states = states
        self._clock = clock
        self._publisher = publisher
        self._logged: set[str] = set()
        self.actions: dict[EventAction, ActionHandler] = {
            EventAction.UNKNOWN: self._log_once,
            EventAction.NO_ACTION: _store_only,
            EventAction.ALERT_OPERATOR: _alert_operators,
            EventAction.TEMPLATE_STATUS: self._template_status,
            EventAction.TEMPLATE_CATEGORY: self._template_category,
            EventAction.TEMPLATE_QUALITY: self._template_quality,
            EventAction.TEMPLATE_QUALITY_LOW: self._template_quality_low,
            EventAction.FORGET_TEMPLATE: self._template_changed,
            EventAction.PAUSE_BROADCASTS: self._pause_broadcasts,
            EventAction.RESUME_CHANNELS: self._resume_channels,
            EventAction.STOP_CHANNELS: self._stop_channels,
        }

    async def on_event(self, event: AccountEvent) -> None:
        """Store an event and carry out its action. Raises DependencyAway."""
        change = PROVIDERS[event.provider].account_change(event.field, bytes(event.raw))
        metrics.ACCOUNT_EVENTS.labels(event.provider, change.action).inc()
        await self.actions[change.action](event, change)
        await AccountEvents(self._mongo, event.workspace).add(event, change.kind, change.action, change.description)

    async def _log_once(self, event: AccountEvent, change: AccountChange) -> None:
        """Log an unknown kind once in each process; the metric counts all."""
        if change.kind not in self._logged and len(self._logged) < _MOST_KINDS:
            self._logged.add(change.kind)
            log.warning("Account event of an unknown kind", provider=event.provider, kind=change.kind)

    async def _template_status(self, event: AccountEvent, change: AccountChange) -> None:
        await self._template(event, change, status=change.value)

    async def _template_category(self, event: AccountEvent, change: AccountChange) -> None:
        await self._template(event, change, category=change.value)
        await self._pause_with_template(event, change, f"its category is now {change.value}: check its price")

    async def _template_quality(self, event: AccountEvent, change: AccountChange) -> None:
        await self._template(event, change, quality=change.value)

    async def _template_quality_low(self, event: AccountEvent, change: AccountChange) -> None:
        await self._template(event, change, quality=change.value)
        await self._pause_with_template(event, change, f"its quality is {change.value}")

    async def _template_changed(self, event: AccountEvent, change: AccountChange) -> None:
        if event.account and change.template:
            templates = ProviderTemplates(self._mongo, event.workspace)
            await templates.record_report(
                event.account, change.template, change.language, event.created_at, changed=True
            )
            await self._publish_template(event, change)

    async def _template(
        self, event: AccountEvent, change: AccountChange, *, status: str = "", category: str = "", quality: str = ""
    ) -> None:
        """Store a template's state, as of the event."""
        if not (event.account and change.template and change.value):
            return
        at = min(event.occurred_at or event.created_at, event.created_at)
        await ProviderTemplates(self._mongo, event.workspace).record_report(
            event.account,
            change.template,
            change.language,
            at,
            status=status,
            category=category,
            quality=quality,
            reason=change.reason,
        )
        log.info("Template state changed", template=change.template, language=change.language, state=change.value)
        await self._publish_template(event, change)

    async def _publish_template(self, event: AccountEvent, change: AccountChange) -> None:
        if self._publisher is not None:
            named = f"{change.template} {change.language}".strip()
            await self._publisher.changed(EventKind.TEMPLATE_CHANGED, event.workspace, event.id, detail=named)

    async def _pause_with_template(self, event: AccountEvent, change: AccountChange, why: str) -> None:
        broadcasts = Broadcasts(self._mongo, event.workspace)
        channels = {channel.id for channel in await self._channels(event, change)}
        for id_, channel in await broadcasts.with_template(change.template, change.language):
            if channel in channels:
                await self._pause(event, id_, f"the template {change.template} ({change.language}): {why}", "template")

    async def _pause_broadcasts(self, event: AccountEvent, change: AccountChange) -> None:
        for channel in await self._channels(event, change):
            if change.number:
                detail = change.description.removeprefix(event.field).strip()
                reason, kind = f"the quality of the number {channel.id} has dropped ({detail})", "quality"
            else:
                reason, kind = _account_report(change), "account"
            for id_ in await Broadcasts(self._mongo, event.workspace).running(channel.id):
                await self._pause(event, id_, reason, kind)
        if not change.number:
            await _alert_operators(event, change)

    async def _pause(self, event: AccountEvent, id_: str, reason: str, kind: str) -> None:
        broadcasts, now = Broadcasts(self._mongo, event.workspace), self._clock.now()
        if await broadcasts.pause(id_, reason, now, cause=kind, event=event.id):
            metrics.BROADCAST_PAUSES.labels(kind).inc()
            log.error("Broadcast paused", workspace_id=event.workspace, broadcast=id_, reason=reason)

    async def _stop_channels(self, event: AccountEvent, change: AccountChange) -> None:
        error = SendError(ErrorKind.CHANNEL, code=event.field, title=_account_report(change))
        for channel in await self._channels(event, change):
            await self._gate.stop(channel, error, event.created_at)

    async def _resume_channels(self, event: AccountEvent, change: AccountChange) -> None:
        for channel in await self._channels(event, change):
            await self._states.request_resume(event.workspace, channel.id)

    async def _channels(self, event: AccountEvent, change: AccountChange) -> list[Channel]:
        """Return the channels that an event is about."""
        return [
            channel
            for channel in await self._directory.by_workspace(event.workspace)
            if channel.provider is event.provider
            and (not event.account or channel.settings.get("waba_id") == event.account)
            and (not change.number or canonical(channel.address) == change.number)
        ]


def _account_report(change: AccountChange) -> str:
    return f"the provider reports about the account: {change.description}"


async def _store_only(event: AccountEvent, change: AccountChange) -> None:
    """Do nothing: the event is only stored."""


async def _alert_operators(event: AccountEvent, change: AccountChange) -> None:
    log.error("Account needs attention", account=event.account, report=change.description)
