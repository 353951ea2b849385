"""Reports of providers: `handler` applies statuses, `failures` handles failed ones, `account_events` the rest."""
