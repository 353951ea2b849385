"""Draws a flow as a Mermaid flowchart: waiting steps are round, branches are rhombuses. Pure."""

from typing import Any

from shared.flows.base_types import END, HAND_OFF
from shared.flows.flow import Flow
from shared.flows.graph import WAITING_STEPS, edges
from shared.flows.steps import (
    Ai,
    Ask,
    Branch,
    Call,
    Choose,
    Customer,
    End,
    HandOff,
    Jump,
    SendMedia,
    SendTemplate,
    SendText,
    Set,
    SubFlow,
    Wait,
)

_MAX_LABEL = 40


def to_mermaid(flow: Flow) -> str:
    """Return the source of the chart."""
    numbers = {name: f"s{number}" for number, name in enumerate(flow.content.steps)}
    numbers |= {END: "stop", HAND_OFF: "person"}
    lines = ["flowchart TD", f"  start([{_quote(flow.name)}]) --> {numbers[flow.first_step]}"]
    lines += [f"  {numbers[name]}{_box(name, step)}" for name, step in flow.content.steps.items()]
    arrows = [
        (numbers[it.source], numbers[it.target], it.label)
        for it in edges(flow)
        if not isinstance(flow.step(it.source), End | HandOff) or it.target in (END, HAND_OFF)
    ]
    timeout = flow.content.timeout
    if timeout is not None:
        arrows.append(("start", numbers[timeout.then], f"after {timeout.after} in all"))
    lines += [f"  {source} -->{_label(label)} {target}" for source, target, label in dict.fromkeys(arrows)]
    used = {target for _, target, _ in arrows}
    lines += [line for name, line in (("stop", "  stop((end))"), ("person", "  person((person))")) if name in used]
    return "\n".join(lines) + "\n"


def _box(name: str, step: Any) -> str:
    text = _quote(f"{name}: {describe(step)}")
    if isinstance(step, Branch):
        return f"{{{text}}}"
    return f"([{text}])" if isinstance(step, WAITING_STEPS) else f"[{text}]"


def describe(step: Any) -> str:
    """Return what a step does, in a few words."""
    match step:
        case SendText():
            return step.texts[0]
        case SendMedia():
            return f"{step.kind} {step.caption}".strip()
        case SendTemplate(template=name):
            return f"template {name}"
        case Choose(choose=text) | Ask(ask=text):
            return str(text)
        case Branch():
            return "which way?"
        case Set(set=values):
            return f"set {', '.join(values)}"
        case Call(call=action):
            return f"call {action}"
        case _:
            return _description_of_other_steps(step)


def _description_of_other_steps(step: Any) -> str:
    match step:
        case Ai():
            return "AI answers"
        case HandOff(hand_off=reason):
            return f"hand off: {reason}"
        case Wait(wait=until):
            return "wait for an answer" if until == "answer" else f"wait {until}"
        case SubFlow(sub_flow=flow):
            return f"flow {flow}"
        case Customer():
            return f"note {', '.join((*step.add_tags, *step.fields)) or 'the customer'}"
        case Jump(jump=target):
            return f"go to {target}"
        case _:
            return str(getattr(step, "end", "")) or "end"


def _label(label: str) -> str:
    return f"|{_quote(label)}|" if label else ""


def _quote(text: str) -> str:
    line = " ".join(text.split())
    line = line if len(line) <= _MAX_LABEL else line[: _MAX_LABEL - 1] + "…"
    escaped = line.replace("#", "#35;").replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;")
    return f'"{escaped}"'
