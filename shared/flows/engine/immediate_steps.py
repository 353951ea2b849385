"""Performs steps that do not wait; each returns the name of the next step. Pure."""

from functools import singledispatch
from typing import Any

from shared.domain.conversation import CustomerChange
from shared.flows.base_types import END
from shared.flows.engine.actions import ActionCall, ActionResult
from shared.flows.engine.choices import option_id, options_body
from shared.flows.engine.run import Run, StepFailed
from shared.flows.expressions import expression
from shared.flows.expressions.values import to_json_value
from shared.flows.media_reference import media_id_in
from shared.flows.step_texts import MAX_BODY
from shared.flows.steps import (
    Branch,
    Call,
    Customer,
    End,
    Jump,
    SendMedia,
    SendTemplate,
    SendText,
    Set,
    Style,
    SubFlow,
    TappableOption,
)
from shared.messages.content import MediaKind
from shared.messages.outbound import MediaBody, TemplateBody

_PARAMETER = 500  # characters of a template parameter


@singledispatch
def perform(step: Any, run: Run, after: str) -> str:
    """Perform a step. after: the next step unless the step itself names one. Raises StepFailed and ExpressionError."""
    raise StepFailed(f"a step of the kind {type(step).__name__} is not known")


@perform.register
def _(step: SendText, run: Run, after: str) -> str:
    shown = step.rows or step.buttons
    if not shown:
        for text in step.texts:
            run.say(run.render(text))
        return after
    options = [
        (option_id(it.id), title, it.description) if isinstance(it, TappableOption) else (option_id(it), title, "")
        for title, it in shown.items()
    ]
    style = Style.LIST if step.rows else Style.BUTTONS
    run.bodies.append(options_body(run.render(step.texts[0], MAX_BODY), options, style, step.button))
    return after


@perform.register
def _(step: SendMedia, run: Run, after: str) -> str:
    url = run.render(step.url).strip()
    media_id = media_id_in(url)
    if not media_id and not url.startswith("https://"):
        raise StepFailed("the address of the file does not begin with https://, and it is no `id:` of an uploaded one")
    where = {"media_id": media_id} if media_id else {"url": url}
    caption, filename = run.render(step.caption, MAX_BODY), run.render(step.filename, 200)
    run.bodies.append(MediaBody(kind=MediaKind(step.kind), caption=caption, filename=filename, **where))
    return after


@perform.register
def _(step: SendTemplate, run: Run, after: str) -> str:
    # Providers refuse parameters that are empty or have line ends in them.
    parameters = (" ".join(run.render(text, _PARAMETER).split()) or "-" for text in step.parameters)
    run.bodies.append(TemplateBody(name=step.template, language=step.language, parameters=tuple(parameters)))
    return after


@perform.register
def _(step: Branch, run: Run, after: str) -> str:
    scope = run.scope()
    for case in step.branch:
        if expression.parse_expression(case.condition).holds(scope):
            return case.then
    return step.otherwise or after


@perform.register
def _(step: Set, run: Run, after: str) -> str:
    for name, value in step.set.items():
        run.variables[name] = run.filled(value)
    return after


@perform.register
def _(step: Call, run: Run, after: str) -> str:
    action = run.actions.get(step.call)
    if action is None:
        raise StepFailed(f"there is no action {step.call}")
    arguments = {name: run.filled(value) for name, value in step.arguments.items()}
    cart = run.facts.conversation.cart if run.cart is None else run.cart
    try:
        result = action(ActionCall(name=step.call, arguments=arguments, facts=run.facts, cart=cart, said=run.said))
    except Exception as error:  # a failing action hands the conversation off
        raise StepFailed(f"action {step.call} failed ({type(error).__name__})") from error
    _apply(result, run)
    return step.outcomes.get(result.outcome, after)


def _apply(result: ActionResult, run: Run) -> None:
    run.bodies += result.bodies
    run.effects += result.effects
    run.variables |= {name: to_json_value(value) for name, value in result.variables.items()}
    run.cart = run.cart if result.cart is None else result.cart
    run.options = result.options


@perform.register
def _(step: Jump, run: Run, after: str) -> str:
    return step.jump


@perform.register
def _(step: SubFlow, run: Run, after: str) -> str:
    arguments = {name: run.filled(value) for name, value in step.arguments.items()}
    return run.enter(step.sub_flow, arguments, after)


@perform.register
def _(step: Customer, run: Run, after: str) -> str:
    change = CustomerChange(
        add_tags=tuple(filter(None, (run.render(tag, 60).strip() for tag in step.add_tags))),
        remove_tags=tuple(filter(None, (run.render(tag, 60).strip() for tag in step.remove_tags))),
        fields={name: run.filled(value) for name, value in step.fields.items()},
        name=run.render(step.name, 200).strip() if step.name else "",
        qualified=step.qualified,
        opted_out=step.opted_out,
    )
    run.effects.append(change)
    return after


@perform.register
def _(step: End, run: Run, after: str) -> str:
    run.say(run.render(step.end))
    return END
