"""The dry run of a broadcast: recipients, skipped ones with reasons, duration and cost as of now."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from shared.domain.broadcast import Broadcast, Recipient, Variant, variant_of
from shared.messages.broadcast_content import BroadcastTemplate
from shared.operations.broadcasts.audience import recipient_from_customer
from shared.operations.broadcasts.decide import SkipReason, decide
from shared.operations.broadcasts.problem_text import ProblemText
from shared.operations.broadcasts.problems import problems, unknown_template
from shared.operations.broadcasts.profiles import RecipientProfiles
from shared.repositories.broadcast_recipients import BroadcastRecipients
from shared.repositories.channel_states import ChannelStates
from shared.repositories.customers import Customers
from shared.repositories.provider_templates import ProviderTemplate, ProviderTemplates
from shared.storage.mongo import Mongo
from shared.workspace.config import Workspace

_PAGE = 500


@dataclass(frozen=True, slots=True)
class Estimate:
    """The result of a dry run. skipped: number by reason. seconds: at the broadcast's rate. cost: None: no price is
    known. undeliverable: recipients to send to whose last message could not be delivered. to_send_other: of `to_send`,
    those who get the second template of a comparison.
    """

    audience: int
    to_send: int
    skipped: dict[str, int]
    seconds: float
    cost: Decimal | None
    problems: tuple[ProblemText, ...]
    undeliverable: int = 0
    to_send_other: int = 0


async def estimate(
    mongo: Mongo,
    profiles: RecipientProfiles,
    broadcast: Broadcast,
    workspace: Workspace,
    now: datetime,
    recipients: Sequence[Recipient] | None = None,
) -> Estimate:
    """Return the estimate for the audience as it is now; nothing is sent or changed. recipients: of a broadcast to a
    list that is not stored. Raises DependencyAway.
    """
    wrong = await problems_now(mongo, broadcast, workspace, now)
    channel = workspace.channel(broadcast.channel)
    counted: Counter[str] = Counter()
    undeliverable = other = 0
    if channel is not None and not wrong:
        async for page in _audience(mongo, broadcast, workspace, now, recipients):
            for profile in await profiles.read(broadcast, page):
                content = decide(broadcast, channel.provider, profile, now)
                if isinstance(content, SkipReason):
                    counted[content.value] += 1
                    continue
                counted[""] += 1
                undeliverable += profile.undeliverable
                other += broadcast.other is not None and variant_of(profile.recipient.id) is Variant.B
    to_send, audience = counted.pop("", 0), counted.total()
    return Estimate(
        audience=audience + to_send,
        to_send=to_send,
        skipped=dict(counted.most_common()),
        seconds=to_send / broadcast.rate if not wrong else 0.0,
        cost=broadcast.costs(to_send) if not wrong else None,
        problems=tuple(wrong),
        undeliverable=undeliverable,
        to_send_other=other,
    )


async def problems_now(mongo: Mongo, broadcast: Broadcast, workspace: Workspace, now: datetime) -> list[ProblemText]:
    """Return what is wrong with a broadcast now, a sentence for each problem. Raises DependencyAway."""
    channel = workspace.channel(broadcast.channel)
    account = channel.settings.get("waba_id", "") if channel else ""
    stored = ProviderTemplates(mongo, broadcast.workspace)
    known: list[ProviderTemplate] = []
    unknown: list[ProblemText] = []
    for what in broadcast.contents:
        if isinstance(what, BroadcastTemplate) and account:
            report = await stored.get(account, what.name, what.language)
            known += [report] if report else []
            unknown += unknown_template(what, workspace, await stored.languages(account, what.name))
    stopped = await ChannelStates(mongo).stopped_channel(broadcast.workspace, broadcast.channel)
    return [*problems(broadcast, workspace, stopped, known, now), *unknown]


async def _audience(
    mongo: Mongo,
    broadcast: Broadcast,
    workspace: Workspace,
    now: datetime,
    listed: Sequence[Recipient] | None,
) -> AsyncIterator[Sequence[Recipient]]:
    if listed is not None:
        for start in range(0, len(listed), _PAGE):
            yield listed[start : start + _PAGE]
        return
    if not broadcast.segment:
        recipients, after = BroadcastRecipients(mongo, broadcast.workspace), ""
        while page := await recipients.page(broadcast.id, after=after, limit=_PAGE):
            yield page
            after = page[-1].id
        return
    segment = next(segment for segment in workspace.segments if segment.name == broadcast.segment)
    customers, after, more = Customers(mongo, broadcast.workspace), "", True
    while more:
        found, after = await customers.page(segment, now, after=after, limit=_PAGE)
        yield [recipient_from_customer(broadcast.id, customer) for customer in found]
        more = bool(after)
