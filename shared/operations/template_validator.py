"""Validates templates before they are sent, and names them as the provider does.

A definition in the workspace file goes before the one that `parley templates sync` has stored. Without either the
provider validates; on Twilio the name must then be a content id. The state is always the provider's latest report.
Customers who opted out of marketing get no marketing template.
"""

from contextlib import suppress
from datetime import timedelta

import msgspec
from cachetools import TTLCache

from shared.clock import Clock
from shared.messages.inbound import Provider
from shared.messages.outbound import Body, TemplateBody
from shared.providers.errors import ErrorKind, SendError
from shared.providers.port import Channel
from shared.providers.registry import PROVIDERS, limits_of
from shared.repositories.customers import Customers
from shared.repositories.provider_templates import ProviderTemplate, ProviderTemplates
from shared.repositories.workspaces import Workspaces
from shared.storage.mongo import Mongo
from shared.telemetry import logging
from shared.templates.definitions import TemplateDefinition
from shared.templates.rendering import render_template
from shared.templates.validation import completed, first_problem, state_problem

log = logging.get(__name__)

OPTED_OUT = "opted_out"
"""The error code of an opt-out that no provider reported."""

_FRESH = 5.0  # seconds for which a definition, or its absence, is cached
_MOST = 10_000
_PAUSED_FOR = timedelta(hours=3)  # Meta's shortest pause; an account event reports its end, if subscribed to
_MARKETING = "MARKETING"


class TemplateValidator:
    """Made once per process. Raises DependencyAway."""

    def __init__(self, mongo: Mongo, workspaces: Workspaces, clock: Clock) -> None:
        self._mongo = mongo
        self._workspaces = workspaces
        self._clock = clock
        self._cache: TTLCache[tuple[str, str, str, str], ProviderTemplate | None] = TTLCache(
            _MOST, _FRESH, timer=clock.monotonic
        )

    async def prepare(self, channel: Channel, body: TemplateBody, customer_id: str) -> TemplateBody | SendError:
        """Return the template as it is to be sent, or why it cannot be."""
        found, known = await self._definition(channel, body)
        category = (known.category if known else "") or (found.category if found else "")
        if category == _MARKETING and await self.has_opted_out(channel.workspace, customer_id):
            return OPTED_OUT_ERROR
        ready = prepare_template(channel.provider, body, found, known.status_at(self._clock.now()) if known else "")
        return _refused(ready) if isinstance(ready, str) else ready

    async def rendered_text(self, channel: Channel, body: Body) -> str:
        """Return a template as the customer reads it, for the history; empty for other bodies and unknown templates."""
        if not isinstance(body, TemplateBody):
            return ""
        found, _ = await self._definition(channel, body)
        return render_template(body, found) if found is not None else ""

    async def is_usable(self, workspace: str, account: str, name: str, language: str) -> bool:
        """Return whether the provider sends a template now, as far as is known. account: the channel's."""
        known = await self._known(workspace, account, name, language)
        return known is None or not state_problem(known.status_at(self._clock.now()))

    async def record_refusal(self, channel: Channel, body: TemplateBody, error: SendError) -> bool:
        """Store a template's state if a refusal reports it; return whether it does. A pause expires after three hours,
        another state with the next report.
        """
        account, now = _account(channel), self._clock.now()
        if not error.template or not account:
            return False
        until = now + _PAUSED_FOR if error.template == "PAUSED" else None
        templates = ProviderTemplates(self._mongo, channel.workspace)
        await templates.record_report(account, body.name, body.language, now, status=error.template, until=until)
        self._cache.pop((channel.workspace, account, body.name, body.language), None)
        log.warning("A template cannot be sent", template=body.name, language=body.language, status=error.template)
        return True

    async def _definition(
        self, channel: Channel, body: TemplateBody
    ) -> tuple[TemplateDefinition | None, ProviderTemplate | None]:
        """Return the template's definition (workspace file first, else the provider's) and the provider's reports."""
        workspace = await self._workspaces.get(channel.workspace)
        found = workspace.template(body.name, body.language) if workspace else None
        known = await self._known(channel.workspace, _account(channel), body.name, body.language)
        return found or (known.definition if known else None), known

    async def has_opted_out(self, workspace: str, customer_id: str) -> bool:
        """Return whether a customer wants no marketing messages."""
        customer = (await Customers(self._mongo, workspace).get_many([customer_id])).get(customer_id)
        return bool(customer and customer["opted_out"])

    async def _known(self, workspace: str, account: str, name: str, language: str) -> ProviderTemplate | None:
        if not account:
            return None
        key = (workspace, account, name, language)
        with suppress(KeyError):
            return self._cache[key]
        known = self._cache[key] = await ProviderTemplates(self._mongo, workspace).get(account, name, language)
        return known


def prepare_template(
    provider: Provider, body: TemplateBody, definition: TemplateDefinition | None, status: str
) -> TemplateBody | str:
    """Return the template as it is to be sent, or in words why it cannot be. Pure. definition: None: unknown."""
    if wrong := state_problem(status):
        return f"The template {body.name} ({body.language}) cannot be sent: {wrong}."
    if wrong := _unsupported(body, provider):
        return f"The template {body.name} ({body.language}) cannot be sent: {wrong}."
    if definition is not None:
        if wrong := first_problem(body, definition):
            return f"The template {body.name} ({body.language}) is not filled as it wants: {wrong}."
        filled = completed(body, definition)
        body = filled if limits_of(provider).template_parts else msgspec.structs.replace(filled, buttons=body.buttons)
        if body.names and not limits_of(provider).template_names:
            return f"The template {body.name} ({body.language}) has named parameters, which {provider} does not take."
    return PROVIDERS[provider].resolve_template(body, definition)


OPTED_OUT_ERROR = SendError(ErrorKind.OPT_OUT, code=OPTED_OUT, title="The customer wants no marketing messages.")


def _unsupported(body: TemplateBody, provider: Provider) -> str:
    """Return the error for template parts that the provider does not support; empty: none."""
    if limits_of(provider).template_parts or not (body.header or body.header_media or body.buttons):
        return ""
    return f"through {provider} only the parameters of its body can be given"


def _account(channel: Channel) -> str:
    return channel.settings.get("waba_id", "")


def _refused(why: str) -> SendError:
    title = "The template cannot be sent."
    return SendError(ErrorKind.PERMANENT, code="template_parameters", title=title, detail=why)
