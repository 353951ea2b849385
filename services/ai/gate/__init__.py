"""Admits each call of a model: first its circuit breaker, then the workspace's budget for the day.

In reading order: `port` (what callers see) → `request_gate` → `call_scripts` (its two round trips to Redis);
`model_breakers` → `breaker` → `redis_breaker`, `local_breaker`; `request_budget` → `budget` → `day_ledger`.
"""
