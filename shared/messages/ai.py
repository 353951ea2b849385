"""What the router asks of the AI service."""

from datetime import datetime

from shared.messages.base import Message
from shared.messages.inbound import Provider
from shared.messages.outbound import OutboundMessage


class AiRequest(Message, frozen=True, kw_only=True):
    """A conversation needs an answer. Topic `ai.requests`.

    id: derived from the last message to answer; the answer's ids are derived from it in turn.
    message_ids: the customer's messages to answer, oldest first.
    turn: the turn of the last of them; nothing later is in the context (see `OutboundMessage.turn`).
    address: where the answer goes, in the provider's form. received_at: when ingress received the last of them.
    ready: the answer, where the router had one itself but a model may still be at work on an earlier message: it takes
    its turn behind that, and no model is asked.
    not_before: when the answer may be begun: further messages of the customer until then come with a request of their
    own, which answers these too, and this one is left out. brief: what a flow wants of this answer, in its own words.
    index: of the answer's first piece, behind what the router itself has said in this turn.
    shards: by how many the key of the answer is chosen; 0: as many as the workspace has.
    """

    provider: Provider
    channel: str
    conversation_id: str
    customer_id: str
    address: str
    message_ids: tuple[str, ...]
    turn: int
    received_at: datetime | None = None
    ready: tuple[OutboundMessage, ...] = ()
    shards: int = 0
    not_before: datetime | None = None
    brief: str = ""
    index: int = 0
