"""Counts of the customers in each step of a flow, and of those who left it there."""

from typing import Annotated

from fastapi import Path

from services.console.caller import Principal, needs
from services.console.flow_overview import step_counts
from services.console.models import AnswerModel
from services.console.parameters import PartsOf
from services.console.rights import Right
from services.console.routing import workspace_router

router = workspace_router("/flows", "flows")


class FlowStepCounted(AnswerModel):
    """The conversations at one step. here: conversations that wait in the step now. left: runs that ended there before
    the end of the flow.
    """

    step: str
    here: int
    left: int


class FlowStepsCounted(AnswerModel):
    """Steps with numbers that are not 0, of all versions. ended: runs of the last seven days."""

    ended: int
    items: list[FlowStepCounted]


@router.get("/{name}/steps")
async def count_steps(
    name: Annotated[str, Path(max_length=100)], caller: Annotated[Principal, needs(Right.FLOWS_READ)], parts: PartsOf
) -> FlowStepsCounted:
    """Return how many customers are in each step of a flow now, and how many left there in the last seven days."""
    found = await step_counts(parts, caller, name)
    steps = sorted(found.here.keys() | found.left.keys())
    items = [FlowStepCounted(step=one, here=found.here.get(one, 0), left=found.left.get(one, 0)) for one in steps]
    return FlowStepsCounted(ended=found.ended, items=items)
