"""Webhooks out: `conversation.events` to the systems of a workspace's own.

In reading order: `worker` (the first try) → `calls`; `again` (further ones) → `rest`, `calls`.
"""
