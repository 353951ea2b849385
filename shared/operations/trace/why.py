"""Explains a message to people: the steps of its exchange, with masked numbers and without texts."""

from datetime import datetime

import msgspec

from shared.operations.masking import masked_text
from shared.operations.trace.hops import Hop, hops, started_at
from shared.repositories.ai_calls import ConversationCost
from shared.repositories.exchanges import Exchanges
from shared.storage.mongo import Mongo


class ExplainedStep(msgspec.Struct, frozen=True, kw_only=True):
    """A step. ms: since the start of the exchange. at: None for one that has not happened yet. level: `good`, `bad`,
    `warn` or `plain`. code, values: the same as `what`, which is English; see `Hop`.
    """

    at: datetime | None
    ms: int | None
    where: str
    what: str
    level: str
    code: str = ""
    values: dict[str, str] = {}


class ExplainedMessage(msgspec.Struct, frozen=True, kw_only=True):
    """The steps in the order of their times. spent: the cost of models in the conversation so far."""

    correlation_id: str
    steps: list[ExplainedStep]
    spent: ConversationCost | None = None


async def explain(mongo: Mongo, workspace: str, correlation_id: str) -> ExplainedMessage:
    """Return the steps of an exchange of a workspace. Raises DependencyAway."""
    exchange = await Exchanges(mongo, workspace).get(correlation_id)
    start = started_at(exchange)
    return ExplainedMessage(
        correlation_id=correlation_id,
        steps=[
            ExplainedStep(
                at=hop.at,
                ms=milliseconds(hop, start),
                where=hop.where,
                what=masked_text(hop.what),
                level=hop.level or "plain",
                code=hop.code,
                values={name: masked_text(value) for name, value in hop.values.items()},
            )
            for hop in hops(exchange)
        ],
        spent=exchange.spent,
    )


def milliseconds(hop: Hop, start: datetime | None) -> int | None:
    """Return the time of a step since the start; None if it has not happened yet."""
    return round((hop.at - start).total_seconds() * 1000) if hop.at and start else None
