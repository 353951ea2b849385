"""Broadcasts: a part of delivery that feeds `outbound.bulk` and reads back what became of it.

In reading order: `engine` → `audience`, `sending` → `people`, `judge`; `results` → `breaker`.
"""
