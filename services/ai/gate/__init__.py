"""Admits each call of a model: first its circuit breaker, then the workspace's budget for the day.

In reading order: `port` (what callers see) → `request_gate` → `model_breakers` → `breaker`; `budget` → `day_ledger`.
"""
