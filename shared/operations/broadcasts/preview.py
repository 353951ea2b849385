"""Shows what some real people of an audience would get, before anything is stored or sent."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import zip_longest

from shared.domain.broadcast import Broadcast, Recipient, Variant, variant_of
from shared.messages.commands import StartFlow
from shared.messages.outbound import OutboundMessage, TemplateBody, TextBody
from shared.operations.broadcasts.audience import recipient_from_customer
from shared.operations.broadcasts.decide import SkipReason, decide
from shared.operations.broadcasts.profiles import RecipientProfile, RecipientProfiles
from shared.repositories.customers import Customers
from shared.repositories.provider_templates import ProviderTemplates
from shared.storage.mongo import Mongo
from shared.templates.definitions import TemplateDefinition
from shared.templates.rendering import render_template
from shared.workspace.config import StoredChannel, Workspace

_LOOKED_AT = 100  # people of the audience

Decided = tuple[RecipientProfile, OutboundMessage | StartFlow | SkipReason]


@dataclass(frozen=True, slots=True)
class PreviewedMessage:
    """The message that one recipient would get. customer_id: may be of nobody known. text: as the customer reads it; of
    a flow empty. skipped: why the person gets nothing; empty: gets it. parameters, header: the values of a template.
    variant: in a comparison of templates.
    """

    customer_id: str
    name: str
    identity: str
    text: str
    skipped: str
    parameters: tuple[str, ...] = ()
    header: str = ""
    variant: Variant | None = None


async def preview(
    mongo: Mongo,
    profiles: RecipientProfiles,
    broadcast: Broadcast,
    workspace: Workspace,
    now: datetime,
    recipients: Sequence[Recipient] | None,
    limit: int,
) -> list[PreviewedMessage]:
    """Return what people would get: first those who get something. recipients: None: those of the segment.

    Raises DependencyAway.
    """
    channel = workspace.channel(broadcast.channel)
    if channel is None:
        return []
    some = recipients[:_LOOKED_AT] if recipients is not None else await _segment(mongo, broadcast, workspace, now)
    read = await profiles.read(broadcast, some)
    decided = [(one, decide(broadcast, channel.provider, one, now)) for one in read]
    decided.sort(key=lambda pair: isinstance(pair[1], SkipReason))
    found = []
    for profile, content in _of_both(decided, limit) if broadcast.other else decided[:limit]:
        if isinstance(content, SkipReason):
            found.append(_person(profile, "", content.value))
        elif isinstance(content, OutboundMessage):
            found.append(await _message(mongo, channel, workspace, profile, content))
        else:
            found.append(_person(profile, "", ""))
    if broadcast.other is None:
        return found
    return [
        replace(one, variant=variant_of(of.recipient.id))
        for one, (of, _) in zip(found, _of_both(decided, limit), strict=True)
    ]


def _of_both(decided: Sequence[Decided], limit: int) -> list[Decided]:
    """Return the first of both variants, in turns."""
    halves = [[one for one in decided if variant_of(one[0].recipient.id) is half] for half in Variant]
    mixed = [one for pair in zip_longest(*halves) for one in pair if one is not None]
    return mixed[:limit]


async def _segment(mongo: Mongo, broadcast: Broadcast, workspace: Workspace, now: datetime) -> list[Recipient]:
    segment = next((one for one in workspace.segments if one.name == broadcast.segment), None)
    if segment is None:
        return []
    found, _ = await Customers(mongo, broadcast.workspace).page(segment, now, limit=_LOOKED_AT)
    return [recipient_from_customer(broadcast.id, customer) for customer in found]


async def _message(
    mongo: Mongo, channel: StoredChannel, workspace: Workspace, profile: RecipientProfile, message: OutboundMessage
) -> PreviewedMessage:
    body = message.body
    if isinstance(body, TextBody):
        return _person(profile, body.body, "")
    if not isinstance(body, TemplateBody):
        return _person(profile, "", "")
    definition = await _definition(mongo, channel, workspace, body)
    text = render_template(body, definition) if definition else ""
    return _person(profile, text, "", body.parameters, body.header)


async def _definition(
    mongo: Mongo, channel: StoredChannel, workspace: Workspace, body: TemplateBody
) -> TemplateDefinition | None:
    for one in workspace.templates:
        if (one.name, one.language) == (body.name, body.language):
            return one
    account = channel.settings.get("waba_id", "")
    known = await ProviderTemplates(mongo, workspace.workspace).get(account, body.name, body.language)
    return known.definition if known else None


def _person(
    profile: RecipientProfile, text: str, skipped: str, parameters: tuple[str, ...] = (), header: str = ""
) -> PreviewedMessage:
    known = profile.customer or {}
    return PreviewedMessage(
        customer_id=known.get("id") or "",
        name=known.get("name") or profile.recipient.name,
        identity=profile.identity,
        text=text,
        skipped=skipped,
        parameters=parameters,
        header=header,
    )
