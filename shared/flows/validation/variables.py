"""Checks that the texts and conditions of a flow use known variables, after they are set. Pure."""

import re
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from shared.domain.customer import customer_view
from shared.flows.base_types import BUILT_IN_VARIABLES
from shared.flows.expressions import expression, text_template
from shared.flows.expressions.error import ExpressionError
from shared.flows.expressions.expression import Expression
from shared.flows.expressions.functions import FUNCTIONS
from shared.flows.flow import Flow
from shared.flows.graph import passed_before
from shared.flows.step_texts import StepText, step_texts
from shared.flows.steps import Ask, Choose, Set, SubFlow, Wait
from shared.flows.validation.problem import FlowProblem

CUSTOMER_FIELDS = tuple(customer_view(None))
WORKSPACE_FIELDS = ("name", "currency", "region", "timezone")
AD_FIELDS = ("headline", "body", "source_type", "source_id", "source_url", "media_type")
PRODUCT_FIELDS = ("sku", "name", "price", "currency")
_FIELDS = {"customer": CUSTOMER_FIELDS, "workspace": WORKSPACE_FIELDS, "ad": AD_FIELDS, "product": PRODUCT_FIELDS}
TRIGGER_VARIABLES = ("ad", "product")
"""Variables that a trigger sets, unless the flow declares one of that name."""
_GROUP = re.compile(r"\(\?P<(\w+)>")


def variables_set_by(step: Any) -> tuple[str, ...]:
    """Return the variables that a step sets."""
    match step:
        case Ask(save=save):
            return (save,)
        case Choose(save=str(save)) | Wait(save=str(save)):
            return (save,)
        case Set(set=values) | SubFlow(arguments=values):
            return tuple(values)
        case _:
            return ()


def initial_variables(flow: Flow) -> set[str]:
    """Return the variables that are set at the start: declared ones, and groups of a trigger's pattern."""
    groups = (name for pattern in flow.content.triggers.regex for name in _GROUP.findall(pattern))
    return {*flow.content.variables, *groups}


def check_texts(flow: Flow, successors_of: dict[str, list[str]]) -> Iterator[FlowProblem]:
    """Yield texts and conditions that are invalid, too long, or use unknown or unset variables."""
    steps = flow.content.steps
    bits: dict[str, int] = {}
    marks: dict[str, int] = {}
    for name, step in steps.items():
        for variable in variables_set_by(step):
            marks[name] = marks.get(name, 0) | bits.setdefault(variable, 1 << len(bits))
    passed = passed_before(successors_of, marks)
    known = initial_variables(flow)
    for name, step in steps.items():
        for source in step_texts(step):
            for message in _text_mistakes(source, known, bits, passed[name]):
                yield FlowProblem(flow.file, flow.line("steps", name, *source.path), name, message)


def _text_mistakes(
    source: StepText, known: Collection[str], set_somewhere: Mapping[str, int], set_before: int
) -> Iterator[str]:
    """Yield what is wrong with a text. set_somewhere: variables with their bits. set_before: the bits of those that are
    set when the flow comes here.
    """
    try:
        parts, fixed = _parse(source)
    except ExpressionError as error:
        yield str(error)
        return
    if fixed > source.most:
        yield f"the text has {fixed} characters; at most {source.most} can be sent"
    for path in sorted({path for part in parts for path in part.paths}):
        is_own = path[0] in known or path[0] in set_somewhere
        if path[0] in BUILT_IN_VARIABLES or (path[0] in TRIGGER_VARIABLES and not is_own):
            yield from _unknown_field(path)
        elif not is_own:
            yield _undeclared_variable(path[0], {*known, *set_somewhere, *BUILT_IN_VARIABLES})
        elif path[0] not in known and not set_before & set_somewhere[path[0]]:
            yield f"`{path[0]}` is not set yet here; give it a value under `variables`, or ask for it before"


def _parse(source: StepText) -> tuple[tuple[Expression, ...], int]:
    """Return the expressions of a text, and the length of its fixed part. Raises ExpressionError."""
    if source.condition:
        return (expression.parse_expression(source.text),), 0
    template = text_template.parse_template(source.text)
    return template.expressions, sum(len(part) for part in template.parts if isinstance(part, str))


def _unknown_field(path: tuple[str, ...]) -> Iterator[str]:
    parts = _FIELDS.get(path[0])
    if parts and len(path) > 1 and path[1] not in parts:
        hint = " (one's own are in `customer.fields`)" if path[0] == "customer" else ""
        yield f"there is no `{path[0]}.{path[1]}`; there are {', '.join(parts)}{hint}"


def _undeclared_variable(name: str, known: set[str]) -> str:
    if name in FUNCTIONS:
        return f"`{name}` is a function: write `{name}(…)`"
    close = get_close_matches(name, known, 1)
    hint = f"did you mean `{close[0]}`?" if close else "declare it under `variables`, or ask for it before"
    return f"`{name}` is not a variable of this flow; {hint}"
