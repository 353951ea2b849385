"""Formats the outcome of a simulated flow as lines."""

from collections.abc import Iterator
from typing import Any

from shared.domain.conversation import CustomerChange, OrderPlaced
from shared.flows.engine.outcome import FlowOutcome
from shared.messages.outbound import Body, ButtonsBody, ListBody, MediaBody, TemplateBody, TextBody


def outcome_lines(outcome: FlowOutcome) -> Iterator[str]:
    """Yield the lines of an outcome, in the order in which it happens."""
    for body in outcome.bodies:
        yield from _message_lines(body)
    for effect in outcome.effects:
        yield f"  · {_effect(effect)}"
    if outcome.cart is not None:
        yield f"  · cart: {', '.join(f'{line.quantity} x {line.sku}' for line in outcome.cart) or 'empty'}"
    if outcome.ask_ai is not None:
        yield f"  · the model answers: {outcome.ask_ai}"
    if outcome.hand_off is not None:
        yield f"  · hand-off to an agent: {outcome.hand_off}"
    if not outcome.taken:
        yield "  · not for the flow: the FAQ or the model answers"
    yield f"  · {outcome.note}"


def _message_lines(body: Body) -> Iterator[str]:
    """Yield the lines of a message as the customer sees it."""
    match body:
        case TextBody(body=text):
            yield f"bot> {text}"
        case ButtonsBody(body=text, buttons=buttons):
            yield f"bot> {text}"
            yield f"     {'  '.join(f'[{button.title}]' for button in buttons)}"
        case ListBody(body=text, button=button, rows=rows):
            yield f"bot> {text}"
            yield f"     [{button}]"
            for row in rows:
                yield f"       - {row.title}{f' ({row.description})' if row.description else ''}"
        case MediaBody(kind=kind, url=url, caption=caption, media_id=media_id):
            yield f"bot> <{kind} {url or media_id}>{f' {caption}' if caption else ''}"
        case TemplateBody(name=name, language=language, parameters=parameters):
            yield f"bot> <template {name} ({language}): {', '.join(parameters)}>"
        case _:
            yield f"bot> <{type(body).__name__}>"


def _effect(effect: Any) -> str:
    match effect:
        case CustomerChange():
            return f"customer: {_change(effect)}"
        case OrderPlaced(number=number, total=total, currency=currency):
            return f"order {number} is placed: {currency} {total}"
        case _:
            return type(effect).__name__


def _change(change: CustomerChange) -> str:
    parts = [f"+{tag}" for tag in change.add_tags] + [f"-{tag}" for tag in change.remove_tags]
    parts += [f"{name} = {value!r}" for name, value in change.fields.items()]
    parts += [f"name = {change.name!r}"] if change.name else []
    given = (("qualified", change.qualified), ("opted out", change.opted_out))
    return ", ".join([*parts, *(f"{name}: {'yes' if value else 'no'}" for name, value in given if value is not None)])
