"""Acts on what providers tell about accounts, numbers and templates, and keeps all of it.

The provider's table has the action for each event (`shared.providers.meta.events`); here it is done.
"""

from collections.abc import Awaitable, Callable

from services.delivery.channels.gate import ChannelGate
from shared.clock import Clock
from shared.domain.phone import canonical
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

Carry = Callable[[AccountEvent, AccountChange], Awaitable[None]]


class AccountEventHandler:
    """One per process. A redelivered event does not repeat an action that was undone since."""

    def __init__(
        self, mongo: Mongo, directory: Directory, gate: ChannelGate, states: ChannelStates, clock: Clock
    ) -> None:
        self._mongo = mongo
        self._directory = directory
        self._gate = gate
        self._states = states
        self._clock = clock
        self._logged: set[str] = set()
        self.carries: dict[EventAction, Carry] = {
            EventAction.UNKNOWN: self._log_once,
            EventAction.NOTED: _nothing,
            EventAction.PEOPLE_TOLD: _tell_people,
            EventAction.TEMPLATE_STATUS: self._template_status,
            EventAction.TEMPLATE_CATEGORY: self._template_category,
            EventAction.TEMPLATE_QUALITY: self._template_quality,
            EventAction.TEMPLATE_QUALITY_LOW: self._template_quality_low,
            EventAction.TEMPLATE_CHANGED: self._template_changed,
            EventAction.BROADCASTS_PAUSE: self._pause_broadcasts,
            EventAction.CHANNELS_RESUME: self._resume_channels,
            EventAction.CHANNELS_STOP: self._stop_channels,
        }

    async def on_event(self, event: AccountEvent) -> None:
        """Store an event and carry out its action. Raises DependencyAway."""
        told = PROVIDERS[event.provider].account_change(event.field, bytes(event.raw))
        metrics.ACCOUNT_EVENTS.labels(event.provider, told.action).inc()
        await self.carries[told.action](event, told)
        await AccountEvents(self._mongo, event.workspace).add(event, told.kind, told.action)

    async def _log_once(self, event: AccountEvent, told: AccountChange) -> None:
        """Each process logs an unknown kind once; the metric counts all."""
        if told.kind not in self._logged and len(self._logged) < _MOST_KINDS:
            self._logged.add(told.kind)
            log.warning("An account event of an unknown kind is kept", provider=event.provider, kind=told.kind)

    async def _template_status(self, event: AccountEvent, told: AccountChange) -> None:
        await self._template(event, told, status=told.value)

    async def _template_category(self, event: AccountEvent, told: AccountChange) -> None:
        await self._template(event, told, category=told.value)
        await self._pause_with_template(event, told, f"Meta has moved it to the category {told.value}: see its price")

    async def _template_quality(self, event: AccountEvent, told: AccountChange) -> None:
        await self._template(event, told, quality=told.value)

    async def _template_quality_low(self, event: AccountEvent, told: AccountChange) -> None:
        await self._template(event, told, quality=told.value)
        await self._pause_with_template(event, told, f"Meta rates its quality {told.value}")

    async def _template_changed(self, event: AccountEvent, told: AccountChange) -> None:
        if event.account and told.template:
            templates = ProviderTemplates(self._mongo, event.workspace)
            await templates.told(event.account, told.template, told.language, event.created_at, changed=True)

    async def _template(
        self, event: AccountEvent, told: AccountChange, *, status: str = "", category: str = "", quality: str = ""
    ) -> None:
        """Store a template's state, as of when it was told."""
        if not (event.account and told.template and told.value):
            return
        at = min(event.occurred_at or event.created_at, event.created_at)
        await ProviderTemplates(self._mongo, event.workspace).told(
            event.account, told.template, told.language, at, status=status, category=category, quality=quality
        )
        log.info("A template's state was told", template=told.template, language=told.language, state=told.value)

    async def _pause_with_template(self, event: AccountEvent, told: AccountChange, why: str) -> None:
        broadcasts = Broadcasts(self._mongo, event.workspace)
        channels = {channel.id for channel in await self._channels(event, told)}
        for id_, channel in await broadcasts.with_template(told.template, told.language):
            if channel in channels:
                await self._pause(event, id_, f"the template {told.template} ({told.language}): {why}", "template")

    async def _pause_broadcasts(self, event: AccountEvent, told: AccountChange) -> None:
        for channel in await self._channels(event, told):
            if told.number:
                what = f"the quality of the number {channel.id} has dropped"
                reason, kind = f"Meta says that {what} ({told.words.removeprefix(event.field).strip()})", "quality"
            else:
                reason, kind = f"Meta says of the account: {told.words}", "account"
            for id_ in await Broadcasts(self._mongo, event.workspace).running(channel.id):
                await self._pause(event, id_, reason, kind)
        if not told.number:
            await _tell_people(event, told)

    async def _pause(self, event: AccountEvent, id_: str, reason: str, kind: str) -> None:
        if await Broadcasts(self._mongo, event.workspace).pause(id_, reason, self._clock.now(), event=event.id):
            metrics.BROADCAST_PAUSES.labels(kind).inc()
            log.error("A broadcast stopped by itself", workspace_id=event.workspace, broadcast=id_, reason=reason)

    async def _stop_channels(self, event: AccountEvent, told: AccountChange) -> None:
        error = SendError(ErrorKind.CHANNEL, code=event.field, title=f"Meta says of the account: {told.words}")
        for channel in await self._channels(event, told):
            await self._gate.stop(channel, error, event.created_at)

    async def _resume_channels(self, event: AccountEvent, told: AccountChange) -> None:
        for channel in await self._channels(event, told):
            await self._states.request_resume(event.workspace, channel.id)

    async def _channels(self, event: AccountEvent, told: AccountChange) -> list[Channel]:
        """The channels that an event is about."""
        return [
            channel
            for channel in await self._directory.by_workspace(event.workspace)
            if channel.provider is event.provider
            and (not event.account or channel.settings.get("waba_id") == event.account)
            and (not told.number or canonical(channel.address) == told.number)
        ]


async def _nothing(event: AccountEvent, told: AccountChange) -> None:
    """Do nothing: the event is only stored."""


async def _tell_people(event: AccountEvent, told: AccountChange) -> None:
    log.error("The provider says that somebody should look at an account", account=event.account, said=told.words)
