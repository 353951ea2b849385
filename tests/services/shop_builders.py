"""A shop and a customer, for the tests of commerce."""

from collections.abc import Iterable
from typing import Any

from shared.commerce import shop
from shared.domain.conversation import CartLine, Conversation
from shared.flows.engine.actions import ActionCall, ActionResult, ConversationFacts, CustomerInput
from shared.messages.content import Choice, ChoiceKind, Content, Text
from shared.messages.outbound import ButtonsBody, ListBody, TextBody
from shared.workspace.config import Workspace
from tests.services.builders import NOW, workspace

COASTERS = (
    {"sku": "C1", "name": "Oak coaster", "price": "4.50", "currency": "USD", "description": "solid oak"},
    {"sku": "C2", "name": "Slate coaster", "price": "6.00", "currency": "USD"},
    {"sku": "77", "name": "Cork coaster", "price": "2.505", "currency": "USD"},
)


def products(count: int, **values: Any) -> list[dict[str, Any]]:
    return [
        {"sku": f"P{n}", "name": f"Product {n}", "price": "1", "currency": "USD", **values} for n in range(1, count + 1)
    ]


def a_shop(catalog: Iterable[dict[str, Any]] = COASTERS, **values: Any) -> Workspace:
    return workspace(catalog=list(catalog), **values)


def facts(
    of: Workspace | None = None, cart: tuple[CartLine, ...] = (), cause: str = "acme:meta:1", **customer: Any
) -> ConversationFacts:
    conversation = Conversation(
        id="c1", workspace="acme", channel="main", provider="meta", customer_id="u1", address="234803", cart=cart
    )
    return ConversationFacts(
        workspace=of or a_shop(), conversation=conversation, customer=customer, now=NOW, cause=cause
    )


def lines(**quantities: int) -> tuple[CartLine, ...]:
    return tuple(CartLine(sku=sku, quantity=quantity) for sku, quantity in quantities.items())


def text_of(result: ActionResult) -> str:
    """Return the texts of all messages."""
    told = [body.body for body in result.bodies if isinstance(body, TextBody | ButtonsBody | ListBody)]
    return "\n".join(told)


def call(name: str, *, cart: tuple[CartLine, ...] = (), said: str = "", **arguments: Any) -> ActionCall:
    content = CustomerInput(content=Text(body=said), text=said) if said else None
    return ActionCall(name=name, arguments=arguments, facts=facts(), cart=cart, said=content)


class Customer:
    """A customer of the shop; keeps the cart and the offered options as the router does."""

    def __init__(self, of: Workspace | None = None, **known: Any) -> None:
        self.workspace = of or a_shop()
        self.known = known
        self.cart: tuple[CartLine, ...] = ()
        self.options: tuple[tuple[str, str], ...] = ()
        self.last: ActionResult | None = None
        self.turn = 0

    def says(self, text: str) -> str:
        """Send a text; return the shop's answer, empty if another stage decides."""
        return self.sends(Text(body=text), text=text)

    def chooses(self, id_: str) -> str:
        """Tap a button or a row; return the shop's answer."""
        return self.sends(Choice(kind=ChoiceKind.BUTTON, id=id_), choice=id_)

    def sends(self, content: Content, *, text: str = "", choice: str = "") -> str:
        self.turn += 1
        known = facts(self.workspace, self.cart, f"acme:meta:{self.turn}", **self.known)
        self.last = shop.answer_shop_message(
            known, CustomerInput(content=content, text=text, choice=choice), self.options
        )
        if self.last is None:
            return ""
        self.cart = self.cart if self.last.cart is None else self.last.cart
        self.options = self.last.options
        return text_of(self.last)
