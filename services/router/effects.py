"""Carries out what a decision leads to besides records. Each effect once for each cause, however often it comes."""

from datetime import datetime

from shared.conversation import CustomerChange, Effect, MessageEdited, Recorded, Unanswered
from shared.repositories.customers import Customers
from shared.repositories.inbound import InboundMessages
from shared.repositories.mongo import Mongo
from shared.repositories.unanswered import UnansweredQuestions


class Effects:
    """Of one router process."""

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo

    async def carry_out(self, recorded: Recorded, workspace: str, conversation_id: str, customer_id: str) -> None:
        """All effects of a decision, one after another. Raises DependencyAway: then the record comes again."""
        if recorded.at is None:
            return
        for effect in recorded.effects:
            await self._one(effect, recorded.cause, recorded.at, workspace, conversation_id, customer_id)

    async def _one(
        self, effect: Effect, cause: str, at: datetime, workspace: str, conversation_id: str, customer_id: str
    ) -> None:
        match effect:
            case CustomerChange():
                await Customers(self._mongo, workspace).apply(customer_id, effect, cause, at)
            case Unanswered():
                await UnansweredQuestions(self._mongo, workspace).add(cause, conversation_id, effect, at)
            case MessageEdited(provider_message_id=earlier, body=body):
                await InboundMessages(self._mongo, workspace).edited(conversation_id, earlier, body, at)
