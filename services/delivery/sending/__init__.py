"""Sending of outbound messages, from a record to the provider's answer.

In reading order: `states` (the table), `decisions`, `retry_policy`; `attempts` → `claims` → `order`, `readiness`,
`reply_slots`, `doubt`, `own_claims`; `window`; `outcomes`, `retry_recording`.
"""
