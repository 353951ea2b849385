"""A shop in a conversation: typed orders, the cart, orders, and the texts about them. Pure.

In reading order: `typed_orders` (parses a text) → `shop` (in a conversation) or `actions` (in a flow) →
`shop_operations` → `catalog`, `cart`, `orders`, with `texts` (and their `phrases`). Beside them: `keywords` and
`product_references` (parse more texts), `cart_changes`, `order_changes`, `meta_order` (WhatsApp's own orders),
`results`.
"""
