"""Problems of a broadcast before it starts, for which it would reach no recipient or look wrong. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation

from shared.domain.broadcast import MOST_RATE, Broadcast
from shared.domain.customer import customer_view
from shared.flows.expressions.error import ExpressionError
from shared.flows.expressions.text_template import parse_template
from shared.messages.broadcast_content import BroadcastFlow, BroadcastTemplate, BroadcastText
from shared.messages.outbound import TextBody
from shared.operations.broadcasts.pause_rules import channel_stopped
from shared.operations.broadcasts.problem_text import ProblemText
from shared.operations.template_validator import prepare_template
from shared.providers.fitting import split_to_fit
from shared.providers.registry import limits_of
from shared.repositories.channel_states import StoppedChannel
from shared.repositories.provider_templates import ProviderTemplate
from shared.workspace.config import StoredChannel, Workspace


def problems(
    broadcast: Broadcast,
    workspace: Workspace,
    stopped: StoppedChannel | None = None,
    known: Sequence[ProviderTemplate] = (),
    now: datetime | None = None,
) -> list[ProblemText]:
    """Return a sentence for each problem. stopped: its channel, if that is stopped. known: the provider's latest
    reports of the templates. now: None: when the broadcast was made.
    """
    channel = workspace.channel(broadcast.channel)
    found = [*_number_problems(broadcast), *_audience_problems(broadcast, workspace)]
    if channel is None:
        there = _names(workspace.channels)
        text = f"there is no channel {broadcast.channel!r}; there are: {there}"
        return [*found, ProblemText(text, "no_channel", channel=broadcast.channel, there=there)]
    pause = channel_stopped(stopped)
    return [
        *found,
        *([ProblemText(pause.why, "channel_stopped", why=pause.why)] if pause else []),
        *_comparison_problems(broadcast),
        *_content_problems(broadcast, workspace, channel, known, now or broadcast.created_at),
    ]


def unknown_template(
    template: BroadcastTemplate, workspace: Workspace, languages: Sequence[str] | None
) -> Iterator[ProblemText]:
    """Yield a problem for a template that neither file nor account has. languages: the account's; None: not
    synchronised."""
    if languages is None or template.language in languages or workspace.template(template.name, template.language):
        return
    others = f"; there is {', '.join(f'{template.name} ({language})' for language in languages)}" if languages else ""
    text = (
        f"the account has no template {template.name} ({template.language}){others}: "
        "if it is new, synchronise the templates first"
    )
    yield ProblemText(text, "no_template", name=template.name, language=template.language)


def _names(channels: Iterable[StoredChannel]) -> str:
    return ", ".join(channel.id for channel in channels) or "none"


def _number_problems(broadcast: Broadcast) -> Iterator[ProblemText]:
    if not 0 < broadcast.rate <= MOST_RATE:
        text = f"the rate must be more than 0 and at most {MOST_RATE:g} messages a second"
        yield ProblemText(text, "rate", most=f"{MOST_RATE:g}")
    if not 0 < broadcast.most_failures <= 1:
        yield ProblemText("the share of failures must be more than 0 and at most 1", "failures")
    try:
        price = Decimal(broadcast.price or "0")
    except InvalidOperation:
        yield ProblemText(f"the price {broadcast.price!r} is not a number", "price", price=broadcast.price)
    else:
        if not price.is_finite() or price < 0:
            yield ProblemText(f"the price {broadcast.price!r} is not an amount", "price", price=broadcast.price)


def _audience_problems(broadcast: Broadcast, workspace: Workspace) -> Iterator[ProblemText]:
    names = [segment.name for segment in workspace.segments]
    if broadcast.segment and broadcast.segment not in names:
        text = f"there is no segment {broadcast.segment!r}; there are: {', '.join(names) or 'none'}"
        yield ProblemText(text, "no_segment", segment=broadcast.segment)


def _comparison_problems(broadcast: Broadcast) -> Iterator[ProblemText]:
    if broadcast.other is not None and not isinstance(broadcast.what, BroadcastTemplate):
        yield ProblemText("only two templates can be compared", "only_templates")
    if broadcast.other == broadcast.what:
        yield ProblemText("both variants are the same", "same_variants")


def _content_problems(
    broadcast: Broadcast, workspace: Workspace, channel: StoredChannel, known: Sequence[ProviderTemplate], now: datetime
) -> Iterator[ProblemText]:
    for content in broadcast.contents:
        match content:
            case BroadcastFlow(flow=name):
                flows = [flow.name for flow in workspace.flows]
                if name not in flows:
                    text = f"there is no flow {name!r}; there are: {', '.join(flows) or 'none'}"
                    yield ProblemText(text, "no_flow", flow=name)
            case BroadcastTemplate() as template:
                if not template.name.strip():
                    yield ProblemText("the template has no name", "no_template_name")
                for text in template.texts:
                    yield from _text_problems(text)
                report = next((it for it in known if _is_of(it, template)), None)
                yield from _template_problems(template, workspace, channel, report, now)
            case BroadcastText(text=text):
                yield from _text_problems(text)
                yield from _length_problems(text, channel)


def _is_of(report: ProviderTemplate, template: BroadcastTemplate) -> bool:
    about = report.definition or report
    return (about.name, about.language) == (template.name, template.language)


def _template_problems(
    template: BroadcastTemplate,
    workspace: Workspace,
    channel: StoredChannel,
    known: ProviderTemplate | None,
    now: datetime,
) -> Iterator[ProblemText]:
    """Yield what would be wrong with each message. A definition in the workspace file goes before the provider's."""
    body = template.filled(_placeholder)
    definition = workspace.template(template.name, template.language) or (known.definition if known else None)
    status = known.status_at(now) if known else ""
    ready = prepare_template(channel.provider, body, definition, status)
    if isinstance(ready, str):
        yield ProblemText(ready, "template", said=ready)


def _placeholder(text: str) -> str:
    """Return a text without variables as it is sent, else a placeholder."""
    try:
        fixed = parse_template(text).fixed
    except ExpressionError:
        fixed = None
    return "…" if fixed is None else fixed.strip()


def _text_problems(text: str) -> Iterator[ProblemText]:
    """Yield problems of the `{{ … }}` in a text: only known fields of `customer` may be used."""
    try:
        expressions = parse_template(text).expressions
    except ExpressionError as error:
        yield ProblemText(f"the text cannot be read: {error}", "unreadable", said=str(error))
        return
    known = customer_view(None)
    for expression in expressions:
        for path in sorted(expression.paths):
            if path[0] != "customer" or (len(path) > 1 and path[1] not in known):
                there = f"customer.{', customer.'.join(known)}"
                name = ".".join(path)
                yield ProblemText(f"`{name}` is not known; there is {there}", "unknown_field", name=name, there=there)


def _length_problems(text: str, channel: StoredChannel) -> Iterator[ProblemText]:
    """Yield a problem for the length of a text without variables; others are measured for each recipient."""
    try:
        fixed = parse_template(text).fixed
    except ExpressionError:
        return
    if fixed is not None:
        count = len(split_to_fit(TextBody(body=fixed), limits_of(channel.provider)))
        if count != 1:
            empty, long = "the text is empty", "the text is too long for one message of this provider"
            yield ProblemText(long, "too_long") if count else ProblemText(empty, "empty")
