"""The shop's texts for customers, within 1,024 characters above buttons and 4,096 elsewhere."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from shared.commerce.cart import PricedLine
from shared.commerce.catalog import PAGE, catalog_number, page_count, shorten
from shared.commerce.phrases import say, state_name
from shared.commerce.typed_orders import MAX_QUANTITY, InvalidQuantity, UnreadableLine
from shared.domain import money
from shared.domain.cart import MAX_LINES, CartFull
from shared.domain.conversation import OrderPlaced
from shared.domain.orders import Order, OrderState
from shared.workspace.config import Product, Workspace

ABOVE_BUTTONS = 1_024
ALONE = 3_900  # leaves room for other sentences


def menu(workspace: Workspace, language: str = "en") -> str:
    """Return the text above the main menu's buttons."""
    name = f"*{shorten(workspace.name)}*\n" if workspace.name else ""
    return name + say("menu", language)


def catalog(workspace: Workspace, page: int, language: str = "en") -> str:
    """Return one page, ten products; numbers continue through all pages."""
    count = page_count(workspace.catalog)
    first = (page - 1) * PAGE
    shown = workspace.catalog[first : first + PAGE]
    lines = [
        f"{first + place}. {shorten(product.name)} – {price(product, language)}"
        for place, product in enumerate(shown, 1)
    ]
    head = say("catalog", language) + (say("page", language, page=page, count=count) if count > 1 else "")
    ways = [say(name, language) for name, there in (("more", page < count), ("back", page > 1)) if there]
    turn = say("other_pages", language, turn=say("or", language).join(ways)) if ways else ""
    return "\n".join((head, *lines, "", say("pick", language, first=first + 1), *((turn,) if turn else ())))


def product(workspace: Workspace, one: Product, language: str = "en") -> str:
    """Return a product and how to order it."""
    number = catalog_number(workspace, one.sku)
    about = (one.description.strip(),) if one.description.strip() else ()
    how = say("to_order", language, number=number)
    return "\n".join((f"*{shorten(one.name, 200)}*", price(one, language), *about, "", how))


def price(one: Product, language: str = "en") -> str:
    """Return the price of one piece."""
    return money.formatted_price(one.price, one.currency) if money.is_price(one.price) else say("on_request", language)


def cart(workspace: Workspace, lines: Sequence[PricedLine], total: Decimal, currency: str, language: str = "en") -> str:
    """Return the cart with catalogue numbers and the total."""
    numbers = [catalog_number(workspace, line.product.sku) for line in lines]
    told = [
        f"{_line(line)} {say('line_number', language, number=number)}"
        for line, number in zip(lines, numbers, strict=True)
    ]
    sum_ = say("total", language, total=money.formatted(total, currency))
    return "\n".join((say("your_cart", language), *within(told, ALONE, language), sum_))


def _line(line: PricedLine) -> str:
    cost = money.formatted(line.total, line.product.currency)
    return f"{shorten(line.product.name, 40)} x {line.quantity:,} = {cost}"


def say_so(language: str = "en") -> str:
    """Return the request to write `place order`: a number alone may have meant a product."""
    return say("say_so", language)


def how_to_go_on(language: str = "en") -> str:
    """Return what to do next, after products were added."""
    return say("how_to_go_on", language)


def empty_cart(language: str = "en") -> str:
    return say("empty_cart", language)


def confirmed(order: OrderPlaced, language: str = "en") -> str:
    """Return the confirmation of a placed order."""
    lines = [
        f"{shorten(line['name'], 40)} x {line['quantity']:,} = {amount(line['total'], order.currency)}"
        for line in order.lines
    ]
    head = say("confirmed", language, number=order.number)
    total = say("total", language, total=amount(order.total, order.currency))
    note = noted(order.note, language)
    return "\n".join((head, *within(lines, ALONE, language), *note, total, say("we_tell_you", language)))


def noted(note: str, language: str = "en") -> tuple[str, ...]:
    """Return a line with the customer's note, if any."""
    return (say("note", language, note=shorten(note, 300)),) if note else ()


def recent(orders: Iterable[Mapping[str, Any]], language: str = "en") -> str:
    """Return a customer's last orders."""
    told = [
        f"{one['number']}: {state_name(str(one['state']), language)}, {amount(one['total'], one['currency'])}"
        for one in orders
    ]
    return "\n".join((say("last_orders", language), *told)) if told else say("no_orders", language)


def notification(order: Order, state: OrderState, language: str = "en") -> str:
    """Return the text about an order's new state."""
    paid = f" ({amount(order.total, order.currency)})" if state in (OrderState.CONFIRMED, OrderState.PAID) else ""
    told = say("news", language, number=order.number, paid=paid, state=say(f"state_{state.value}", language))
    under_way = state in (OrderState.CONFIRMED, OrderState.SHIPPED)
    return "\n".join((told, *(noted(order.note, language) if under_way else ())))


def help_(language: str = "en") -> str:
    """Return how the shop works."""
    return say("help", language)


def refused(one: InvalidQuantity, language: str = "en") -> str:
    """Return why a quantity is not possible."""
    why = say(one.wrong.value, language, most=f"{MAX_QUANTITY:,}")
    return say("not_possible", language, quantity=shorten(one.quantity, 12), what=shorten(one.what, 40), why=why)


def full(one: CartFull, language: str) -> str:
    """Return why a product does not fit into the cart."""
    if one.of_products:
        return say("too_many_products", language, most=MAX_LINES)
    return say("too_many_of_one", language, most=f"{MAX_QUANTITY:,}")


def unread(one: UnreadableLine, language: str = "en") -> str:
    return say("unread", language, line=shorten(one.line, 60))


def unknown(what: str, language: str = "en") -> str:
    return say("unknown", language, what=shorten(what, 40))


def amount(written: str, currency: str) -> str:
    """Return a stored amount as customers read it."""
    try:
        return money.formatted(Decimal(written), currency)
    except InvalidOperation:
        return f"{currency} {written}"


def within(lines: Sequence[str], limit: int, language: str) -> tuple[str, ...]:
    """Return as many lines as fit, and how many more there are."""
    kept: list[str] = []
    room = limit - 40
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            return (*kept, say("and_more", language, count=len(lines) - len(kept)))
        kept.append(line)
    return tuple(kept)


def no_number(number: int, language: str = "en") -> str:
    return say("no_number", language, number=number)


def gone(language: str = "en") -> str:
    return say("gone", language)
