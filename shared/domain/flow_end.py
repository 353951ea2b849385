"""The end of a flow in a conversation, as the event `flow.ended` describes it."""

from dataclasses import dataclass
from enum import StrEnum


class FlowEndReason(StrEnum):
    FINISHED = "finished"  # the customer has come to its end
    LEFT = "left"  # the customer asked for the menu, or the session has ended
    HANDED_OFF = "handed-off"
    TAKEN_OVER = "taken-over"  # by an agent
    TIMED_OUT = "timed-out"
    STOPPED = "stopped"  # by an agent
    REPLACED = "replaced"  # by another flow
    CLOSED = "closed"  # the conversation
    OPTED_OUT = "opted-out"


@dataclass(frozen=True, slots=True)
class FlowEnd:
    """The end of a flow in a conversation, for statistics. flow: the outermost one. step: at which it waited last."""

    flow: str
    version: str
    step: str
    why: FlowEndReason

    def text(self) -> str:
        """Return the event's `detail`; names of flows and steps have no spaces."""
        return f"{self.flow} {self.version} {self.step} {self.why}"


def parse_flow_end(text: str) -> FlowEnd | None:
    """Return the end that the `detail` of an event describes; None: it describes none."""
    parts = text.split(" ")
    if len(parts) != 4:
        return None
    flow, version, step, why = parts
    try:
        return FlowEnd(flow, version, step, FlowEndReason(why))
    except ValueError:
        return None
