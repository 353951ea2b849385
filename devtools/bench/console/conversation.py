"""Pages of a conversation with very many messages."""

import random

from devtools.bench.console.readers import Request
from devtools.bench.console.seeding import CHANNELS, WORKSPACE, SeedPlan, conversation_of, phone_of
from shared.domain import ids
from shared.domain.conversation import Conversation
from shared.domain.timeline import TimelinePosition
from shared.messages.inbound import Provider
from shared.operations.timeline.read import TimelineReader
from shared.storage.mongo import Mongo

_ENTRIES = 50


def conversation_requests(mongo: Mongo, plan: SeedPlan) -> dict[str, Request]:
    """Return reads at the end, at the hundredth page from the end, anywhere, and around a message."""
    number = plan.conversations
    long = Conversation(
        id=conversation_of(number),
        workspace=WORKSPACE,
        channel=CHANNELS[number % 2],
        provider=Provider.META.value,
        customer_id=ids.customer_id(WORKSPACE, phone_of(number)),
        address=phone_of(number)[1:],
    )
    reader = TimelineReader(mongo, WORKSPACE)
    rng = random.Random(plan.seed)
    turns = plan.long_turns

    def anywhere() -> TimelinePosition:
        return TimelinePosition(rng.randrange(1, turns), 0)

    return {
        "last 50": lambda: reader.latest(long, _ENTRIES),
        "50 older ones, twenty pages back": lambda: reader.before(
            long, TimelinePosition(turns - 20 * _ENTRIES // 2, 0), _ENTRIES
        ),
        "50 before any message": lambda: reader.before(long, anywhere(), _ENTRIES),
        "50 after any message": lambda: reader.after(long, anywhere(), _ENTRIES),
        "50 around any message": lambda: reader.around(long, anywhere(), _ENTRIES),
    }
