"""Keywords of the shop in several languages: data, in the form of `shared.text.phrases.folded`."""

from enum import StrEnum

from shared.text import phrases


class ShopKeyword(StrEnum):
    """A request that is a whole message."""

    MENU = "menu"
    CATALOG = "catalog"
    CART = "cart"
    CLEAR = "clear"
    PLACE_ORDER = "place_order"
    ORDERS = "orders"
    HELP = "help"
    MORE = "more"  # the next page
    BACK = "back"  # the page before


KEYWORDS: dict[ShopKeyword, frozenset[str]] = {
    ShopKeyword.MENU: phrases.MENU | phrases.GREETINGS | {"start"},
    ShopKeyword.CATALOG: frozenset(
        (
            *("catalog", "catalogue", "the catalogue", "the catalog", "show catalogue", "show catalog", "products"),
            *("show products", "price list", "shop", "buy", "order", "catalogo", "produits", "le catalogue"),
            *("productos", "el catalogo", "produtos", "o catalogo", "view catalogue", "view catalog"),
            *("pedido", "pedir", "quiero pedir", "comprar", "quero pedir", "je veux commander", "commande"),
        )
    ),
    ShopKeyword.CART: frozenset(
        (
            *("cart", "my cart", "the cart", "view cart", "show cart", "basket", "my basket", "show my cart"),
            *("panier", "mon panier", "carrito", "mi carrito", "carrinho", "meu carrinho"),
            *("order summary", "show order summary", "my order summary", "cart summary", "show cart summary"),
            *("resumen", "resumen del pedido", "resumen de mi pedido", "resumen del carrito", "ver resumen"),
            *(
                "resumo",
                "resumo do pedido",
                "resumo do carrinho",
                "ver resumo",
                "recapitulatif",
                "recapitulatif de la commande",
            ),
            *("recapitulatif de ma commande", "resume de la commande", "voir le panier", "ver carrito", "ver carrinho"),
        )
    ),
    ShopKeyword.CLEAR: frozenset(
        (
            *("clear cart", "clear my cart", "clear the cart", "empty cart", "empty my cart", "empty the cart"),
            *("remove all", "remove everything", "clear basket", "vider le panier", "vaciar carrito"),
            *("vaciar el carrito", "esvaziar carrinho", "esvaziar o carrinho", "limpar carrinho"),
        )
    ),
    ShopKeyword.PLACE_ORDER: frozenset(
        (
            *("place order", "place my order", "place the order", "place an order", "checkout", "check out"),
            *("confirm order", "confirm my order", "order now", "submit order", "commander", "passer commande"),
            *("passer la commande", "hacer pedido", "realizar pedido", "confirmar pedido", "finalizar pedido"),
            *("finalizar compra", "fazer pedido"),
        )
    ),
    ShopKeyword.ORDERS: frozenset(
        (
            *("orders", "my orders", "recent orders", "show my orders", "order history", "order status"),
            *("mes commandes", "commandes", "mis pedidos", "pedidos", "meus pedidos"),
        )
    ),
    ShopKeyword.HELP: phrases.HELP,
    ShopKeyword.MORE: frozenset(
        (
            *("more", "next", "next page", "show more", "see more", "suite", "page suivante", "siguiente"),
            *("mas", "ver mas", "proximo", "proxima", "mais", "ver mais"),
        )
    ),
    ShopKeyword.BACK: frozenset(
        (
            *("back", "previous", "previous page", "prev", "go back", "retour", "page precedente", "volver"),
            *("atras", "anterior", "pagina anterior"),
        )
    ),
}
_BY_TEXT = {said: word for word, many in KEYWORDS.items() for said in many}
_LONGEST = 60  # characters; a longer text has other words too


def keyword_of(text: str) -> ShopKeyword | None:
    """Return the keyword that a text consists of, in any spelling; None for other texts."""
    return _BY_TEXT.get(phrases.folded(text)) if len(text) <= _LONGEST else None
