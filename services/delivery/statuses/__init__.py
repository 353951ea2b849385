"""Reports of providers: `handler` applies statuses, `batch` many at once; `failures` handles failed ones,
`account_events` the rest.
"""
