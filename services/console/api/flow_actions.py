"""The actions that steps of flows can call."""

from typing import Annotated

from services.console.caller import Principal, needs
from services.console.models import AnswerModel
from services.console.rights import Right
from services.console.routing import workspace_router
from shared.commerce.actions import OUTCOMES

router = workspace_router("/flow-actions", "flow-actions")


class FlowActionListed(AnswerModel):
    """An action that a flow's step may call. outcomes: besides the usual one, with which the flow continues."""

    name: str
    outcomes: list[str]


class FlowActionList(AnswerModel):
    """All actions."""

    items: list[FlowActionListed]


@router.get("")
async def list_actions(caller: Annotated[Principal, needs(Right.FLOWS_READ)]) -> FlowActionList:
    """Return the actions of `call`, and the outcomes that can lead elsewhere."""
    return FlowActionList(items=[FlowActionListed(name=name, outcomes=list(found)) for name, found in OUTCOMES.items()])
