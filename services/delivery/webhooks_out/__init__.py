"""Webhooks out: events of a workspace are posted to its own systems. `handler` makes the first call, `retries` the next
ones; `caller`, `cooldowns`, `waiting`, `call_log` and `dead_letters` serve both.
"""
