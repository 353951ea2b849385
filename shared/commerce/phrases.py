"""The shop's texts in English, Spanish, Portuguese and French: data. Words between `*` are keywords.

`texts.py` fills in the names in braces.
"""

PHRASES: dict[str, dict[str, str]] = {
    "menu": {
        "en": "Welcome! Choose from the menu, or reply 1, 2 or 3. Write *help* to see how it works.",
        "es": "¡Te damos la bienvenida! Elige del menú, o responde 1, 2 o 3. Escribe *ayuda* para ver cómo funciona.",
        "pt": "Boas-vindas! Escolha no menu, ou responda 1, 2 ou 3. Escreva *ajuda* para ver como funciona.",
        "fr": "Bienvenue ! Choisissez dans le menu, ou répondez 1, 2 ou 3. Écrivez *aide* pour voir comment ça marche.",
    },
    "button_catalog": {"en": "Catalogue", "es": "Catálogo", "pt": "Catálogo", "fr": "Catalogue"},
    "button_cart": {"en": "My cart", "es": "Mi carrito", "pt": "Meu carrinho", "fr": "Mon panier"},
    "button_orders": {"en": "My orders", "es": "Mis pedidos", "pt": "Meus pedidos", "fr": "Mes commandes"},
    "button_more": {"en": "Add more", "es": "Agregar más", "pt": "Adicionar mais", "fr": "Ajouter encore"},
    "button_place": {"en": "Place order", "es": "Hacer pedido", "pt": "Fazer pedido", "fr": "Passer commande"},
    "button_clear": {"en": "Clear cart", "es": "Vaciar carrito", "pt": "Limpar carrinho", "fr": "Vider le panier"},
    "go_on": {
        "en": "How shall we go on?",
        "es": "¿Cómo seguimos?",
        "pt": "Como continuamos?",
        "fr": "Comment continuons-nous ?",
    },
    "catalog": {"en": "*Catalogue*", "es": "*Catálogo*", "pt": "*Catálogo*", "fr": "*Catalogue*"},
    "page": {
        "en": ", page {page} of {count}",
        "es": ", página {page} de {count}",
        "pt": ", página {page} de {count}",
        "fr": ", page {page} sur {count}",
    },
    "pick": {
        "en": "Reply with a number to see a product, or *{first} x 10* to put ten of number {first} in your cart.",
        "es": "Responde con un número para ver un producto, o *{first} x 10* para poner diez del número {first} en tu "
        "carrito.",
        "pt": "Responda com um número para ver um produto, ou *{first} x 10* para pôr dez do número {first} no "
        "carrinho.",
        "fr": "Répondez par un numéro pour voir un produit, ou *{first} x 10* pour mettre dix du numéro {first} dans "
        "votre panier.",
    },
    "other_pages": {
        "en": "Other pages: {turn}.",
        "es": "Otras páginas: {turn}.",
        "pt": "Outras páginas: {turn}.",
        "fr": "Autres pages : {turn}.",
    },
    "more": {"en": "*more*", "es": "*más*", "pt": "*mais*", "fr": "*suite*"},
    "back": {"en": "*back*", "es": "*atrás*", "pt": "*anterior*", "fr": "*retour*"},
    "or": {"en": " or ", "es": " o ", "pt": " ou ", "fr": " ou "},
    "to_order": {
        "en": "To order, reply *{number} x 10* for ten of them, or any other number.",
        "es": "Para pedir, responde *{number} x 10* para diez, o cualquier otra cantidad.",
        "pt": "Para pedir, responda *{number} x 10* para dez, ou qualquer outra quantidade.",
        "fr": "Pour commander, répondez *{number} x 10* pour dix, ou toute autre quantité.",
    },
    "on_request": {
        "en": "price on request",
        "es": "precio a consultar",
        "pt": "preço sob consulta",
        "fr": "prix sur demande",
    },
    "your_cart": {"en": "*Your cart*", "es": "*Tu carrito*", "pt": "*Seu carrinho*", "fr": "*Votre panier*"},
    "line_number": {
        "en": "(number {number})",
        "es": "(número {number})",
        "pt": "(número {number})",
        "fr": "(numéro {number})",
    },
    "total": {"en": "*Total: {total}*", "es": "*Total: {total}*", "pt": "*Total: {total}*", "fr": "*Total : {total}*"},
    "cart_total": {
        "en": "Your cart: {total}.",
        "es": "Tu carrito: {total}.",
        "pt": "Seu carrinho: {total}.",
        "fr": "Votre panier : {total}.",
    },
    "empty_cart": {
        "en": "Your cart is empty. Write *catalogue* to see what we have.",
        "es": "Tu carrito está vacío. Escribe *catálogo* para ver lo que tenemos.",
        "pt": "Seu carrinho está vazio. Escreva *catálogo* para ver o que temos.",
        "fr": "Votre panier est vide. Écrivez *catalogue* pour voir ce que nous avons.",
    },
    "cleared": {
        "en": "Your cart is empty now. Write *catalogue* to see what we have.",
        "es": "Tu carrito está vacío ahora. Escribe *catálogo* para ver lo que tenemos.",
        "pt": "Seu carrinho está vazio agora. Escreva *catálogo* para ver o que temos.",
        "fr": "Votre panier est vide maintenant. Écrivez *catalogue* pour voir ce que nous avons.",
    },
    "added": {
        "en": "Added: {quantity} x {name} ({price} each).",
        "es": "Agregado: {quantity} x {name} ({price} cada uno).",
        "pt": "Adicionado: {quantity} x {name} ({price} cada).",
        "fr": "Ajouté : {quantity} x {name} ({price} pièce).",
    },
    "removed": {
        "en": "Removed: {quantity} x {name}.",
        "es": "Quitado: {quantity} x {name}.",
        "pt": "Retirado: {quantity} x {name}.",
        "fr": "Retiré : {quantity} x {name}.",
    },
    "how_to_go_on": {
        "en": "Reply *place order* to order, *cart* to see your cart, or *catalogue* to go on.",
        "es": "Responde *hacer pedido* para pedir, *carrito* para ver tu carrito, o *catálogo* para seguir.",
        "pt": "Responda *fazer pedido* para pedir, *carrinho* para ver o carrinho, ou *catálogo* para continuar.",
        "fr": "Répondez *commander* pour commander, *panier* pour voir votre panier, ou *catalogue* pour continuer.",
    },
    "say_so": {
        "en": "To order what is in your cart, reply *place order*. To empty it, reply *clear cart*.",
        "es": "Para pedir lo que hay en tu carrito, responde *hacer pedido*. Para vaciarlo, *vaciar carrito*.",
        "pt": "Para pedir o que está no carrinho, responda *fazer pedido*. Para esvaziá-lo, *limpar carrinho*.",
        "fr": "Pour commander ce qui est dans votre panier, répondez *commander*. Pour le vider, *vider le panier*.",
    },
    "confirmed": {
        "en": "Thank you! Your order *{number}* is confirmed.",
        "es": "¡Gracias! Tu pedido *{number}* está confirmado.",
        "pt": "Obrigado! Seu pedido *{number}* está confirmado.",
        "fr": "Merci ! Votre commande *{number}* est confirmée.",
    },
    "note": {
        "en": "Your note: {note}",
        "es": "Tu nota: {note}",
        "pt": "Sua observação: {note}",
        "fr": "Votre note : {note}",
    },
    "we_tell_you": {
        "en": "We tell you here when something happens with it.",
        "es": "Te avisamos aquí cuando haya novedades.",
        "pt": "Avisamos você por aqui quando houver novidades.",
        "fr": "Nous vous tenons au courant ici.",
    },
    "last_orders": {
        "en": "*Your last orders*",
        "es": "*Tus últimos pedidos*",
        "pt": "*Seus últimos pedidos*",
        "fr": "*Vos dernières commandes*",
    },
    "no_orders": {
        "en": "You have no orders yet. Write *catalogue* to begin.",
        "es": "Aún no tienes pedidos. Escribe *catálogo* para empezar.",
        "pt": "Você ainda não tem pedidos. Escreva *catálogo* para começar.",
        "fr": "Vous n'avez pas encore de commandes. Écrivez *catalogue* pour commencer.",
    },
    "unknown": {
        "en": "We have no product “{what}”. Write *catalogue* to see what we have.",
        "es": "No tenemos ningún producto “{what}”. Escribe *catálogo* para ver lo que tenemos.",
        "pt": "Não temos nenhum produto “{what}”. Escreva *catálogo* para ver o que temos.",
        "fr": "Nous n'avons pas de produit « {what} ». Écrivez *catalogue* pour voir ce que nous avons.",
    },
    "no_number": {
        "en": "There is no number {number}. Write *menu* to see what you can choose.",
        "es": "No hay ningún número {number}. Escribe *menú* para ver qué puedes elegir.",
        "pt": "Não há número {number}. Escreva *menu* para ver o que você pode escolher.",
        "fr": "Il n'y a pas de numéro {number}. Écrivez *menu* pour voir ce que vous pouvez choisir.",
    },
    "gone": {
        "en": "That is not available any more. Write *catalogue* to see what we have.",
        "es": "Eso ya no está disponible. Escribe *catálogo* para ver lo que tenemos.",
        "pt": "Isso não está mais disponível. Escreva *catálogo* para ver o que temos.",
        "fr": "Ce n'est plus disponible. Écrivez *catalogue* pour voir ce que nous avons.",
    },
    "help": {
        "en": "\n".join(
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
        ),
        "es": "\n".join(
            (
                "*Cómo pedir*",
                "*catálogo* – lo que tenemos; un número muestra un producto",
                "*1 x 10* – poner diez del número 1 en tu carrito",
                "*quitar 1* – sacar el número 1; *vaciar carrito* – todo",
                "*carrito* – qué hay y cuánto cuesta",
                "*hacer pedido* – pedir lo que hay",
                "*mis pedidos* – tus últimos pedidos",
                "*menú* – el menú principal",
            )
        ),
        "pt": "\n".join(
            (
                "*Como pedir*",
                "*catálogo* – o que temos; um número mostra um produto",
                "*1 x 10* – pôr dez do número 1 no carrinho",
                "*retirar 1* – tirar o número 1; *limpar carrinho* – tudo",
                "*carrinho* – o que há nele e quanto custa",
                "*fazer pedido* – pedir o que há nele",
                "*meus pedidos* – seus últimos pedidos",
                "*menu* – o menu principal",
            )
        ),
        "fr": "\n".join(
            (
                "*Comment commander*",
                "*catalogue* – ce que nous avons ; un numéro montre un produit",
                "*1 x 10* – mettre dix du numéro 1 dans le panier",
                "*retirer 1* – enlever le numéro 1 ; *vider le panier* – tout",
                "*panier* – ce qu'il contient et ce qu'il coûte",
                "*commander* – commander ce qu'il contient",
                "*mes commandes* – vos dernières commandes",
                "*menu* – le menu principal",
            )
        ),
    },
    "button_yes": {"en": "Yes", "es": "Sí", "pt": "Sim", "fr": "Oui"},
    "button_no": {"en": "No", "es": "No", "pt": "Não", "fr": "Non"},
    "done": {"en": "Done.", "es": "Hecho.", "pt": "Pronto.", "fr": "C'est fait."},
    "not_open": {
        "en": "That question is not open any more, so nothing was changed. Write *cart* to see your cart.",
        "es": "Esa pregunta ya no está abierta, así que no cambió nada. Escribe *carrito* para ver tu carrito.",
        "pt": "Essa pergunta não está mais aberta, então nada mudou. Escreva *carrinho* para ver o carrinho.",
        "fr": "Cette question n'est plus ouverte, rien n'a été changé. Écrivez *panier* pour voir votre panier.",
    },
    "unchanged": {
        "en": "All right, nothing was changed.",
        "es": "De acuerdo, no cambió nada.",
        "pt": "Tudo bem, nada mudou.",
        "fr": "D'accord, rien n'a été changé.",
    },
    "shall_i": {
        "en": "Shall I change your cart?",
        "es": "¿Cambio tu carrito?",
        "pt": "Altero o seu carrinho?",
        "fr": "Dois-je modifier votre panier ?",
    },
    "propose_add": {
        "en": "add {quantity} x {product}{each} to your cart",
        "es": "agregar {quantity} x {product}{each} a tu carrito",
        "pt": "adicionar {quantity} x {product}{each} ao carrinho",
        "fr": "ajouter {quantity} x {product}{each} à votre panier",
    },
    "propose_remove": {
        "en": "remove {quantity} x {product} from your cart",
        "es": "quitar {quantity} x {product} de tu carrito",
        "pt": "retirar {quantity} x {product} do carrinho",
        "fr": "retirer {quantity} x {product} de votre panier",
    },
    "propose_out": {
        "en": "take {product} out of your cart",
        "es": "sacar {product} de tu carrito",
        "pt": "tirar {product} do carrinho",
        "fr": "enlever {product} de votre panier",
    },
    "propose_set": {
        "en": "have {quantity} x {product}{each} in your cart",
        "es": "dejar {quantity} x {product}{each} en tu carrito",
        "pt": "deixar {quantity} x {product}{each} no carrinho",
        "fr": "avoir {quantity} x {product}{each} dans votre panier",
    },
    "each": {
        "en": " ({price} each)",
        "es": " ({price} cada uno)",
        "pt": " ({price} cada)",
        "fr": " ({price} pièce)",
    },
    "not_yet": {
        "en": "Your order is not placed yet. Please look at your cart, then reply *place order*.",
        "es": "Tu pedido aún no está hecho. Revisa tu carrito y responde *hacer pedido*.",
        "pt": "Seu pedido ainda não foi feito. Veja o carrinho e responda *fazer pedido*.",
        "fr": "Votre commande n'est pas encore passée. Vérifiez votre panier, puis répondez *commander*.",
    },
    "costs_now": {
        "en": "{product} costs {price} now, which is not the price that you saw.",
        "es": "{product} cuesta {price} ahora, que no es el precio que viste.",
        "pt": "{product} custa {price} agora, que não é o preço que você viu.",
        "fr": "{product} coûte {price} maintenant, ce qui n'est pas le prix que vous avez vu.",
    },
    "not_sold": {
        "en": "We do not sell “{what}” here.",
        "es": "Aquí no vendemos “{what}”.",
        "pt": "Não vendemos “{what}” aqui.",
        "fr": "Nous ne vendons pas « {what} » ici.",
    },
    "news": {
        "en": "Your order *{number}*{paid} {state}",
        "es": "Tu pedido *{number}*{paid} {state}",
        "pt": "Seu pedido *{number}*{paid} {state}",
        "fr": "Votre commande *{number}*{paid} {state}",
    },
    "too_few": {
        "en": "order at least 1",
        "es": "pide al menos 1",
        "pt": "peça pelo menos 1",
        "fr": "commandez au moins 1 pièce",
    },
    "too_many": {
        "en": "order at most {most} of one product",
        "es": "pide como máximo {most} de un producto",
        "pt": "peça no máximo {most} de um produto",
        "fr": "commandez au plus {most} pièces d'un produit",
    },
    "not_whole": {
        "en": "order whole pieces",
        "es": "pide unidades enteras",
        "pt": "peça unidades inteiras",
        "fr": "commandez des pièces entières",
    },
    "not_possible": {
        "en": "{quantity} of {what} is not possible: please {why}.",
        "es": "{quantity} de {what} no es posible: {why}, por favor.",
        "pt": "{quantity} de {what} não é possível: {why}, por favor.",
        "fr": "{quantity} de {what} : ce n'est pas possible, {why} s'il vous plaît.",
    },
    "unread": {
        "en": "I did not understand “{line}”. An order looks like *1 x 10*.",
        "es": "No entendí “{line}”. Un pedido se escribe así: *1 x 10*.",
        "pt": "Não entendi “{line}”. Um pedido se escreve assim: *1 x 10*.",
        "fr": "Je n'ai pas compris « {line} ». Une commande s'écrit ainsi : *1 x 10*.",
    },
    "and_more": {
        "en": "… and {count} more",
        "es": "… y {count} más",
        "pt": "… e mais {count}",
        "fr": "… et {count} de plus",
    },
    "not_in_cart": {
        "en": "{name} is not in your cart.",
        "es": "{name} no está en tu carrito.",
        "pt": "{name} não está no seu carrinho.",
        "fr": "{name} n'est pas dans votre panier.",
    },
    "not_added": {
        "en": "{name} was not added: {why}.",
        "es": "{name} no se agregó: {why}.",
        "pt": "{name} não foi adicionado: {why}.",
        "fr": "{name} n'a pas été ajouté : {why}.",
    },
    "too_many_products": {
        "en": "at most {most} different products fit into an order",
        "es": "en un pedido caben como máximo {most} productos distintos",
        "pt": "em um pedido cabem no máximo {most} produtos diferentes",
        "fr": "une commande contient au plus {most} produits différents",
    },
    "too_many_of_one": {
        "en": "at most {most} of one product fit into an order",
        "es": "en un pedido caben como máximo {most} de un producto",
        "pt": "em um pedido cabem no máximo {most} de um produto",
        "fr": "une commande contient au plus {most} pièces d'un produit",
    },
    "no_products": {
        "en": "Your order came without products. Please send it again.",
        "es": "Tu pedido llegó sin productos. Envíalo de nuevo, por favor.",
        "pt": "Seu pedido chegou sem produtos. Envie de novo, por favor.",
        "fr": "Votre commande est arrivée sans produits. Merci de l'envoyer à nouveau.",
    },
    "not_placed": {
        "en": "Your order is not placed.",
        "es": "Tu pedido no se ha hecho.",
        "pt": "Seu pedido não foi feito.",
        "fr": "Votre commande n'est pas passée.",
    },
    "not_placed_yet": {
        "en": "Your order is not placed yet.",
        "es": "Tu pedido todavía no se ha hecho.",
        "pt": "Seu pedido ainda não foi feito.",
        "fr": "Votre commande n'est pas encore passée.",
    },
    "cart_is_full": {
        "en": "Your cart is full; not all of your order is in it: at most {most} products.",
        "es": "Tu carrito está lleno y no contiene todo tu pedido: como máximo {most} productos.",
        "pt": "Seu carrinho está cheio e não tem todo o seu pedido: no máximo {most} produtos.",
        "fr": "Votre panier est plein et ne contient pas toute votre commande : {most} produits au plus.",
    },
    "from_one_to": {
        "en": "{name}: order from 1 to {most} of one product.",
        "es": "{name}: pide de 1 a {most} de un producto.",
        "pt": "{name}: peça de 1 a {most} de um produto.",
        "fr": "{name} : commandez de 1 à {most} pièces d'un produit.",
    },
    "fit_into_order": {
        "en": "At most {most} different products fit into an order.",
        "es": "En un pedido caben como máximo {most} productos distintos.",
        "pt": "Em um pedido cabem no máximo {most} produtos diferentes.",
        "fr": "Une commande contient au plus {most} produits différents.",
    },
    "no_price": {
        "en": "{name} has no price that we can sell it for.",
        "es": "{name} no tiene un precio al que podamos venderlo.",
        "pt": "{name} não tem um preço pelo qual possamos vendê-lo.",
        "fr": "{name} n'a pas de prix auquel nous puissions le vendre.",
    },
    "other_currency": {
        "en": "{name} is sold in {currency}, but this order is in {others}: one order, one currency.",
        "es": "{name} se vende en {currency}, pero este pedido es en {others}: un pedido, una moneda.",
        "pt": "{name} é vendido em {currency}, mas este pedido é em {others}: um pedido, uma moeda.",
        "fr": "{name} se vend en {currency}, mais cette commande est en {others} : une commande, une devise.",
    },
    "nothing_to_order": {
        "en": "We have nothing to order here at the moment.",
        "es": "Por el momento no tenemos nada que pedir aquí.",
        "pt": "No momento não temos nada para pedir aqui.",
        "fr": "Nous n'avons rien à commander ici pour le moment.",
    },
    "taken_out": {
        "en": "Not available any more and taken out of your cart: {names}.",
        "es": "Ya no está disponible y lo sacamos de tu carrito: {names}.",
        "pt": "Não está mais disponível e foi retirado do seu carrinho: {names}.",
        "fr": "N'est plus disponible et a été retiré de votre panier : {names}.",
    },
    "state_placed": {
        "en": "has been placed.",
        "es": "ha sido registrado.",
        "pt": "foi registrado.",
        "fr": "est enregistrée.",
    },
    "state_confirmed": {
        "en": "is accepted and being prepared.",
        "es": "está aceptado y en preparación.",
        "pt": "foi aceito e está em preparação.",
        "fr": "est acceptée et en préparation.",
    },
    "state_paid": {
        "en": "is paid. Thank you!",
        "es": "está pagado. ¡Gracias!",
        "pt": "está pago. Obrigado!",
        "fr": "est payée. Merci !",
    },
    "state_shipped": {"en": "is on its way.", "es": "está en camino.", "pt": "está a caminho.", "fr": "est en route."},
    "state_delivered": {
        "en": "has been delivered. Enjoy!",
        "es": "ha sido entregado. ¡Que lo disfrutes!",
        "pt": "foi entregue. Aproveite!",
        "fr": "a été livrée. Profitez-en bien !",
    },
    "state_cancelled": {
        "en": "has been cancelled.",
        "es": "ha sido cancelado.",
        "pt": "foi cancelado.",
        "fr": "a été annulée.",
    },
}

STATES: dict[str, dict[str, str]] = {
    "es": {
        **{"placed": "registrado", "confirmed": "confirmado", "paid": "pagado", "shipped": "enviado"},
        **{"delivered": "entregado", "cancelled": "cancelado"},
    },
    "pt": {
        **{"placed": "registrado", "confirmed": "confirmado", "paid": "pago", "shipped": "enviado"},
        **{"delivered": "entregue", "cancelled": "cancelado"},
    },
    "fr": {
        **{"placed": "enregistrée", "confirmed": "confirmée", "paid": "payée", "shipped": "expédiée"},
        **{"delivered": "livrée", "cancelled": "annulée"},
    },
}
"""Names of order states in lists; in English they are the stored values."""


def say(name: str, language: str = "en", /, **values: object) -> str:
    """Return a phrase with its values filled in; in English for other languages."""
    texts = PHRASES[name]
    return texts.get(language, texts["en"]).format(**values) if values else texts.get(language, texts["en"])


def state_name(state: str, language: str) -> str:
    """Return the name of an order's state in a language."""
    return STATES.get(language, {}).get(state, state)
