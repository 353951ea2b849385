"""The outcome of a run of a flow. Plain values."""

from dataclasses import dataclass
from datetime import datetime

from shared.domain.conversation import CartLine, Effect, FlowPosition
from shared.messages.outbound import Body


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowOutcome:
    """The outcome of one turn of a flow. position: the new one; None: the flow has ended. bodies: sent in this order,
    before an answer of the model. cart: None leaves it unchanged. ask_ai: instructions for an answer of the model.
    hand_off: reason for handing off. note: for `parley trace`, without the customer's words. taken: False when the
    message was not for the flow. trail: the steps that were reached, each with its flow.
    """

    position: FlowPosition | None = None
    bodies: tuple[Body, ...] = ()
    effects: tuple[Effect, ...] = ()
    cart: tuple[CartLine, ...] | None = None
    ask_ai: str | None = None
    hand_off: str | None = None
    note: str = ""
    taken: bool = True
    trail: tuple[tuple[str, str], ...] = ()

    @property
    def speaks(self) -> bool:
        """True when something is sent to the customer."""
        return bool(self.bodies) or self.ask_ai is not None or self.hand_off is not None

    @property
    def due_at(self) -> datetime | None:
        """Time of the next time-out, unless the customer writes before."""
        if self.position is None:
            return None
        times = (self.position.waits_until, self.position.ends_at)
        return min((at for at in times if at is not None), default=None)
