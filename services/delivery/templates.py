"""A template is checked against its definition before it is sent, and called what the provider calls it.

What the workspace file says of it comes first, then what `parley templates sync` has found. What neither knows is left
to the provider; on Twilio it has to be a content's id, for a name says nothing there.
"""

from collections import OrderedDict

import msgspec

from shared.clock import Clock
from shared.messages.inbound import Provider
from shared.messages.outbound import Body, TemplateBody
from shared.providers.errors import ErrorKind, SendError
from shared.providers.port import Channel
from shared.repositories.mongo import Mongo
from shared.repositories.templates import Known, Templates
from shared.repositories.workspaces import Workspaces
from shared.template_check import problem
from shared.template_text import rendered
from shared.templates import TemplateDefinition

_FRESH = 30.0  # seconds for which a definition, or that there is none, is believed
_MOST = 10_000
_CONTENT_SID = 34  # characters: HX and 32 more


class Checked:
    """One per process. Raises DependencyAway."""

    def __init__(self, mongo: Mongo, workspaces: Workspaces, clock: Clock) -> None:
        self._mongo = mongo
        self._workspaces = workspaces
        self._clock = clock
        self._cache: OrderedDict[tuple[str, str, str, str], tuple[float, Known | None]] = OrderedDict()

    async def ready(self, channel: Channel, body: TemplateBody) -> TemplateBody | SendError:
        """The template as it is to be sent, or why it cannot be."""
        found, status = await self._definition(channel, body)
        ready = sendable(channel.provider, body, found, status)
        return _refused(ready) if isinstance(ready, str) else ready

    async def text_of(self, channel: Channel, body: Body) -> str:
        """A template as the customer reads it, for the history; empty for other bodies, and when nobody knows it."""
        if not isinstance(body, TemplateBody):
            return ""
        found, _ = await self._definition(channel, body)
        return rendered(body, found) if found is not None else ""

    async def _definition(self, channel: Channel, body: TemplateBody) -> tuple[TemplateDefinition | None, str]:
        """With the provider's word for its state, where that is known."""
        workspace = await self._workspaces.get(channel.workspace)
        found = workspace.template(body.name, body.language) if workspace else None
        if found is not None:
            return found, ""
        known = await self._known(channel, body)
        return (known.definition, known.status) if known is not None else (None, "")

    async def _known(self, channel: Channel, body: TemplateBody) -> Known | None:
        account = channel.settings.get("waba_id", "")
        if not account:
            return None
        key, now = (channel.workspace, account, body.name, body.language), self._clock.monotonic()
        at, known = self._cache.get(key, (float("-inf"), None))
        if now - at >= _FRESH:
            known = await Templates(self._mongo, channel.workspace).get(account, body.name, body.language)
            self._cache[key] = (now, known)
            self._cache.move_to_end(key)
            while len(self._cache) > _MOST:
                self._cache.popitem(last=False)
        return known


def sendable(
    provider: Provider, body: TemplateBody, definition: TemplateDefinition | None, status: str
) -> TemplateBody | str:
    """The template as it is to be sent, or in words why it cannot be. definition: None when nobody knows it. Pure."""
    if definition is not None and (wrong := problem(body, definition, status)):
        return f"The template {body.name} ({body.language}) is not filled as it wants: {wrong}."
    if provider is not Provider.TWILIO:
        return body
    if definition is not None and definition.content_sid:
        return msgspec.structs.replace(body, name=definition.content_sid)
    if not (body.name.startswith("HX") and len(body.name) == _CONTENT_SID):
        return f"Twilio sends templates by a content_sid, and {body.name} has none in the workspace file."
    return body


def _refused(why: str) -> SendError:
    title = "The template cannot be sent."
    return SendError(ErrorKind.PERMANENT, code="template_parameters", title=title, detail=why)
