"""A shop in a conversation: typed orders, the cart, orders, and the texts about them. Pure.

In reading order: `typed_orders` (parses a text) → `shop` (in a conversation) or `actions` (in a flow) →
`shop_operations` → `catalog`, `cart`, `orders`, `meta_order`, with `texts`.
"""
