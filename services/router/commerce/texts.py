"""What customers read: short texts for a phone's screen, within 1,024 characters above buttons and 4,096 elsewhere."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from services.router.commerce import money
from services.router.commerce.cart import Priced
from services.router.commerce.catalog import PAGE, number_of, pages, short
from services.router.commerce.typed import MOST_OF_A_LINE, Refused, Unread, Wrong
from shared.conversation import OrderPlaced
from shared.orders import Order, OrderState
from shared.workspace import Product, Workspace

ABOVE_BUTTONS = 1_024
ALONE = 3_900  # some is left for what is said around it
_STATES = {
    OrderState.PLACED: "has been placed",
    OrderState.CONFIRMED: "is accepted and being prepared",
    OrderState.PAID: "is paid. Thank you!",
    OrderState.SHIPPED: "is on its way",
    OrderState.DELIVERED: "has been delivered. Enjoy!",
    OrderState.CANCELLED: "has been cancelled",
}


def menu(workspace: Workspace) -> str:
    """Above the buttons of the main menu."""
    name = f"*{short(workspace.name)}*\n" if workspace.name else ""
    return f"{name}Welcome! Choose from the menu, or reply 1, 2 or 3. Write *help* to see how it works."


def catalog(workspace: Workspace, page: int) -> str:
    """One page, ten products; numbers go on through all pages."""
    count = pages(workspace.catalog)
    first = (page - 1) * PAGE
    shown = workspace.catalog[first : first + PAGE]
    lines = [f"{first + place}. {short(product.name)} – {price(product)}" for place, product in enumerate(shown, 1)]
    head = "*Catalogue*" if count == 1 else f"*Catalogue*, page {page} of {count}"
    turn = " or ".join(word for word, there in (("*more*", page < count), ("*back*", page > 1)) if there)
    tail = f"Reply with a number to see a product, or *{first + 1} x 10* to put ten of number {first + 1} in your cart."
    return "\n".join((head, *lines, "", tail, *((f"Other pages: {turn}.",) if turn else ())))


def product(workspace: Workspace, one: Product) -> str:
    """A product, and how to order it."""
    number = number_of(workspace, one.sku)
    about = (one.description.strip(),) if one.description.strip() else ()
    how = f"To order, reply *{number} x 10* for ten of them, or any other number."
    return "\n".join((f"*{short(one.name, 200)}*", price(one), *about, "", how))


def price(one: Product) -> str:
    """What one piece costs."""
    return money.in_words(one.price, one.currency) if money.is_price(one.price) else "price on request"


def cart(workspace: Workspace, lines: Sequence[Priced], total: Decimal, currency: str) -> str:
    """What is in the cart, with the numbers of the catalogue, and what it costs."""
    told = [f"{_line(line)} (number {number_of(workspace, line.product.sku)})" for line in lines]
    return "\n".join(("*Your cart*", *within(told, ALONE), f"*Total: {money.in_words(total, currency)}*"))


def _line(line: Priced) -> str:
    cost = money.in_words(line.total, line.product.currency)
    return f"{short(line.product.name, 40)} x {line.quantity:,} = {cost}"


def say_so() -> str:
    """A number alone orders nothing: it may have been meant for a product."""
    return "To order what is in your cart, reply *place order*. To empty it, reply *clear cart*."


def how_to_go_on() -> str:
    """After something was put into the cart."""
    return "Reply *place order* to order, *cart* to see your cart, or *catalogue* to go on."


def empty_cart() -> str:
    return "Your cart is empty. Write *catalogue* to see what we have."


def confirmed(order: OrderPlaced) -> str:
    """The order is placed."""
    lines = [
        f"{short(line['name'], 40)} x {line['quantity']:,} = {amount(line['total'], order.currency)}"
        for line in order.lines
    ]
    head = f"Thank you! Your order *{order.number}* is confirmed."
    tail = f"*Total: {amount(order.total, order.currency)}*\nWe tell you here when something happens with it."
    return "\n".join((head, *within(lines, ALONE), *noted(order.note), tail))


def noted(note: str) -> tuple[str, ...]:
    """A line with what the customer wrote with an order, if anything."""
    return (f"Your note: {short(note, 300)}",) if note else ()


def recent(orders: Iterable[Mapping[str, Any]]) -> str:
    """A customer's last orders."""
    told = [f"{one['number']}: {one['state']}, {amount(one['total'], one['currency'])}" for one in orders]
    return "\n".join(("*Your last orders*", *told)) if told else "You have no orders yet. Write *catalogue* to begin."


def notification(order: Order, state: OrderState) -> str:
    """What the customer hears when an order comes into a state."""
    paid = f" ({amount(order.total, order.currency)})" if state in (OrderState.CONFIRMED, OrderState.PAID) else ""
    said = _STATES[state]
    told = f"Your order *{order.number}*{paid} {said}" + ("" if said.endswith("!") else ".")
    under_way = state in (OrderState.CONFIRMED, OrderState.SHIPPED)
    return "\n".join((told, *(noted(order.note) if under_way else ())))


def help_() -> str:
    """How the shop works."""
    return "\n".join(
        (
            "*How to order*",
            "*catalogue* – what we have; a number shows a product",
            "*1 x 10* – put ten of number 1 in your cart",
            "*remove 1* – take number 1 out; *clear cart* – all of it",
            "*cart* – what is in it and what it costs",
            "*place order* – order what is in it",
            "*orders* – your last orders",
            "*menu* – the main menu",
        )
    )


def refused(one: Refused) -> str:
    """A quantity that cannot be, and why."""
    why = {
        Wrong.TOO_FEW: "order at least 1",
        Wrong.TOO_MANY: f"order at most {MOST_OF_A_LINE:,} of one product",
        Wrong.NOT_WHOLE: "order whole pieces",
    }[one.wrong]
    return f"{short(one.quantity, 12)} of {short(one.what, 40)} is not possible: please {why}."


def unread(one: Unread) -> str:
    return f"I did not understand “{short(one.line, 60)}”. An order looks like *1 x 10*."


def unknown(what: str) -> str:
    return f"We have no product “{short(what, 40)}”. Write *catalogue* to see what we have."


def amount(written: str, currency: str) -> str:
    """An amount that is stored as text, as customers read it."""
    try:
        return money.in_words(Decimal(written), currency)
    except InvalidOperation:
        return f"{currency} {written}"


def within(lines: Sequence[str], limit: int) -> tuple[str, ...]:
    """As many lines as there is room for, and how many more there are."""
    kept: list[str] = []
    room = limit - 40
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            return (*kept, f"… and {len(lines) - len(kept)} more")
        kept.append(line)
    return tuple(kept)


def no_number(number: int) -> str:
    return f"There is no number {number}. Write *menu* to see what you can choose."


def gone() -> str:
    return "That is not available any more. Write *catalogue* to see what we have."
