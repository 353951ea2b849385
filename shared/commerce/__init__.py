"""A shop in a conversation: what customers type, the cart, the order, and the texts about them. Pure.

In reading order: `typed` (what was asked) → `shop` (the conversation) or `actions` (flows) → `steps` (what is done) →
`catalog`, `cart`, `orders`, `meta_order`, with `money` and `texts`.
"""
