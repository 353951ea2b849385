"""Sending of outbound messages, from a record to the provider's answer.

In reading order: `states` (the table), `decisions`, `retry_policy`; `attempts` → `claims` → `readiness`, `doubt`,
`own_claims`; `window`; `outcomes`, `insist`.
"""
