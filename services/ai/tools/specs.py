"""Describes the tools to a model, and checks the arguments that it gives. Pure.

Schema and check come from one type. Unknown fields, wrong types and values that are too long are refused.
"""

from functools import lru_cache
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from services.ai.tools.port import ToolSpec
from shared.domain.cart import MAX_QUANTITY
from shared.messages.cart import CartAction
from shared.workspace.config import BotMode, ToolName, Workspace

Query = Annotated[str, Meta(min_length=1, max_length=200, description="a few words, in the language of the business")]


class _Arguments(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all arguments: undeclared fields are refused."""


class SearchFaq(_Arguments, frozen=True, kw_only=True):
    """Finds questions and answers of the business's FAQ. Use it for opening hours, delivery, payment and the like."""

    query: Query


class SearchCatalogue(_Arguments, frozen=True, kw_only=True):
    """Finds products by name, SKU or description, with their prices. Only what it returns is sold."""

    query: Query
    max_price: Annotated[float, Meta(ge=0, le=1e12, description="at most this price; 0: any")] = 0


class OrderStatus(_Arguments, frozen=True, kw_only=True):
    """The orders of the customer you are talking to: number, state, total, lines. There is no way to see another's."""

    number: Annotated[str, Meta(max_length=20, description="an order's number; empty: the last orders")] = ""


class ProposeCart(_Arguments, frozen=True, kw_only=True):
    """Proposes one change of the customer's cart. Nothing is changed by it: after your answer the shop itself asks the
    customer, who has to say yes. Call it once for each product.
    """

    action: Annotated[CartAction, Meta(description="set: have exactly this quantity")]
    sku: Annotated[str, Meta(min_length=1, max_length=100)]
    quantity: Annotated[int, Meta(ge=0, le=MAX_QUANTITY, description="pieces; 0 only with set")] = 1


class HandOff(_Arguments, frozen=True, kw_only=True):
    """Asks a colleague, a person, to take over this conversation. Use it when the customer wants a person, complains,
    or needs what you cannot do. You still answer, and tell the customer so.
    """

    reason: Annotated[str, Meta(min_length=1, max_length=200, description="why, for the colleague")]


ARGUMENTS: dict[ToolName, type[_Arguments]] = {
    ToolName.SEARCH_FAQ: SearchFaq,
    ToolName.SEARCH_CATALOGUE: SearchCatalogue,
    ToolName.ORDER_STATUS: OrderStatus,
    ToolName.PROPOSE_CART: ProposeCart,
    ToolName.HAND_OFF: HandOff,
}


class BadArguments(Exception):
    """Raised when the arguments do not fit the tool; the text says why, for the model."""


def read(name: ToolName, given: dict[str, Any] | None) -> _Arguments:
    """Return the arguments of a call. Raises BadArguments."""
    if given is None:
        raise BadArguments("the arguments are no JSON object")
    try:
        return msgspec.convert(given, ARGUMENTS[name])
    except msgspec.ValidationError as error:
        raise BadArguments(str(error)[:200]) from None


def offered(workspace: Workspace) -> tuple[ToolSpec, ...]:
    """Return the tools of a workspace, the same for each answer and always in the same order, for the prompt cache."""
    return tuple(_spec(name) for name in ToolName if name in workspace.bot.tools and _makes_sense(name, workspace))


def _makes_sense(name: ToolName, workspace: Workspace) -> bool:
    match name:
        case ToolName.SEARCH_FAQ:
            return bool(workspace.faqs)
        case ToolName.SEARCH_CATALOGUE | ToolName.ORDER_STATUS:
            return bool(workspace.catalog)
        case ToolName.PROPOSE_CART:  # only there the router has a shop
            return bool(workspace.catalog) and workspace.bot.mode is BotMode.HYBRID
        case ToolName.HAND_OFF:
            return True


@lru_cache(maxsize=len(ToolName))
def _spec(name: ToolName) -> ToolSpec:
    made = msgspec.json.schema(ARGUMENTS[name])
    definitions = made["$defs"]
    schema = _inlined(definitions[ARGUMENTS[name].__name__], definitions)
    return ToolSpec(name.value, " ".join(schema.pop("description").split()), {**schema, "title": name.value})


def _inlined(value: Any, definitions: dict[str, Any]) -> Any:
    """Return a schema without references, which not every vendor supports."""
    if isinstance(value, dict):
        if "$ref" in value:
            rest = {key: item for key, item in value.items() if key != "$ref"}
            found = {k: v for k, v in definitions[value["$ref"].rpartition("/")[2]].items() if k != "title"}
            return _inlined({**found, **rest}, definitions)
        return {key: _inlined(item, definitions) for key, item in value.items()}
    return [_inlined(item, definitions) for item in value] if isinstance(value, list) else value
