"""What a flow answers with. Plain values."""

from dataclasses import dataclass
from datetime import datetime

from shared.domain.conversation import CartLine, Effect, FlowPosition
from shared.messages.outbound import Body


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowOutcome:
    """position: where the conversation stands in the flow from now on; None: it has ended. bodies: said in this order,
    before what the model or a person says. cart: None leaves it as it is. ask_ai: the brief of an answer that the model
    is to give. hand_off: why a person is needed. note: for `parley trace`, without anything that a customer wrote.
    taken: False when the message was not for the flow, and others may answer it.
    """

    position: FlowPosition | None = None
    bodies: tuple[Body, ...] = ()
    effects: tuple[Effect, ...] = ()
    cart: tuple[CartLine, ...] | None = None
    ask_ai: str | None = None
    hand_off: str | None = None
    note: str = ""
    taken: bool = True

    @property
    def due_at(self) -> datetime | None:
        """When `time_up` is to be asked, unless the customer writes before."""
        if self.position is None:
            return None
        times = (self.position.waits_until, self.position.ends_at)
        return min((at for at in times if at is not None), default=None)
