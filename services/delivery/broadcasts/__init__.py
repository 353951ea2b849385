"""Broadcasts: a part of delivery that feeds `outbound.bulk` and reads back the results.

In reading order: `engine`, `publishing`, `results`, `pace`, `changes` (events of progress). The rules are in
`shared.operations.broadcasts`: `audience`, `profiles`, `decide`, `pause_rules`.
"""
