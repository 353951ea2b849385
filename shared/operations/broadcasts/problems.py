"""What is wrong with a broadcast before it starts: it could reach nobody, or not as it is meant. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation

from shared.domain.broadcast import MOST_RATE, Broadcast, BroadcastFlow, BroadcastTemplate, BroadcastText
from shared.domain.customer import customer_view
from shared.flows.expressions import ExpressionError
from shared.flows.templates import parse
from shared.messages.outbound import TextBody
from shared.operations.broadcasts.pause_rules import channel_stopped
from shared.operations.template_validator import prepare_template
from shared.providers.fitting import split_to_fit
from shared.providers.registry import limits_of
from shared.repositories.channel_states import StoppedChannel
from shared.repositories.provider_templates import ProviderTemplate
from shared.workspace.config import StoredChannel, Workspace


def problems(
    broadcast: Broadcast,
    workspace: Workspace,
    stopped: Iterable[StoppedChannel] = (),
    known: ProviderTemplate | None = None,
    now: datetime | None = None,
) -> list[str]:
    """A sentence for each. stopped: the channels that are stopped now. known: what the provider has of its template.
    now: None: when the broadcast was made.
    """
    channel = workspace.channel(broadcast.channel)
    found = [*_numbers(broadcast), *_audience(broadcast, workspace)]
    if channel is None:
        return [*found, f"there is no channel {broadcast.channel!r}; there are: {_names(workspace.channels)}"]
    trip = channel_stopped(stopped, workspace.workspace, channel.id)
    return [
        *found,
        *([trip.why] if trip else []),
        *_what(broadcast, workspace, channel, known, now or broadcast.created_at),
    ]


def unknown_template(said: BroadcastTemplate, workspace: Workspace, languages: Sequence[str] | None) -> Iterator[str]:
    """Say so of a template that nobody has. languages: in which the account has it; None: it was never asked."""
    if languages is None or said.language in languages or workspace.template(said.name, said.language):
        return
    others = f"; there is {', '.join(f'{said.name} ({one})' for one in languages)}" if languages else ""
    yield (
        f"the account has no template {said.name} ({said.language}){others}: "
        "if it is new, run `parley templates sync` first"
    )


def _names(channels: Iterable[StoredChannel]) -> str:
    return ", ".join(channel.id for channel in channels) or "none"


def _numbers(broadcast: Broadcast) -> Iterator[str]:
    if not 0 < broadcast.rate <= MOST_RATE:
        yield f"the rate must be more than 0 and at most {MOST_RATE:g} messages a second"
    if not 0 < broadcast.most_failures <= 1:
        yield "the share of failures must be more than 0 and at most 1"
    try:
        price = Decimal(broadcast.price or "0")
    except InvalidOperation:
        yield f"the price {broadcast.price!r} is not a number"
    else:
        if not price.is_finite() or price < 0:
            yield f"the price {broadcast.price!r} is not an amount"


def _audience(broadcast: Broadcast, workspace: Workspace) -> Iterator[str]:
    names = [segment.name for segment in workspace.segments]
    if broadcast.segment and broadcast.segment not in names:
        yield f"there is no segment {broadcast.segment!r}; there are: {', '.join(names) or 'none'}"


def _what(
    broadcast: Broadcast, workspace: Workspace, channel: StoredChannel, known: ProviderTemplate | None, now: datetime
) -> Iterator[str]:
    match broadcast.what:
        case BroadcastFlow(flow=name):
            flows = [flow.name for flow in workspace.flows]
            if name not in flows:
                yield f"there is no flow {name!r}; there are: {', '.join(flows) or 'none'}"
        case BroadcastTemplate() as said:
            if not said.name.strip():
                yield "the template has no name"
            for text in said.texts:
                yield from _template(text)
            yield from _filled(said, workspace, channel, known, now)
        case BroadcastText(text=text):
            yield from _template(text)
            yield from _length(text, channel)


def _filled(
    said: BroadcastTemplate, workspace: Workspace, channel: StoredChannel, known: ProviderTemplate | None, now: datetime
) -> Iterator[str]:
    """What would be wrong with each of its messages. The workspace file has the first word, as with every template."""
    body = said.filled(_as_filled)
    definition = workspace.template(said.name, said.language) or (known.definition if known else None)
    status = known.status_at(now) if known else ""
    ready = prepare_template(channel.provider, body, definition, status)
    if isinstance(ready, str):
        yield ready


def _as_filled(text: str) -> str:
    """What is the same for everybody, or something in place of what is not."""
    try:
        fixed = parse(text).fixed
    except ExpressionError:
        fixed = None
    return "…" if fixed is None else fixed.strip()


def _template(text: str) -> Iterator[str]:
    """A text with `{{ … }}` is about `customer`, and about what is known of one."""
    try:
        expressions = parse(text).expressions
    except ExpressionError as error:
        yield f"the text cannot be read: {error}"
        return
    known = customer_view(None)
    for expression in expressions:
        for path in sorted(expression.paths):
            if path[0] != "customer" or (len(path) > 1 and path[1] not in known):
                yield f"`{'.'.join(path)}` is not known; there is customer.{', customer.'.join(known)}"


def _length(text: str, channel: StoredChannel) -> Iterator[str]:
    """Of a text that is the same for everybody; the others are measured one by one."""
    try:
        fixed = parse(text).fixed
    except ExpressionError:
        return
    if fixed is not None:
        count = len(split_to_fit(TextBody(body=fixed), limits_of(channel.provider)))
        if count != 1:
            yield "the text is empty" if not count else "the text is too long for one message of this provider"
