"""The reasons for which a person's command is refused, as `command.refused` and the API name them."""

from enum import StrEnum


class Refusal(StrEnum):
    TAKEN_BY = "taken-by"  # another agent has the conversation
    WITH_PERSON = "with-person"  # an agent has the conversation, so the bot may not act
    WITH_BOT = "with-bot"  # no agent has the conversation, nor does it wait for one
    UNKNOWN_FLOW = "unknown-flow"
    NO_FLOW = "no-flow"  # none runs
    UNKNOWN_ORDER = "unknown-order"
    ORDER_STATE = "order-state"  # the order cannot change to that state
    UNKNOWN_CUSTOMER = "unknown-customer"
    INVALID = "invalid"
